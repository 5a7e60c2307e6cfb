import COpenSSL
import NIOCore
import Testing

@testable import HectorRPC

/// TLS 1.2 where it is allowed, and what stays forbidden there.
struct TLSVersionTests {
    /// Contexts of both sides, each allowing what it is told.
    private func contexts(client: TLSConfiguration.Version, server: TLSConfiguration.Version) throws -> (client: TLSContext, server: TLSContext) {
        let identities = try TLSEngineTests.Identities()
        var ours = try identities.clientTrusting(identities.server)
        ours.minimumVersion = client
        var theirs = try identities.serverTrusting(identities.client)
        theirs.minimumVersion = server
        return (try TLSContext(.client, ours), try TLSContext(.server, theirs))
    }

    /// Converses until one side refuses; then the other one is told. Returns both errors.
    private func refusal(_ client: Side, _ server: Side) throws -> (client: TLSError?, server: TLSError?) {
        func take(_ from: Side, _ to: Side) -> TLSError? {
            let bytes = Array(from.engine.takeOutput().readableBytesView)
            guard !bytes.isEmpty else { return nil }
            do {
                try to.take(bytes[...])
                return nil
            } catch {
                return error as? TLSError
            }
        }
        try client.engine.start()
        var errors: (client: TLSError?, server: TLSError?) = (nil, nil)
        for _ in 0..<6 {
            if errors.server == nil { errors.server = take(client, server) }
            if errors.client == nil { errors.client = take(server, client) }
        }
        return errors
    }

    @Test(arguments: [Int.max, 1])
    func tls12WhereBothAllowIt(pieces: Int) throws {
        let (ours, theirs) = try contexts(client: .tls12, server: .tls12)
        ours.limitToTLS12()
        let client = try Side(ours)
        let server = try Side(theirs)
        try client.engine.start()
        try converse(client, server, pieces: pieces)
        #expect(SSL_version(client.engine.ssl) == TLS1_2_VERSION)
        try client.send([1, 2])
        try server.send([3])
        try converse(client, server, pieces: pieces)
        #expect(server.received == [1, 2])
        #expect(client.received == [3])
        #expect(server.engine.peer != nil)
    }

    @Test func tls13WhereBothAllowMore() throws {
        let (ours, theirs) = try contexts(client: .tls12, server: .tls12)
        let client = try Side(ours)
        try client.engine.start()
        try converse(client, Side(theirs), pieces: .max)
        #expect(SSL_version(client.engine.ssl) == TLS1_3_VERSION)
    }

    @Test func anOldClientAtANewServer() throws {
        let (ours, theirs) = try contexts(client: .tls12, server: .tls13)
        ours.limitToTLS12()
        let errors = try refusal(Side(ours), Side(theirs))
        #expect(errors.server?.code == .unsupportedVersion)
        #expect(errors.client?.code == .unsupportedVersion, "\(String(describing: errors.client))")
    }

    @Test func anOldServerAtANewClient() throws {
        let (ours, theirs) = try contexts(client: .tls13, server: .tls12)
        theirs.limitToTLS12()
        let errors = try refusal(Side(ours), Side(theirs))
        #expect(errors.server?.code == .unsupportedVersion)
        #expect(errors.client?.code == .unsupportedVersion)
    }

    /// A client that was made to try again with less says so (RFC 7507); the server, who can do more, refuses.
    @Test func aDowngradeByAThirdPartyIsNoticed() throws {
        let (ours, theirs) = try contexts(client: .tls12, server: .tls12)
        ours.limitToTLS12()
        _ = SSL_CTX_ctrl(ours.pointer, SSL_CTRL_MODE, Int(SSL_MODE_SEND_FALLBACK_SCSV), nil)
        let errors = try refusal(Side(ours), Side(theirs))
        #expect(errors.server?.code == .unsupportedVersion, "\(String(describing: errors.server))")
        #expect(errors.client?.code == .unsupportedVersion, "\(String(describing: errors.client))")
    }

    /// A hello that was changed on its way to offer less breaks the handshake.
    @Test func aHelloChangedOnItsWay() throws {
        let (ours, theirs) = try contexts(client: .tls12, server: .tls12)
        let client = try Side(ours)
        let server = try Side(theirs)
        try client.engine.start()
        var hello = Array(client.engine.takeOutput().readableBytesView)
        // supported_versions 1.3, 1.2 becomes 1.2, 1.2.
        let offer: [UInt8] = [0x00, 0x2B, 0x00, 0x05, 0x04, 0x03, 0x04, 0x03, 0x03]
        let at = try #require(hello.indices.first { hello[$0...].starts(with: offer) })
        hello[at + 6] = 0x03
        try server.take(hello[...])
        let error = #expect(throws: TLSError.self) { try converse(client, server, pieces: .max) }
        #expect(error != nil)
        #expect(client.engine.peer == nil)
        #expect(server.engine.peer == nil)
    }

    @Test(arguments: [TLSConfiguration.Version.tls12, .tls13], ["nothing", "http/1.1"])
    func aClientMustOfferHTTP2(version: TLSConfiguration.Version, offer: String) throws {
        let (ours, theirs) = try contexts(client: version, server: version)
        if version == .tls12 { ours.limitToTLS12() }
        let names: [UInt8] = offer == "nothing" ? [] : [UInt8(offer.utf8.count)] + Array(offer.utf8)
        SSL_CTX_set_alpn_protos(ours.pointer, names, UInt32(names.count))
        let server = try Side(theirs)
        let errors = try refusal(Side(ours), server)
        #expect(errors.server != nil)
        #expect(server.engine.peer == nil)
        if offer == "nothing" { #expect(errors.server?.code == .noHTTP2) }
        #expect(errors.client != nil)
    }

    @Test(arguments: [TLSConfiguration.Version.tls12, .tls13])
    func aServerMustChooseHTTP2(version: TLSConfiguration.Version) throws {
        let (ours, theirs) = try contexts(client: version, server: version)
        if version == .tls12 { ours.limitToTLS12() }
        SSL_CTX_set_alpn_select_cb(theirs.pointer, nil, nil)
        let client = try Side(ours)
        let errors = try refusal(client, Side(theirs))
        #expect(errors.client?.code == .noHTTP2)
        #expect(client.engine.peer == nil)
    }

    /// Renegotiation would change the peer's certificate under a connection that was let in for another.
    @Test func renegotiationIsRefused() throws {
        let (ours, theirs) = try contexts(client: .tls12, server: .tls12)
        ours.limitToTLS12()
        let client = try Side(ours)
        let server = try Side(theirs)
        try client.engine.start()
        try converse(client, server, pieces: .max)
        // We do not ask for it,
        #expect(SSL_renegotiate(client.engine.ssl) != 1)
        ERR_clear_error()
        // and a client that does is not heard.
        SSL_clear_options(client.engine.ssl, UInt64(1) << 30)
        #expect(SSL_renegotiate(client.engine.ssl) == 1)
        _ = SSL_do_handshake(client.engine.ssl)
        let request = Array(client.engine.takeOutput().readableBytesView)
        #expect(!request.isEmpty)
        try server.take(request[...])
        #expect(SSL_in_init(server.engine.ssl) == 0)
        let answer = Array(server.engine.takeOutput().readableBytesView)
        let error = #expect(throws: TLSError.self) { try client.take(answer[...]) }
        #expect(error?.message.contains("renegotiation") == true, "\(String(describing: error))")
    }
}
