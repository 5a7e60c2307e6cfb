internal import COpenSSL

/// An OpenSSL context: what all connections of one side share. Immutable once made.
package final class TLSContext: @unchecked Sendable { // OpenSSL contexts may be shared between threads once configured.
    enum Role {
        case client
        case server
    }

    let role: Role
    let configuration: TLSConfiguration
    let pointer: OpaquePointer
    /// A client's sessions.
    let sessions = TLSSessionStore()
    /// Seconds since 1970, for the validity of certificates; nil: the system's clock.
    let now: (@Sendable () -> Int64)?

    /// - Throws: `badConfiguration` when certificate, key and trust do not make a usable whole.
    init(_ role: Role, _ configuration: TLSConfiguration, now: (@Sendable () -> Int64)? = nil) throws(TLSError) {
        self.role = role
        self.configuration = configuration
        self.now = now
        guard let pointer = SSL_CTX_new(role == .client ? TLS_client_method() : TLS_server_method()) else {
            throw .drain(.badConfiguration, "making a TLS context")
        }
        self.pointer = pointer
        let minimum = configuration.minimumVersion == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
        try require(hector_ssl_ctx_set_min_proto_version(pointer, minimum) == 1, "setting the lowest TLS version")
        try require(hector_ssl_ctx_harden(pointer) == 1, "setting TLS options")
        if case .anyone = configuration.trust {
            guard role == .server else { throw TLSError(.badConfiguration, "a client cannot trust anyone") }
            SSL_CTX_set_verify(pointer, SSL_VERIFY_NONE, nil)
        } else {
            SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
            SSL_CTX_set_cert_verify_callback(pointer, { check, _ in TLSEngine.verify(check) }, nil)
        }
        try use(configuration.identity)
        try trust(configuration.trust)
        try setALPN()
        try setResumption()
    }

    deinit { SSL_CTX_free(pointer) }

    private func use(_ identity: TLSIdentity) throws(TLSError) {
        let material = try TLSMaterial(identity)
        clearErrorQueue()
        try require(SSL_CTX_use_certificate(pointer, material.leaf.pointer) == 1, "using our certificate")
        for certificate in material.chain {
            try require(hector_ssl_ctx_add_chain_certificate(pointer, certificate.pointer) == 1, "using our certificate's chain")
        }
        try require(
            SSL_CTX_use_PrivateKey(pointer, material.key) == 1 && SSL_CTX_check_private_key(pointer) == 1, "using our private key")
    }

    private func trust(_ trust: TLSTrust) throws(TLSError) {
        let anchors: [X509Certificate]
        switch trust {
        case .authorities(let pem): anchors = try X509Certificate.all(inPEM: pem)
        case .exactly(let der): anchors = [try X509Certificate(der: der)]
        case .anyone: return
        }
        guard !anchors.isEmpty else {
            throw TLSError(.badConfiguration, "the CA file holds no certificate (PEM)", fault: .noCertificate)
        }
        guard let store = SSL_CTX_get_cert_store(pointer) else { throw .drain(.badConfiguration, "making a store of authorities") }
        try store.trust(anchors)
        // The names of the authorities help a client with several certificates to choose.
        guard role == .server else { return }
        for anchor in anchors { try require(SSL_CTX_add_client_CA(pointer, anchor.pointer) == 1, "naming an authority") }
    }

    private func setALPN() throws(TLSError) {
        switch role {
        case .client:
            let name = Array(configuration.applicationProtocol.rawValue.utf8)
            guard SSL_CTX_set_alpn_protos(pointer, [UInt8(name.count)] + name, UInt32(name.count + 1)) == 0 else {
                throw .drain(.badConfiguration, "setting ALPN")
            }
        case .server:
            SSL_CTX_set_alpn_select_cb(
                pointer,
                { _, out, outCount, offered, offeredCount, context in
                    guard let context else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                    let wanted = Unmanaged<TLSContext>.fromOpaque(context).takeUnretainedValue().configuration.applicationProtocol.rawValue.utf8
                    let offers = UnsafeBufferPointer(start: offered, count: Int(offeredCount))
                    var index = 0
                    while index < offers.count {
                        let count = Int(offers[index])
                        guard index + 1 + count <= offers.count else { break }
                        if offers[(index + 1)..<(index + 1 + count)].elementsEqual(wanted) {
                            out?.pointee = offered.map { $0 + index + 1 }
                            outCount?.pointee = UInt8(count)
                            return SSL_TLSEXT_ERR_OK
                        }
                        index += 1 + count
                    }
                    return SSL_TLSEXT_ERR_ALERT_FATAL
                },
                // Every engine keeps its context, and so this is there while OpenSSL asks.
                Unmanaged.passUnretained(self).toOpaque())
        }
    }
}

extension OpaquePointer {
    /// Makes certificates the anchors of this `X509_STORE`. Each of them ends a chain, whether or not it is a root: an
    /// intermediate authority may be trusted alone, as a certificate may that signed itself.
    func trust(_ anchors: [X509Certificate]) throws(TLSError) {
        try require(X509_STORE_set_flags(self, UInt(X509_V_FLAG_PARTIAL_CHAIN)) == 1, "making a store of authorities")
        for anchor in anchors { try require(X509_STORE_add_cert(self, anchor.pointer) == 1, "trusting an authority") }
    }
}
