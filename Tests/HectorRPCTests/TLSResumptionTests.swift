import COpenSSL
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import HectorRPC

/// A second connection goes on from the first one's session; the peer's certificate is checked all the same.
struct TLSResumptionTests {
    private static let there = Endpoint.tcp(host: "there.example", port: 1)
    private static let now: Int64 = 1_780_000_000

    /// A clock that tests set.
    private final class Clock: Sendable {
        let seconds = Mutex(TLSResumptionTests.now)
    }

    /// Two contexts that believe each other's certificate as an authority, and know each other by it.
    private final class Pair {
        let clock = Clock()
        let identities: TLSEngineTests.Identities
        let minimumVersion: TLSConfiguration.Version
        var client: TLSContext
        var server: TLSContext

        init(_ minimumVersion: TLSConfiguration.Version = .tls13, authorize: @escaping @Sendable (PeerCertificate) throws -> Void = { _ in }) throws {
            identities = try TLSEngineTests.Identities()
            self.minimumVersion = minimumVersion
            var client = TLSConfiguration(
                identity: identities.client, trust: .authorities(pem: identities.server.certificatePEM),
                serverName: "localhost", verifiesServerName: true)
            client.authorize = authorize
            var server = TLSConfiguration(
                identity: identities.server, trust: .authorities(pem: identities.client.certificatePEM), minimumVersion: minimumVersion)
            server.authorize = authorize
            client.minimumVersion = minimumVersion
            let clock = clock
            self.client = try TLSContext(.client, client) { clock.seconds.withLock { $0 } }
            self.server = try TLSContext(.server, server) { clock.seconds.withLock { $0 } }
            if minimumVersion == .tls12 { self.client.limitToTLS12() }
        }

        /// Connects, says something each way, and breaks off.
        func connect() throws -> (isResumed: Bool, bytes: Int) {
            let client = try Side(client, endpoint: TLSResumptionTests.there)
            let server = try Side(server)
            try client.engine.start()
            var bytes = try converse(client, server, pieces: .max)
            #expect(client.engine.peer?.der == (try identities.server.leafDER()))
            #expect(server.engine.peer?.der == (try identities.client.leafDER()))
            #expect(client.engine.isResumed == server.engine.isResumed)
            try client.send([1])
            try server.send([2])
            bytes += try converse(client, server, pieces: .max)
            #expect(server.received == [1])
            #expect(client.received == [2])
            return (client.engine.isResumed, bytes)
        }
    }

    @Test(arguments: [TLSConfiguration.Version.tls12, .tls13])
    func everyConnectionAfterTheFirstIsResumed(version: TLSConfiguration.Version) throws {
        let pair = try Pair(version)
        let first = try pair.connect()
        #expect(!first.isResumed)
        for _ in 0..<5 {
            let next = try pair.connect()
            #expect(next.isResumed)
            #expect(next.bytes * 10 < first.bytes * 6, "\(next.bytes) of \(first.bytes) bytes")
        }
        #expect(pair.client.sessions.count == 1)
    }

    /// Each connection uses up the ticket that it offers: one of two at the same time begins anew.
    @Test func aTicketIsUsedOnce() throws {
        let pair = try Pair()
        _ = try pair.connect()
        let one = try Side(pair.client, endpoint: Self.there)
        let two = try Side(pair.client, endpoint: Self.there)
        for (side, isResumed) in [(one, true), (two, false)] {
            let server = try Side(pair.server)
            try side.engine.start()
            try converse(side, server, pieces: .max)
            #expect(side.engine.isResumed == isResumed)
        }
    }

    @Test func anotherServerGetsNoTicket() throws {
        let pair = try Pair()
        _ = try pair.connect()
        let elsewhere = try Side(pair.client, endpoint: .tcp(host: "elsewhere.example", port: 1))
        try elsewhere.engine.start()
        try converse(elsewhere, Side(pair.server), pieces: .max)
        #expect(!elsewhere.engine.isResumed)
    }

