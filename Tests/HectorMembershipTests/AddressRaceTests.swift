import Glibc
import HectorRPC
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HectorMembership

@Suite(.timeLimit(.minutes(1))) struct AddressRaceTests {
    private static func places(_ hosts: String...) -> [Endpoint] { hosts.map { .tcp(host: $0, port: 7443) } }

    // MARK: order

    @Test(arguments: [
        ([], []),
        (["::1"], ["::1"]),
        (["fd00::1", "fd00::2", "10.0.0.1", "10.0.0.2"], ["fd00::1", "10.0.0.1", "fd00::2", "10.0.0.2"]),
        (["10.0.0.1", "10.0.0.2", "10.0.0.3", "fe80::1%2"], ["10.0.0.1", "fe80::1%2", "10.0.0.2", "10.0.0.3"]),
        (["gpu-1.example.org", "gpu-2.example.org"], ["gpu-1.example.org", "gpu-2.example.org"]),
    ])
    func `The families take turns, each in the order given`(given: [String], order: [String]) {
        let endpoints = given.map { Endpoint.tcp(host: $0, port: 1) }
        #expect(AddressRace.order(endpoints) == order.map { Endpoint.tcp(host: $0, port: 1) })
    }

    // MARK: attempts

    @Test func `An attempt that takes its time is joined by the next, and cancelled when that wins`() async throws {
        let (clock, log) = (HandClock(), Record())
        let race = AddressRace(sleep: clock.sleep)
        async let winner = race.run(Self.places("10.0.0.1", "10.0.0.2", "10.0.0.3")) { endpoint in
            log.note("dial \(endpoint)")
            if endpoint == .tcp(host: "10.0.0.2", port: 7443) { return endpoint }
            do {
                try await Self.never()
            } catch {
                log.note("cancelled \(endpoint)")
                throw error
            }
            return endpoint
        } discard: { log.note("discard \($0)") }
        #expect(await clock.awaited() == .milliseconds(250))
        // The clock and the attempt begin side by side: either may be first.
        await log.noted()
        #expect(log.lines == ["dial 10.0.0.1:7443"])
        clock.passOne()
        #expect(try await winner == .tcp(host: "10.0.0.2", port: 7443))
        #expect(log.lines == ["dial 10.0.0.1:7443", "dial 10.0.0.2:7443", "cancelled 10.0.0.1:7443"])
    }

    @Test func `A failed attempt is followed at once`() async throws {
        let log = Record()
        // A clock that nobody moves.
        let race = AddressRace(sleep: HandClock().sleep)
        let winner = try await race.run(Self.places("10.0.0.1", "10.0.0.2")) { endpoint in
            log.note("dial \(endpoint)")
            if endpoint == .tcp(host: "10.0.0.1", port: 7443) { throw ConnectionError(.unreachable, "refused") }
            return endpoint
        } discard: { _ in }
        #expect(winner == .tcp(host: "10.0.0.2", port: 7443))
        #expect(log.lines == ["dial 10.0.0.1:7443", "dial 10.0.0.2:7443"])
    }

    @Test func `When all fail, each says why, and no timer is waited for`() async throws {
        let race = AddressRace(sleep: HandClock().sleep)
        let error = await #expect(throws: AddressRaceError.self) {
            try await race.run(Self.places("10.0.0.1", "10.0.0.2", "10.0.0.3")) { endpoint -> Int in
                throw ConnectionError(.unreachable, "\(endpoint)")
            } discard: { _ in }
        }
        #expect(error?.failures.map { ($0.error as? ConnectionError)?.message } == [
            "10.0.0.1:7443", "10.0.0.2:7443", "10.0.0.3:7443",
        ])
        let nowhere = await #expect(throws: AddressRaceError.self) {
            try await race.run([]) { _ in 1 } discard: { _ in }
        }
        #expect(nowhere?.failures.isEmpty == true)
    }

    @Test func `A connection that comes too late is closed`() async throws {
        let (clock, log) = (HandClock(), Record())
        let race = AddressRace(sleep: clock.sleep)
        async let winner = race.run(Self.places("10.0.0.1", "10.0.0.2")) { endpoint in
            // It cannot be stopped any more.
            if endpoint == .tcp(host: "10.0.0.1", port: 7443) { try? await Self.never() }
            return endpoint
        } discard: { log.note("discard \($0)") }
        _ = await clock.awaited()
        clock.passOne()
        #expect(try await winner == .tcp(host: "10.0.0.2", port: 7443))
        #expect(log.lines == ["discard 10.0.0.1:7443"])
    }

    @Test func `A cancelled race begins no attempt any more`() async throws {
        let (clock, log) = (HandClock(), Record())
        let race = AddressRace(sleep: clock.sleep)
        await withThrowingTaskGroup(of: Endpoint.self) { group in
            group.addTask {
                try await race.run(Self.places("10.0.0.1", "10.0.0.2")) { endpoint in
                    log.note("dial \(endpoint)")
                    try await Self.never()
                    return endpoint
                } discard: { _ in }
            }
            _ = await clock.awaited()
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        #expect(log.lines == ["dial 10.0.0.1:7443"])
    }

    // MARK: sockets

    /// Addresses that swallow a connection: one takes it and says nothing, the other does not even take it.
    @Test(arguments: [false, true])
    func `A black hole costs a quarter of a second`(isFull: Bool) async throws {
        let hole = try BlackHole(isFull: isFull)
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try RPCServer(
            .tcp(host: "127.0.0.1", port: 0), security: .plaintext, services: RPCServices(), on: group,
            random: { _ in 1 }, log: Logger(label: "test"))
        let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.run { listening.yield($0) } }
            var places = bound.makeAsyncIterator()
            let good = try #require(await places.next())
            // Whoever waited for the black hole would run into the time limit of this suite.
            var limits = RPCLimits()
            limits.handshakeTimeout = .seconds(600)
            let start = ContinuousClock.now
            let connection = try await AddressRace(sleep: { try await Task.sleep(for: $0) }).run([hole.endpoint, good]) { [limits] in
                try await ClientConnection.connect(to: $0, security: .plaintext, on: group, limits: limits)
            } discard: { await $0.close() }
            let took = start.duration(to: .now)
            #expect(connection.endpoint == good)
            #expect(took >= .milliseconds(250))
            if !isFull { #expect(await hole.isAbandoned(within: .seconds(30))) }
            await connection.close()
            server.shutDown(grace: .zero)
            try await tasks.next()
        }
    }

    private static func never() async throws {
        for await _ in AsyncStream<Never>.makeStream().stream {}
        try Task.checkCancellation()
    }
}

