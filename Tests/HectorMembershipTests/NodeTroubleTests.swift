import HectorRPC
import HectorTrust
import NIOPosix
import Testing

@testable import HectorMembership

@Suite struct NodeTroubleTests {
    private static let place = Endpoint.tcp(host: "10.0.0.1", port: 7443)

    private static func trouble(_ errors: any Error...) -> NodeTrouble {
        NodeTrouble(AddressRaceError(failures: errors.map { (place, $0) }))
    }

    private static func security(_ cause: any Error) -> ConnectionError { ConnectionError(.security, "\(cause)", cause: cause) }

    private static func message(_ error: any Error) -> String {
        switch (error as? ConnectionError)?.cause {
        case let error as TLSError: error.message
        case let error as TrustError: error.message
        default: "\(error)"
        }
    }

    @Test func `Each kind of failure says what to do`() {
        let cases: [(any Error, NodeTrouble.Kind, String)] = [
            (ConnectionError(.unreachable, "the TLS and HTTP/2 handshakes did not finish within 3.0 seconds"), .stranger, "is it a hector-plugin-agent"),
            (ConnectionError(.protocolViolation, "the peer does not speak HTTP/2"), .stranger, "a program other than hector-plugin-agent"),
            (ConnectionError(.closedByPeer, "the peer closed right after the TLS handshake"), .closed, "the node's log"),
            (Self.security(TLSError(.noHTTP2, "no h2")), .stranger, "a program other than hector-plugin-agent"),
            (Self.security(TLSError(.untrusted, "it ended", fault: .expired)), .distrusted, "renew the certificate there, and check both machines' clocks"),
            (Self.security(TLSError(.untrusted, "it ended", fault: .expired, alert: TLSAlert(rawValue: 45))), .distrusted, "renew the certificate here, and check both"),
            (Self.security(TLSError(.untrusted, "it begins", fault: .notYetValid)), .distrusted, "check both machines' clocks"),
            (Self.security(TLSError(.untrusted, "refused", fault: .unclear, alert: TLSAlert(rawValue: 42))), .distrusted, "check both machines' clocks"),
            (Self.security(TLSError(.untrusted, "refused", fault: .wrongPurpose, alert: TLSAlert(rawValue: 43))), .distrusted, "serverAuth and clientAuth"),
            (Self.security(TLSError(.untrusted, "no issuer", fault: .unknownAuthority)), .distrusted, "certificates from one authority"),
            (Self.security(TLSError(.untrusted, "refused", fault: .notAuthorized, alert: TLSAlert(rawValue: 46))), .distrusted, "host or node"),
            // What OpenSSL calls it decides nothing.
            (Self.security(TLSError(.protocolViolation, "certificate has expired: alert bad certificate")), .stranger, "a program other than hector-plugin-agent"),
            (Self.security(TrustError(.otherMesh, "the peer is in another mesh")), .distrusted, "for this mesh"),
            (Self.security(TrustError(.otherNode, "the peer is another node")), .distrusted, "its own id"),
            (Self.security(TrustError(.wrongRole, "the peer is a host")), .distrusted, "that of a node"),
            (Self.security(TrustError(.noIdentity, "no URI name")), .distrusted, "certs/README.md"),
        ]
        for (error, kind, words) in cases {
            let trouble = Self.trouble(error)
            #expect(trouble.kind == kind, "\(error)")
            #expect(trouble.description.contains(words), "\(trouble)")
            #expect(trouble.description.contains(Self.message(error)) && trouble.description.contains("10.0.0.1:7443"), "\(trouble)")
        }
    }

    @Test func `A port where nobody listens is told from a machine that does not answer`() async {
        func failure(_ endpoint: Endpoint) async -> NodeTrouble {
            do {
                _ = try await ClientConnection.connect(
                    to: endpoint, security: .plaintext, on: MultiThreadedEventLoopGroup.singleton)
                return Self.trouble()
            } catch {
                return NodeTrouble(AddressRaceError(failures: [(endpoint, error)]))
            }
        }
        let refused = await failure(.tcp(host: "127.0.0.1", port: 1))
        #expect(refused.kind == .refused)
        #expect(refused.description.contains("127.0.0.1:1 cannot be reached"), "\(refused)")
        #expect(refused.description.contains("nothing listens there: start hector-plugin-agent"), "\(refused)")
        let unknown = await failure(.tcp(host: "gpu-1.invalid", port: 7443))
        #expect(unknown.kind == .silent)
        #expect(unknown.description.contains("correct the name"), "\(unknown)")
    }

    @Test func `Of several addresses the one that says most is shown, among equals the first`() {
        let silent = ConnectionError(.unreachable, "no greeting")
        let distrusted = Self.security(TrustError(.otherMesh, "of another mesh"))
        #expect(Self.trouble(silent, distrusted, ConnectionError(.closedByPeer, "closed")).kind == .distrusted)
        let first = NodeTrouble(AddressRaceError(failures: [
            (.tcp(host: "10.0.0.1", port: 1), silent), (.tcp(host: "10.0.0.2", port: 1), silent),
        ]))
        #expect(first.description.contains("10.0.0.1:1"))
        #expect(Self.trouble().description.contains("no known address"))
    }

    @Test func `A connection that stood says how it ended`() {
        #expect(NodeTrouble(lost: ConnectionError(.unresponsive, "no longer answers")).kind == .silent)
        let closed = ConnectionError(.closedByPeer, "the peer closed the connection")
        let call = RPCError(.unavailable, closed.message, progress: .notProcessed, cause: closed)
        #expect(NodeTrouble(lost: call).description.contains("the peer closed the connection; was it stopped?"))
    }
}
