import NIOCore
import Testing

@testable import HectorRPC

/// One side of a TLS connection and what it has received.
final class Side {
    let engine: TLSEngine
    var received: [UInt8] = []
    var progress = TLSEngine.Progress.handshaking

    convenience init(_ role: TLSContext.Role, _ configuration: TLSConfiguration) throws {
        try self.init(TLSContext(role, configuration))
    }

    init(_ context: TLSContext, endpoint: Endpoint? = nil) throws {
        engine = try TLSEngine(context, endpoint: endpoint)
    }

    func send(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try engine.send($0) } }

    func take(_ bytes: ArraySlice<UInt8>) throws {
        progress = try bytes.withUnsafeBytes { bytes in
            try engine.receive(bytes) { received.append(contentsOf: $0) }
        }
    }
}

/// Carries what each side has to say to the other, in pieces of so many bytes, until both are silent.
///
/// - Returns: How many bytes there were.
@discardableResult
func converse(_ client: Side, _ server: Side, pieces: Int) throws -> Int {
    var total = 0
    while true {
        let there = Array(client.engine.takeOutput().readableBytesView)
        let back = Array(server.engine.takeOutput().readableBytesView)
        if there.isEmpty, back.isEmpty { return total }
        total += there.count + back.count
        for (bytes, side) in [(there, server), (back, client)] {
            var rest = bytes[...]
            while !rest.isEmpty {
                try side.take(rest.prefix(pieces))
                rest = rest.dropFirst(pieces)
            }
        }
    }
}

/// Two engines that talk to each other without a socket.
struct TLSEngineTests {
    struct Identities {
        let client: TLSIdentity
        let server: TLSIdentity

        init() throws {
            client = try TLSIdentity.selfSigned(now: 1_780_000_000)
            server = try TLSIdentity.selfSigned(now: 1_780_000_000)
        }

        func clientTrusting(_ identity: TLSIdentity, name: String = "localhost") throws -> TLSConfiguration {
            TLSConfiguration(identity: client, trust: .exactly(der: try identity.leafDER()), serverName: name, verifiesServerName: true)
        }

        func serverTrusting(_ identity: TLSIdentity) throws -> TLSConfiguration {
            TLSConfiguration(identity: server, trust: .exactly(der: try identity.leafDER()))
        }
    }

    @Test(arguments: [Int.max, 1, 7, 16_384])
    func talk(pieces: Int) throws {
        let identities = try Identities()
        let client = try Side(.client, identities.clientTrusting(identities.server))
        let server = try Side(.server, identities.serverTrusting(identities.client))
        try client.engine.start()
        try converse(client, server, pieces: pieces)
        #expect(client.engine.peer?.der == (try identities.server.leafDER()))
        #expect(server.engine.peer?.der == (try identities.client.leafDER()))
        #expect(server.engine.peer?.dnsNames == ["localhost"])

        let large = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        try client.send(large)
        try server.send([1, 2, 3])
        try server.send([])
        try converse(client, server, pieces: pieces)
        #expect(server.received == large)
        #expect(client.received == [1, 2, 3])
        #expect(client.progress == .open)

        client.engine.close()
        try converse(client, server, pieces: pieces)
        #expect(server.progress == .closed)
    }

    /// A client of AutoMTLS believes one certificate, byte for byte.
    @Test(arguments: [Int.max, 1])
    func anotherLeafThanTheOneAnnounced(pieces: Int) throws {
        let identities = try Identities()
        let other = try TLSIdentity.selfSigned(now: 1_780_000_000)
        let client = try Side(.client, identities.clientTrusting(other))
        let server = try Side(.server, identities.serverTrusting(identities.client))
        try client.engine.start()
        let error = #expect(throws: TLSError.self) { try converse(client, server, pieces: pieces) }
        #expect(error?.code == .untrusted)
        #expect(client.engine.peer == nil)
    }

    @Test func aClientThatTheServerDoesNotKnow() throws {
        let identities = try Identities()
        let other = try TLSIdentity.selfSigned(now: 1_780_000_000)
        let client = try Side(.client, identities.clientTrusting(identities.server))
        let server = try Side(.server, identities.serverTrusting(other))
        try client.engine.start()
        let error = #expect(throws: TLSError.self) { try converse(client, server, pieces: .max) }
        #expect(error?.code == .untrusted)
        // The client is told.
        let alert = Array(server.engine.takeOutput().readableBytesView)
        let told = #expect(throws: TLSError.self) { try client.take(alert[...]) }
        #expect(told?.code == .untrusted)
    }

    @Test func aNameThatTheCertificateDoesNotCarry() throws {
        let identities = try Identities()
        let client = try Side(.client, identities.clientTrusting(identities.server, name: "elsewhere.example"))
        let server = try Side(.server, identities.serverTrusting(identities.client))
        try client.engine.start()
        let error = #expect(throws: TLSError.self) { try converse(client, server, pieces: .max) }
        #expect(error?.code == .untrusted)
    }

    @Test func theLastWordIsTheConfigurations() throws {
        struct Unwelcome: Error {}
        let identities = try Identities()
        let client = try Side(.client, identities.clientTrusting(identities.server))
        var configuration = try identities.serverTrusting(identities.client)
        configuration.authorize = { _ in throw Unwelcome() }
        let server = try Side(.server, configuration)
        try client.engine.start()
        #expect(throws: Unwelcome.self) { try converse(client, server, pieces: .max) }
        #expect(server.engine.peer == nil)
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}garbage garbage garbage", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}"])
    func whatIsNotTLS(text: String) throws {
        let identities = try Identities()
        for pieces in [Int.max, 1] {
            let server = try Side(.server, identities.serverTrusting(identities.client))
            let error = #expect(throws: TLSError.self) {
                var rest = (Array(text.utf8) + Array(repeating: 0x55, count: 1024))[...]
                while !rest.isEmpty {
                    try server.take(rest.prefix(pieces))
                    rest = rest.dropFirst(pieces)
                }
            }
            #expect(error?.code == .protocolViolation)
        }
    }

    @Test func damagedRecords() throws {
        let identities = try Identities()
        let client = try Side(.client, identities.clientTrusting(identities.server))
        let server = try Side(.server, identities.serverTrusting(identities.client))
        try client.engine.start()
        try converse(client, server, pieces: .max)
        try client.send([1, 2, 3, 4])
        var record = Array(client.engine.takeOutput().readableBytesView)
        record[record.count - 1] ^= 1
        #expect(throws: TLSError.self) { try server.take(record[...]) }
        #expect(server.received.isEmpty)
    }

    @Test func unusableConfigurations() throws {
        let identities = try Identities()
        let mixed = TLSIdentity(certificatePEM: identities.client.certificatePEM, privateKeyPEM: identities.server.privateKeyPEM)
        let der = try identities.client.leafDER()
        for configuration in [
            TLSConfiguration(identity: mixed, trust: .exactly(der: der)),
            TLSConfiguration(identity: identities.client, trust: .exactly(der: [1, 2, 3])),
            TLSConfiguration(identity: identities.client, trust: .authorities(pem: "nothing")),
            TLSConfiguration(identity: TLSIdentity(certificatePEM: "", privateKeyPEM: ""), trust: .exactly(der: der)),
        ] {
            let error = #expect(throws: TLSError.self) { try TLSContext(.client, configuration) }
            #expect(error?.code == .badConfiguration)
        }
    }
}
