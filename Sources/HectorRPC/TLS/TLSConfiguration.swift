/// The peers that one side of a connection trusts.
package enum TLSTrust: Sendable {
    /// Certificates signed, directly or not, by one of these authorities (PEM).
    case authorities(pem: String)
    /// This one leaf certificate and no other (DER): go-plugin's AutoMTLS.
    case exactly(der: [UInt8])
    /// Every peer: clients of a server that asks for no certificate.
    case anyone
}

/// One side's TLS: its identity, the certificates that it trusts, and further checks of the peer.
///
/// Both sides present a certificate, except where a server trusts `anyone`.
package struct TLSConfiguration: Sendable {
    /// The lowest protocol version accepted.
    package enum Version: Sendable {
        case tls12
        case tls13
    }

    /// What is spoken inside (ALPN, RFC 7301).
    package enum ApplicationProtocol: String, Sendable {
        /// A peer that does not offer it is refused.
        case http2 = "h2"
        /// A peer that offers others only is refused; one that offers nothing speaks it.
        case http1 = "http/1.1"
    }

    package var identity: TLSIdentity
    package var applicationProtocol = ApplicationProtocol.http2
    package var trust: TLSTrust
    package var minimumVersion: Version
    /// Client only: sent as SNI, and, with `verifiesServerName`, looked for among the DNS names of the
    /// server's certificate.
    package var serverName: String?
    package var verifiesServerName: Bool
    /// Authorizes a peer whose certificate is valid; throws the reason to refuse it. Runs on the connection's event
    /// loop, during the handshake, so it must not block; that the peer has the certificate's key is proved only afterwards.
    package var authorize: @Sendable (PeerCertificate) throws -> Void

    package init(
        identity: TLSIdentity,
        trust: TLSTrust,
        minimumVersion: Version = .tls13,
        serverName: String? = nil,
        verifiesServerName: Bool = false,
        authorize: @escaping @Sendable (PeerCertificate) throws -> Void = { _ in }
    ) {
        self.identity = identity
        self.trust = trust
        self.minimumVersion = minimumVersion
        self.serverName = serverName
        self.verifiesServerName = verifiesServerName
        self.authorize = authorize
    }

    /// - Throws: `badConfiguration` where certificate, key and trust do not make a usable whole.
    package func check() throws(TLSError) { _ = try TLSContext(.client, self) }
}
