import Glibc
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import HectorRPC

/// The beginning and the end of a server: who connects meanwhile is not forgotten.
@Suite(.timeLimit(.minutes(1)))
struct ServerEndTests {
    private static func server(_ path: String) throws -> RPCServer {
        try RPCServer(
            .unix(path: path), security: .plaintext, services: RPCServices(), on: MultiThreadedEventLoopGroup.singleton,
            random: { _ in 1 }, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private static func path() -> String { "/tmp/hector-end-\(UInt32.random(in: 0 ... .max)).sock" }

    /// The race as a sequence: it is admitted, the server shuts down, its handler is there.
    @Test func aConnectionThatComesWhileItShutsDownIsEnded() async throws {
        let path = Self.path()
        defer { unlink(path) }
        let listener = try await RawPeer.listen(at: path, on: MultiThreadedEventLoopGroup.singleton) { _ in }
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(unixDomainSocketPath: path).get()
        let server = try Self.server(Self.path())
        // Nothing else may end it within the time of the test.
        var limits = RPCLimits()
        limits.handshakeTimeout = .seconds(1000)
        try await channel.eventLoop.submit { [limits] in
            let (_, accept) = AsyncStream.makeStream(of: ServerConnection.self)
            let connection = ServerConnection(server, from: nil)
            #expect(server.admit(connection) == nil)
            server.shutDown(grace: .seconds(1000))
            accept.finish()
            let handler = try ConnectionHandler(
                role: .server, tls: nil, limits: limits, keepalive: nil, on: channel.eventLoop, delegate: connection)
            connection.attach(handler)
            try channel.pipeline.syncOperations.addHandler(handler)
            server.begin(connection, accept)
            #expect(server.admit(ServerConnection(server, from: nil)) != nil)
        }.get()
        try await channel.closeFuture.get()
        try await listener.close()
    }

    @Test func whoThrowsWhenItListensLeavesNothingOpen() async throws {
        let path = Self.path()
        let server = try Self.server(path)
        await #expect(throws: CancellationError.self) { try await server.run { _ in throw CancellationError() } }
        await #expect(throws: (any Error).self) { try await RawPeer.connect(to: path, on: MultiThreadedEventLoopGroup.singleton) }
        unlink(path)
    }

    @Test func whyAnEndpointCannotBeReachedIsACode() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        func connect(_ endpoint: Endpoint) async -> ConnectionError? {
            await #expect(throws: ConnectionError.self) {
                try await ClientConnection.connect(to: endpoint, security: .plaintext, on: group)
            }
        }
        #expect(await connect(.unix(path: Self.path()))?.unreachable == .refused)
        let listener = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = UInt16(try #require(listener.localAddress?.port))
        let taken = try RPCServer(
            .tcp(host: "127.0.0.1", port: port), security: .plaintext, services: RPCServices(), on: group,
            random: { _ in 1 }, log: Logger(label: "test"))
        let error = await #expect(throws: ConnectionError.self) { try await taken.run() }
        #expect(error?.unreachable == .inUse)
        try await listener.close()
        #expect(await connect(.tcp(host: "127.0.0.1", port: port))?.unreachable == .refused)
    }

    @Test(arguments: [
        (EMFILE, ConnectionError.Unreachable.ownLack), (ENFILE, .ownLack), (ENOBUFS, .ownLack), (ECONNREFUSED, .refused),
        (ENETUNREACH, .noRoute), (EAFNOSUPPORT, .noRoute), (ETIMEDOUT, .timedOut), (EACCES, .notPermitted), (EINVAL, .other),
    ]) func whatTheSystemSays(errno: CInt, cause: ConnectionError.Unreachable) {
        #expect(ConnectionError.Unreachable(IOError(errnoCode: errno, reason: "connect")) == cause)
    }
}

struct RefusalLogTests {
    /// The error says what to do: a second advice beside it, the same for all, would mislead.
    @Test(arguments: [TLSFault.wrongPurpose, .expired, .notYetValid, .unknownAuthority, .unclear])
    func `A refusal is told with the advice of its error, and no other`(fault: TLSFault) throws {
        let log = CapturedLog()
        let server = try RPCServer(
            .unix(path: "/tmp/hector-refusal.sock"), security: .plaintext, services: RPCServices(), on: MultiThreadedEventLoopGroup.singleton,
            random: { _ in 1 }, log: Logger(label: "test") { _ in log })
        let cause = TLSError(.untrusted, "the peer's certificate is not accepted", fault: fault)
        server.logRefusal(ConnectionError(.security, cause.description, cause: cause), from: nil, now: .uptimeNanoseconds(1))
        let line = try #require(log.messages.first)
        #expect(log.messages.count == 1)
        #expect(line.contains(cause.description) && line.count < cause.description.count + 80, "\(line)")
        #expect(line.matches(of: /certificates from one authority/).count == (fault == .unknownAuthority ? 1 : 0), "\(line)")
    }

    private func shown(_ log: inout RefusalLog, _ source: String, for seconds: Int, every: Int = 1) -> [Int] {
        stride(from: 0, to: seconds, by: every).filter { log.admit(source, at: .seconds($0)) != nil }
    }

    @Test func oneSourceIsShownEverMoreRarely() {
        var log = RefusalLog()
        #expect(shown(&log, "10.0.0.1", for: 700) == [0, 10, 30, 70, 150, 310, 630])
        #expect(log.admit("10.0.0.1", at: .seconds(1270)) == 69)
    }

    @Test func oneThatWasQuietBeginsAnew() {
        var log = RefusalLog()
        _ = shown(&log, "10.0.0.1", for: 100)
        #expect(log.admit("10.0.0.1", at: .seconds(1000)) != nil)
        #expect(log.admit("10.0.0.1", at: .seconds(1010)) != nil)
    }

    @Test func manySourcesAreBoundedTogether() {
        var log = RefusalLog()
        let shown = (0..<100_000).count { log.admit("source \($0)", at: .milliseconds($0)) != nil }
        #expect((20...80).contains(shown), "\(shown) in 100 s")
    }
}
