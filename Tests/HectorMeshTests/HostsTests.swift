import HectorCore
import HectorLoad
import Synchronization
import Testing

@testable import HectorMesh

/// Four hosts, with a router each, call the same six replicas in virtual time. Each replica works on four calls at once, and six tenths of
/// that are needed.
@Suite(.timeLimit(.minutes(5))) struct HostsTests {
    /// A node may answer calls and no questions for its load: an older one, or one that is busy. Once, each replica whose question was open
    /// yielded to others until it was lost. So the calls of all hosts went to the few that had not been asked a moment before.
    @Test(arguments: SharedReplicas.Answers.allCases, 1...2 as ClosedRange<UInt64>)
    func unansweredQuestionsCostNothing(_ answers: SharedReplicas.Answers, seed: UInt64) async {
        let result = await SharedReplicas.run(seed: seed, answers: answers)
        #expect(result.failed == 0 && result.calls > 2_000, "\(result)")
        #expect(result.slow < 0.1, "\(result)")
    }

    /// Nobody is asked where calls are that quick.
    @Test(arguments: [SharedReplicas.Fault.crash, .hang], 1...4 as ClosedRange<UInt64>)
    func aFaultCostsNoQuickCall(_ fault: SharedReplicas.Fault, seed: UInt64) async {
        let result = await SharedReplicas.run(seed: seed, answers: .atOnce, fault: fault, isQuick: true)
        #expect(result.failed == 0 && result.calls > 2_000 && result.questions == 0, "\(result)")
        #expect(result.slow < 0.01, "\(result)")
        // Each host has lost the calls that it had there.
        #expect(result.late <= (fault == .hang ? 12 : 0), "\(result)")
        // Nearly all replicas are idle: small differences of speed decide. Of sixteen runs the least share was a third of the fair one.
        #expect(result.shareAfter > 0.2 / 6, "\(result)")
    }
}

final class SharedReplicas: Sendable {
    enum Answers: CaseIterable {
        case atOnce
        /// The connection gives up after a second.
        case lost
        case never
    }

    enum Fault { case none, crash, hang }

    struct Result: Sendable {
        var calls = 0
        var failed = 0
        /// Calls that took longer than a second.
        var late = 0
        /// Seconds that one call in a hundred took at least.
        var slow = 0.0
        var questions = 0
        /// Of the calls that began a second or more after the fault, those that the replica got which had it.
        var shareAfter = 0.0
    }

    private struct State {
        var generator: SeededGenerator
        var inFlight = Array(repeating: 0, count: 6)
        var times: [Double] = []
        var result = Result()
        var after = (faulty: 0, all: 0)
        /// Calls of this connection and of earlier ones are lost.
        var broken = 0
        var hangs = false
    }

    private static let hosts = 4
    private static let length = 12.0
    private static let fault = (from: 3.0, until: 6.0)

    private let clock: VirtualClock
    private let answers: Answers
    private let fault: Fault
    /// Seconds.
    private let work: Double
    private let routers: [Router]
    private let feeds: [Feed]
    private let state: Mutex<State>

    static func run(seed: UInt64, answers: Answers, fault: Fault = .none, isQuick: Bool = false) async -> Result {
        let executor = SeededExecutor(seed: seed)
        let replicas = SharedReplicas(seed, executor.clock, answers, fault, work: isQuick ? 0.002 : 0.05)
        return await withTaskExecutorPreference(executor) { await replicas.run() }
    }

    private init(_ seed: UInt64, _ clock: VirtualClock, _ answers: Answers, _ fault: Fault, work: Double) {
        (self.clock, self.answers, self.fault, self.work) = (clock, answers, fault, work)
        routers = (0..<Self.hosts).map { host in
            Router(mesh: "test", host: "host-\(host)", timing: clock.timing, seed: seed * 100 + UInt64(host), classify: classify)
        }
        feeds = routers.map(Feed.init)
        state = Mutex(State(generator: SeededGenerator(seed: seed)))
    }