/// A listening socket of which nobody ever accepts a connection.
private final class BlackHole: Sendable {
    let endpoint: Endpoint
    private let listener: Int32
    private let fillers: [Int32]

    /// - Parameter isFull: Whether not even the kernel takes a further connection.
    init(isFull: Bool) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 0) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        try #require(isListening)
        endpoint = .tcp(host: "127.0.0.1", port: UInt16(bigEndian: address.sin_port))
        fillers = (0..<(isFull ? 4 : 0)).map { _ in
            let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            _ = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(filler, $0, length) }
            }
            return filler
        }
    }

    deinit { for socket in fillers + [listener] { close(socket) } }

    /// Whether the one who connected has hung up.
    func isAbandoned(within limit: Duration) async -> Bool {
        let caller = accept(listener, nil, nil)
        guard caller >= 0 else { return false }
        defer { close(caller) }
        _ = fcntl(caller, F_SETFL, O_NONBLOCK)
        var buffer = [UInt8](repeating: 0, count: 4096)
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            let count = recv(caller, &buffer, buffer.count, 0)
            if count == 0 || count < 0 && errno != EAGAIN { return true }
            if count < 0 { try? await Task.sleep(for: .milliseconds(20)) }
        }
        return false
    }
}

/// What happened, in order.
private final class Record: Sendable {
    private let all = Mutex<[String]>([])
    private let notes: AsyncStream<Void>
    private let added: AsyncStream<Void>.Continuation

    init() { (notes, added) = AsyncStream.makeStream() }

    var lines: [String] { all.withLock { $0 } }

    func note(_ line: String) {
        all.withLock { $0.append(line) }
        added.yield()
    }

    /// Waits for the next line that has not been waited for.
    func noted() async {
        for await _ in notes { return }
    }
}

/// A clock that the test moves.
private final class HandClock: Sendable {
    private struct State {
        var sleepers: [(id: Int, until: CheckedContinuation<Void, any Error>)] = []
        var next = 0
    }

    private let state = Mutex(State())
    private let sleeps: AsyncStream<Duration>
    private let began: AsyncStream<Duration>.Continuation

    init() { (sleeps, began) = AsyncStream.makeStream() }

    func sleep(_ duration: Duration) async throws {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.sleepers.append((id, continuation))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) } else { began.yield(duration) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.sleepers.firstIndex { $0.id == id }.map { state.sleepers.remove(at: $0).until }
            }
            sleeper?.resume(throwing: CancellationError())
        }
    }

    /// Waits until somebody sleeps; for how long.
    func awaited() async -> Duration? {
        for await duration in sleeps { return duration }
        return nil
    }

    /// The one who has slept for longest wakes up.
    func passOne() {
        let sleeper = state.withLock { $0.sleepers.isEmpty ? nil : $0.sleepers.removeFirst().until }
        sleeper?.resume()
    }
}