    /// The certificates of both sides end after 30 years.
    @Test(arguments: [TLSConfiguration.Version.tls12, .tls13])
    func anExpiredCertificateIsNotResumed(version: TLSConfiguration.Version) throws {
        for expires in ["client", "server"] {
            let pair = try Pair(version)
            _ = try pair.connect()
            // Only the one that looks has the later clock.
            let late: @Sendable () -> Int64 = { Self.now + 31 * 365 * 86_400 }
            let client = try Side(pair.client, endpoint: Self.there)
            let server = try Side(pair.server)
            (expires == "client" ? server : client).engine.setVerificationTime(late())
            try client.engine.start()
            let error = #expect(throws: TLSError.self) { try converse(client, server, pieces: .max) }
            #expect(error?.code == .untrusted)
            #expect(error?.message.contains("cannot be resumed") == true, "\(String(describing: error))")
            #expect((expires == "client" ? server : client).engine.peer == nil)
        }
    }

    /// A reload makes another context: its trust begins without sessions, and with them goes what they would have let in.
    @Test func changedTrustRefusesTheSession() throws {
        let pair = try Pair()
        _ = try pair.connect()
        let stranger = try TLSIdentity.selfSigned(now: Self.now)
        let clock = pair.clock
        pair.server = try TLSContext(
            .server, TLSConfiguration(identity: pair.identities.server, trust: .authorities(pem: stranger.certificatePEM))
        ) { clock.seconds.withLock { $0 } }
        let error = #expect(throws: TLSError.self) { try pair.connect() }
        #expect(error?.code == .untrusted)
        #expect(error?.message.contains("cannot be resumed") == false)
    }

    /// Even within one context: anchors that are there no more do not carry a session.
    @Test func aSessionWhoseAuthorityIsGone() throws {
        let pair = try Pair()
        _ = try pair.connect()
        pair.server.dropAnchors()
        let client = try Side(pair.client, endpoint: Self.there)
        let server = try Side(pair.server)
        try client.engine.start()
        let error = #expect(throws: TLSError.self) { try converse(client, server, pieces: .max) }
        #expect(error?.code == .untrusted)
        #expect(server.engine.peer == nil)
    }

    @Test func authorizationIsAskedAgain() throws {
        struct Revoked: Error {}
        let revoked = Mutex(false)
        let asked = Mutex(0)
        let pair = try Pair(authorize: { _ in
            asked.withLock { $0 += 1 }
            if revoked.withLock({ $0 }) { throw Revoked() }
        })
        _ = try pair.connect()
        #expect(try pair.connect().isResumed)
        #expect(asked.withLock { $0 } == 4)
        revoked.withLock { $0 = true }
        #expect(throws: Revoked.self) { try pair.connect() }
    }

    /// Whom we do not let in leaves no session that could be offered.
    @Test func aRefusedServerLeavesNoSession() throws {
        struct Unwelcome: Error {}
        let pair = try Pair(authorize: { _ in throw Unwelcome() })
        #expect(throws: Unwelcome.self) { try pair.connect() }
        #expect(pair.client.sessions.count == 0)
    }

    @Test func theStoreIsBounded() throws {
        let pair = try Pair()
        let store = TLSSessionStore(capacity: 2)
        for port: UInt16 in 1...3 {
            _ = try pair.connect()
            let session = try #require(pair.client.sessions.take(Self.there))
            store.keep(session, for: .tcp(host: "h", port: port))
        }
        #expect(store.count == 2)
        #expect(store.take(.tcp(host: "h", port: 1)) == nil)
        #expect(store.take(.tcp(host: "h", port: 3)) != nil)
        #expect(store.count == 1)
    }

    @Test func resumingCostsLess() throws {
        let pair = try Pair()
        /// Seconds of this thread.
        func time(_ body: () throws -> Void) rethrows -> Double {
            var start = timespec()
            var end = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
            for _ in 0..<100 { try body() }
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
            return (Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9) / 100
        }
        let resumed = try time { _ = try pair.connect() }
        let full = try time {
            _ = pair.client.sessions.take(Self.there)
            _ = try pair.connect()
        }
        #expect(resumed < full * 0.85 * Double(Figures.patience), "resumed \(resumed * 1e6) µs, full \(full * 1e6) µs, both sides")
    }
}

extension TLSContext {
    func limitToTLS12() { _ = SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(TLS1_2_VERSION), nil) }

    func dropAnchors() { SSL_CTX_set_cert_store(pointer, X509_STORE_new()) }
}

extension TLSEngine {
    func setVerificationTime(_ secondsSince1970: Int64) {
        X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl), time_t(secondsSince1970))
    }
}