    private func run() async -> Result {
        for replica in 0..<6 { publish(replica, .ready(Self.name(replica, 1))) }
        await withTaskGroup(of: Void.self) { group in
            for router in routers {
                group.addTask { await router.run { _, _ in true } load: { _, wire, _ in await self.ask(wire.name) } }
            }
            await withDiscardingTaskGroup { busy in
                if fault != .none { busy.addTask { await self.fault() } }
                while clock.now < at(Self.length) {
                    // Six tenths of the capacity; a tenth where calls are quick, because there are many more of them.
                    let pause = work / (6 * 4 * (work < 0.01 ? 0.1 : 0.6))
                    try? await clock.sleep(random(0...2 * pause))
                    let host = Int(random(0...Double(Self.hosts).nextDown))
                    busy.addTask { await self.call(host) }
                }
            }
            group.cancelAll()
        }
        return state.withLock { state in
            state.times.sort()
            state.result.slow = state.times[state.times.count * 99 / 100]
            state.result.shareAfter = Double(state.after.faulty) / Double(max(1, state.after.all))
            return state.result
        }
    }

    private func call(_ host: Int) async {
        let began = clock.now
        var isFailed = false
        do {
            try await routers[host].call(echo, idempotent: true, deadline: began.advanced(by: .seconds(5))) { wire, attempt in
                try await self.attempt(wire.name, attempt)
            }
        } catch {
            isFailed = true
        }
        let seconds = began.duration(to: clock.now).seconds
        state.withLock { state in
            state.result.calls += 1
            if isFailed { state.result.failed += 1 }
            if seconds > 1 { state.result.late += 1 }
            state.times.append(seconds)
        }
    }

    private func attempt(_ wire: String, _ attempt: Attempt) async throws {
        let (replica, number) = Self.parts(wire)
        let isAfter = clock.now > at(Self.fault.until + 1)
        let others = state.withLock { state in
            state.inFlight[replica] += 1
            if isAfter { state.after = (state.after.faulty + (replica == 0 ? 1 : 0), state.after.all + 1) }
            return state.inFlight[replica]
        }
        defer {
            state.withLock { $0.inFlight[replica] -= 1 }
            attempt.loadReported(load(replica))
        }
        try await sleep(random(0.4...1.6) * work * max(1, Double(others) / 4), replica, number)
    }

    /// Works that long, unless the replica breaks or hangs meanwhile.
    private func sleep(_ seconds: Double, _ replica: Int, _ number: Int) async throws {
        var left = seconds
        while left > 0 {
            let part = min(left, 0.01)
            try await clock.sleep(part)
            let (isBroken, hangs) = state.withLock { (replica == 0 && number <= $0.broken, replica == 0 && $0.hangs) }
            if isBroken { throw Trouble(.connectionLost) }
            if !hangs { left -= part }
        }
    }

    private func ask(_ wire: String) async -> LoadReport? {
        state.withLock { $0.result.questions += 1 }
        switch answers {
        case .atOnce:
            try? await clock.sleep(0.0005)
            return load(Self.parts(wire).replica)
        case .lost: try? await clock.sleep(1)
        case .never: try? await clock.sleep(1_000)
        }
        return nil
    }

    private func load(_ replica: Int) -> LoadReport { LoadReport(inFlight: state.withLock { $0.inFlight[replica] }) }

    /// Of the first replica.
    private func fault() async {
        try? await clock.sleep(Self.fault.from)
        if fault == .hang {
            state.withLock { $0.hangs = true }
            // So long until its connection counts as silent.
            try? await clock.sleep(1.5)
        }
        state.withLock { $0.broken = 1 }
        try? await clock.sleep(0.05)
        publish(0, .lost(reason: "gone"))
        try? await clock.sleep(until: at(Self.fault.until))
        state.withLock { $0.hangs = false }
        publish(0, .ready(Self.name(0, 2)))
    }

    private func publish(_ replica: Int, _ state: ReplicaState<any CallTarget>) {
        for feed in feeds {
            var description = HectorMeshTests.replica("r\(replica)", host: "gpu-\(replica)", path: .lan)
            description.hosts = Self.hosts
            feed.say(description, state)
        }
    }

    private static func name(_ replica: Int, _ number: Int) -> String { "\(replica) \(number)" }

    private static func parts(_ wire: String) -> (replica: Int, number: Int) {
        let parts = wire.split(separator: " ").compactMap { Int($0) }
        return (parts[0], parts[1])
    }

    private func random(_ range: ClosedRange<Double>) -> Double { state.withLock { Double.random(in: range, using: &$0.generator) } }
}
