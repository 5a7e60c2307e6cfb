import HectorCore
import HectorLoad
import Synchronization
import Testing

@testable import HectorMesh

/// The whole router under random faults, in virtual time: sources, callers, health checks and questions for load are tasks, whose order is
/// chosen by the seed. A failure names its seed.
@Suite(.timeLimit(.minutes(5))) struct FaultTests {
    @Test(arguments: 1...24 as ClosedRange<UInt64>) func whateverHappensTheRulesHold(seed: UInt64) async {
        let executor = SeededExecutor(seed: seed)
        let mesh = FaultyMesh(seed: seed, executor.clock)
        await withTaskExecutorPreference(executor) { await mesh.run() }
        for violation in mesh.violations.prefix(3) { Issue.record("seed \(seed): \(violation)") }
        let seen = mesh.seen
        #expect(seen.lost > 0 && seen.lost + seen.unsent > 1 && seen.cancelled > 0 && seen.questions > 20, "seed \(seed) tried too little: \(seen)")
    }
}

/// A way to one process; each connection has another number.
private struct Wire: CallTarget, Equatable {
    let process: Int
    let number: Int
}

extension CallTarget {
    fileprivate var wire: Wire {
        guard let wire = self as? Wire else { preconditionFailure("only wires are published here") }
        return wire
    }
}

/// What happened in a run.
private struct Seen {
    var calls = 0
    var ended = 0
    var lost = 0
    var unsent = 0
    var waited = 0
    var cancelled = 0
    var questions = 0
    var unanswered = 0
    var checks = 0
}

/// One call as its caller sees it.
private final class Trip: Sendable {
    struct Attempt {
        var ending: FailureKind?
        var headers = false
    }

    let plugin: PluginKey
    let callClass: CallClass
    let idempotent: Bool
    let began: Instant
    let deadline: Instant?
    let attempts = Mutex<[Attempt]>([])

    init(_ plugin: PluginKey, _ callClass: CallClass, idempotent: Bool, began: Instant, deadline: Instant?) {
        (self.plugin, self.callClass, self.idempotent, self.began, self.deadline) = (plugin, callClass, idempotent, began, deadline)
    }

    /// Why there must not be another attempt; nil where there may be one.
    var breach: String? {
        attempts.withLock { attempts in
            guard let last = attempts.last else { return nil }
            guard let ending = last.ending else { return "two attempts at once" }
            if last.headers { return "sent again after its response began" }
            if attempts.count(where: { $0.ending == .connectionLost }) > 1 { return "sent to a third replica after two were lost" }
            if attempts.count(where: { $0.ending != .notConnected }) > 2 { return "more than three attempts" }
            switch ending {
            case .notConnected, .neverProcessed: return nil
            case .connectionLost, .retryable, .overloaded, .doubtful: return idempotent ? nil : "sent again, and may have been done"
            default: return "sent again after \(ending)"
            }
        }
    }
}

private final class FaultyMesh: Sendable {
    enum Mood: CaseIterable { case well, slow, failing, hung, overloaded, doubtful }
    /// What its machine says of it.
    enum Word: CaseIterable { case ready, draining, restarting, gone }
    enum Reports: CaseIterable { case right, wrong, huge, none }

    struct Process {
        let machine: Int
        let plugins: [PluginKey]
        var capacity: String?
        var limit: Int?
        var version = "1.0.0"
        var word = Word.ready
        var mood = Mood.well
        var reports = Reports.right
        /// Whether it answers health checks, and questions for its load.
        var answers = true
        var number = 0
        var isDead = false
        var inFlight = 0
    }

    struct State {
        var generator: SeededGenerator
        var processes: [Process]
        var numbers = 0
        var alive: Set<Int> = []
        /// When connections were published as ready no more.
        var withdrawn: [Int: Instant] = [:]
        var published: [Int: Set<Int>] = [:]
        /// By connection: when a question went out that has not been answered.
        var questions: [Int: Instant] = [:]
        var isCalm = false
        /// In the last part of the calm time.
        var served: Set<ReplicaID> = []
        var isCounted = false
        var calls: [PluginKey: Int] = [:]
        var sent: [PluginKey: Int] = [:]
        var attempts = 0
        var seen = Seen()
        var violations: [String] = []
    }

    static let machines = ["here", "gpu-1", "gpu-2"]
    static let chaos = 20.0
    static let calm = 45.0

    let clock: VirtualClock
    let router: Router
    let sources: [ReplicaSource]
    let limits: MeshLimits
    private let state: Mutex<State>

    var violations: [String] { state.withLock(\.violations) }
    var seen: Seen { state.withLock(\.seen) }

    init(seed: UInt64, _ clock: VirtualClock) {
        self.clock = clock
        var limits = MeshLimits()
        limits.retryBurst = 20
        self.limits = limits
        router = Router(mesh: "test", host: "here", limits: limits, timing: clock.timing, seed: seed, classify: classify)
        sources = Self.machines.map { [router] in router.source(named: $0) }
        state = Mutex(State(generator: SeededGenerator(seed: seed), processes: [
            Process(machine: 0, plugins: [echo]),
            Process(machine: 0, plugins: [embedder], limit: 4),
            Process(machine: 1, plugins: [echo]),
            Process(machine: 1, plugins: [echo, embedder], capacity: "both", limit: 6),
            Process(machine: 1, plugins: [echo]),
            Process(machine: 2, plugins: [echo]),
            Process(machine: 2, plugins: [echo, embedder], capacity: "both"),
        ]))
    }

    // MARK: The run

    func run() async {
        for machine in sources.indices { connect(machine) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.router.run { await self.check($0, $1.wire) } load: { replica, wire, _ in await self.ask(replica, wire.wire) } }
            await withTaskGroup(of: Void.self) { busy in
                busy.addTask { await self.faults() }
                busy.addTask { await self.callers() }
                // Nothing may take that long: a call that still waits then would never end.
                busy.addTask {
                    try? await self.clock.sleep(Self.chaos + Self.calm + 60)
                    let seen = self.seen
                    if seen.ended < seen.calls { self.violate("\(seen.calls - seen.ended) of \(seen.calls) calls never end") }
                }
                while self.seen.calls == 0 || self.clock.now < at(Self.chaos + Self.calm + 1) || self.seen.ended < self.seen.calls {
                    guard (try? await self.clock.sleep(0.5)) != nil, self.clock.now < at(Self.chaos + Self.calm + 90) else { break }
                }
                busy.cancelAll()
            }
            atRest()
            group.cancelAll()
        }
    }

    private func faults() async {
        var step = 0
        while clock.now < at(Self.chaos) {
            try? await clock.sleep(Double(chance(300)) / 1_000)
            // Each kind of fault comes at all.
            await fault(step < 24 ? step % 12 : chance(12))
            step += 1
        }
        // All is well again: only what the router believes is left.
        state.withLock { state in
            state.isCalm = true
            for index in state.processes.indices {
                state.processes[index].mood = .well
                state.processes[index].reports = .right
                state.processes[index].answers = true
                state.processes[index].version = "1.0.0"
            }
        }
        for machine in sources.indices { connect(machine, anew: false) }
        try? await clock.sleep(Self.calm - 15)
        state.withLock { $0.isCounted = true }
        try? await clock.sleep(15)
        let starved = state.withLock { state in
            state.processes.enumerated().flatMap { index, process in process.plugins.map { Self.id(index, $0, on: process.machine) } }
                .filter { !state.served.contains($0) }
        }
        for id in starved {
            let explanation = router.explain(id.plugin).map { "\($0.candidates) \($0.excluded)" } ?? ""
            violate("\(id) of \(id.plugin) gets no calls: \(explanation)")
        }
    }

    private func fault(_ kind: Int) async {
        let process = chance(7)
        switch kind {
        case 0, 1: change(process) { $0.mood = Mood.allCases[self.chance(6)] }
        case 2: change(process) { $0.reports = Reports.allCases[self.chance(4)] }
        case 3: change(process) { $0.answers.toggle() }
        case 4:
            // What is gone comes back as another process.
            if self.process(process).word == .gone { return connect(machine(of: process), anew: false) }
            change(process) { $0.word = Word.allCases[self.chance(4)] }
            publish(machine(of: process))
        case 5:
            // It is killed, which is noticed a little later.
            kill([process])
            try? await clock.sleep(Double(chance(80)) / 1_000)
            change(process) { $0.word = .restarting }
            publish(machine(of: process))
        case 6:
            // So is its machine, or the cable to it.
            let machine = machine(of: process)
            let its = (0..<7).filter { self.machine(of: $0) == machine }
            kill(its)
            try? await clock.sleep(Double(chance(80)) / 1_000)
            for process in its { change(process) { $0.word = .restarting } }
            publish(machine)
        case 7:
            change(process) { $0.version = self.chance(4) == 0 ? "2.0.0" : "1.0.0" }
            publish(machine(of: process))
        default: connect(machine(of: process), anew: chance(3) == 0)
        }
    }

    private func callers() async {
        await withDiscardingTaskGroup { group in
            while clock.now < at(Self.chaos + Self.calm) {
                // In the end there are more calls than the fastest replicas have room for.
                let pause = state.withLock { $0.isCounted } ? 12 : isCalm ? 80 : 60
                try? await clock.sleep(Double(chance(pause)) / 1_000)
                group.addTask { await self.call() }
            }
        }
    }

    private func call() async {
        let now = clock.now
        let trip = Trip(
            chance(3) == 0 ? embedder : echo, CallClass.allCases[chance(3)], idempotent: chance(3) > 0, began: now,
            deadline: chance(2) == 0 || isCalm ? now.advanced(by: .milliseconds(500 + chance(8_000))) : nil)
        state.withLock { state in
            state.seen.calls += 1
            state.calls[trip.plugin, default: 0] += 1
        }
        let isCancelled = chance(10) == 0
        let error = await withTaskGroup(of: (any Error)?.self) { group in
            group.addTask {
                do {
                    try await self.router.call(trip.plugin, trip.callClass, idempotent: trip.idempotent, deadline: trip.deadline) { target, attempt in
                        try await self.attempt(trip, target.wire, attempt)
                    }
                    return nil
                } catch {
                    return error
                }
            }
            if isCancelled {
                try? await clock.sleep(Double(chance(200)) / 1_000)
                group.cancelAll()
            }
            return await group.next() ?? nil
        }
        let waited = trip.began.duration(to: clock.now)
        state.withLock { state in
            state.seen.ended += 1
            if error is CancellationError { state.seen.cancelled += 1 }
            guard let error = error as? RouterError else { return }
            let hasAttempts = !trip.attempts.withLock(\.isEmpty)
            if error.code != .callLostReplicas, hasAttempts { state.violations.append("\(error) instead of what its attempt ended with") }
            if error.code == .noReplica, waited > limits.longestWait + .milliseconds(1) { state.violations.append("told after \(waited) that none is ready") }
        }
    }

    // MARK: An attempt

    private func attempt(_ trip: Trip, _ wire: Wire, _ attempt: Attempt) async throws {
        let isConnected = begin(trip, wire, attempt)
        defer { if isConnected { change(wire.process) { if $0.number == wire.number { $0.inFlight -= 1 } } } }
        do {
            guard isConnected else { throw Trouble(.notConnected) }
            try await work(trip, wire, attempt)
            trip.attempts.withLock { $0[$0.count - 1].ending = .callersFault }
        } catch {
            let kind = error is CancellationError ? FailureKind.cancelled : classify(error)
            let headers = attempt.progress.headers
            trip.attempts.withLock { $0[$0.count - 1] = Trip.Attempt(ending: kind, headers: headers) }
            state.withLock { state in
                if kind == .connectionLost { state.seen.lost += 1 }
                if kind == .notConnected { state.seen.unsent += 1 }
            }
            throw error
        }
    }

    /// - Returns: Whether there is a connection to send it on.
    private func begin(_ trip: Trip, _ wire: Wire, _ attempt: Attempt) -> Bool {
        if let breach = trip.breach { violate(breach) }
        let now = clock.now
        let isFirst = trip.attempts.withLock { attempts in
            attempts.append(Trip.Attempt())
            return attempts.count == 1
        }
        return state.withLock { state in
            state.attempts += 1
            var process = state.processes[wire.process]
            if isFirst, now > trip.began {
                state.seen.waited += 1
                if trip.began.duration(to: now) > limits.longestWait { state.violations.append("sent after \(trip.began.duration(to: now))") }
            }
            if let deadline = trip.deadline, deadline <= now { state.violations.append("sent after its deadline") }
            if let withdrawn = state.withdrawn[wire.number], withdrawn < now { state.violations.append("sent to \(attempt.replica), which took no calls") }
            if attempt.replica != Self.id(wire.process, trip.plugin, on: process.machine) { state.violations.append("\(attempt.replica) is not behind its connection") }
            if state.isCounted { state.served.insert(attempt.replica) }
            guard state.alive.contains(wire.number) else { return false }
            state.sent[trip.plugin, default: 0] += 1
            let elapsed = at(0).duration(to: now).seconds
            let allowed = limits.retryBurst + Double(state.calls[trip.plugin] ?? 0) * (1 + limits.retryShare) + elapsed * limits.retriesPerSecond
            if Double(state.sent[trip.plugin] ?? 0) > allowed { state.violations.append("\(state.sent) attempts, \(allowed) allowed") }
            process.inFlight += 1
            if let limit = process.limit, process.number == wire.number, process.inFlight > limit { state.violations.append("\(process.inFlight) calls at once, \(limit) allowed") }
            state.processes[wire.process].inFlight = process.inFlight
            return true
        }
    }

    private func work(_ trip: Trip, _ wire: Wire, _ attempt: Attempt) async throws {
        let process = process(wire.process)
        defer { report(process, attempt) }
        switch process.mood {
        case .well: try await answer(trip, wire, attempt, seconds: time(process))
        case .slow: try await answer(trip, wire, attempt, seconds: 10 * time(process))
        case .hung:
            for _ in 0..<100 where !isCalm { try await wait(0.1, trip, wire) }
            throw Trouble(.stalled)
        case .failing:
            try await wait(0.001, trip, wire)
            throw Trouble([.failed, .retryable, .neverProcessed, .stalled][chance(4)])
        case .overloaded: throw Trouble(.overloaded(pause: chance(2) == 0 ? nil : .milliseconds(chance(2_000))))
        case .doubtful:
            try await wait(0.01, trip, wire)
            throw Trouble(chance(3) == 0 ? .callersFault : .doubtful(code: chance(2)))
        }
    }

    private func answer(_ trip: Trip, _ wire: Wire, _ attempt: Attempt, seconds: Double) async throws {
        try await wait(seconds, trip, wire)
        guard trip.callClass == .stream else { return }
        if chance(3) > 0 { attempt.headersReceived() }
        for _ in 0..<chance(6) {
            attempt.messagesReceived()
            attempt.messageAwaited()
            try await wait(seconds / 5, trip, wire)
        }
    }

    private func wait(_ seconds: Double, _ trip: Trip, _ wire: Wire) async throws {
        let end = clock.now.advanced(by: .seconds(seconds))
        try await clock.sleep(until: min(end, trip.deadline ?? end))
        guard state.withLock({ $0.alive.contains(wire.number) }) else { throw Trouble(.connectionLost) }
        if let deadline = trip.deadline, deadline <= clock.now { throw Trouble(.deadline) }
    }

    private func time(_ process: Process) -> Double { Double(20 + chance(60)) / 1_000 * max(1, Double(process.inFlight) / 2) }

    private func report(_ process: Process, _ attempt: Attempt) {
        guard let report = load(process) else { return }
        attempt.loadReported(report)
    }

    private func load(_ process: Process) -> LoadReport? {
        switch process.reports {
        case .right: LoadReport(inFlight: max(0, process.inFlight - 1), slots: chance(2) == 0 ? 2 : nil)
        case .wrong: LoadReport(inFlight: chance(20) - 5, queued: 100, slots: Double(chance(200)) - 50, serviceTime: Double(chance(3)) - 1)
        case .huge: LoadReport(inFlight: .max, slots: chance(2) == 0 ? .infinity : .nan, serviceTime: .infinity)
        case .none: nil
        }
    }

    // MARK: Questions

    private func check(_ id: ReplicaID, _ wire: Wire) async -> Bool {
        state.withLock { state in
            state.seen.checks += 1
            if let withdrawn = state.withdrawn[wire.number], withdrawn < clock.now { state.violations.append("\(id) is checked, and takes no calls") }
        }
        let process = process(wire.process)
        guard process.answers else {
            try? await clock.sleep(1_000_000)
            return false
        }
        try? await clock.sleep(0.001)
        return process.mood != .hung && state.withLock { $0.alive.contains(wire.number) }
    }

    private func ask(_ id: ReplicaID, _ wire: Wire) async -> LoadReport? {
        let now = clock.now
        state.withLock { state in
            state.seen.questions += 1
            if state.seen.questions > state.attempts + 1 { state.violations.append("\(state.seen.questions) questions with \(state.attempts) attempts") }
            if let withdrawn = state.withdrawn[wire.number], withdrawn < now { state.violations.append("\(id) is asked for its load, and takes no calls") }
            if state.processes[wire.process].machine != 1 { state.violations.append("\(id) is asked, which nobody else is known to call") }
            if let asked = state.questions[wire.number], asked.duration(to: now) < limits.lostQuestion, state.processes[wire.process].plugins.count == 1 {
                state.violations.append("\(id) is asked again before it has answered")
            }
            state.questions[wire.number] = now
        }
        let process = process(wire.process)
        guard process.answers else {
            state.withLock { $0.seen.unanswered += 1 }
            try? await clock.sleep(1_000_000)
            return nil
        }
        try? await clock.sleep(Double(chance(process.mood == .well ? 2 : 3_000)) / 1_000)
        return state.withLock { state in
            if state.questions[wire.number] == now { state.questions[wire.number] = nil }
            return state.alive.contains(wire.number)
        } ? load(self.process(wire.process)) : nil
    }

    // MARK: Processes and their machines

    private static func id(_ index: Int, _ plugin: PluginKey, on machine: Int) -> ReplicaID {
        ReplicaID(plugin, host: machines[machine], replica: "r\(index)")
    }

    /// Everything on the machine runs and is published; what ran goes on over the same connection, unless `anew`.
    private func connect(_ machine: Int, anew: Bool = true) {
        state.withLock { state in
            for index in state.processes.indices where state.processes[index].machine == machine {
                let process = state.processes[index]
                state.processes[index].word = .ready
                guard anew || process.word == .gone || !state.alive.contains(process.number) else { continue }
                state.alive.remove(process.number)
                state.numbers += 1
                state.processes[index].number = state.numbers
                state.processes[index].inFlight = 0
                state.alive.insert(state.numbers)
            }
        }
        publish(machine)
    }

    private func kill(_ processes: [Int]) {
        state.withLock { state in
            for index in processes { state.alive.remove(state.processes[index].number) }
        }
    }

    private func publish(_ machine: Int) {
        let now = clock.now
        let replicas = state.withLock { state in
            let processes = state.processes.enumerated().filter { $0.element.machine == machine }
            let ready = Set(processes.filter { $0.element.word == .ready }.map(\.element.number))
            for number in (state.published[machine] ?? []).subtracting(ready) { state.withdrawn[number] = now }
            for number in ready where state.published[machine]?.contains(number) != true {
                state.withdrawn[number] = nil
                // It begins anew, and may be asked again.
                state.questions[number] = nil
            }
            state.published[machine] = ready
            return processes.flatMap { index, process in
                process.plugins.compactMap { plugin -> PublishedReplica? in
                    var description = ReplicaDescription(
                        id: Self.id(index, plugin, on: machine), host: Self.machines[machine],
                        path: machine == 0 ? .local : .lan, version: process.version)
                    description.capacity = process.capacity
                    description.concurrency = process.limit
                    // The last one is a server that does not say who else calls it.
                    description.hosts = machine == 1 ? 3 : nil
                    switch process.word {
                    case .ready: return PublishedReplica(description, .ready(Wire(process: index, number: process.number)))
                    case .draining: return PublishedReplica(description, .draining(reason: ""))
                    case .restarting: return PublishedReplica(description, .lost(reason: ""))
                    case .gone: return nil
                    }
                }
            }
        }
        sources[machine].publish(replicas)
    }

    // MARK: At the end

    private func atRest() {
        for status in router.snapshot().replicas where status.inFlight != 0 { violate("\(status.replica) has \(status.inFlight) calls at rest") }
        router.locked { state, _ in
            for set in state.sets.values {
                if !set.waiters.isEmpty { self.violate("\(set.waiters.count) calls still wait") }
                for replica in set.replicas where !replica.waits.isEmpty { self.violate("\(replica.description.id) still has calls that wait") }
            }
            for figure in state.capacities.figures where figure.inFlight != 0 { self.violate("a process has \(figure.inFlight) calls at rest") }
        }
    }

    // MARK: Helpers

    private var isCalm: Bool { state.withLock(\.isCalm) }
    private func chance(_ bound: Int) -> Int { state.withLock { Int.random(in: 0..<bound, using: &$0.generator) } }
    private func process(_ index: Int) -> Process { state.withLock { $0.processes[index] } }
    private func machine(of process: Int) -> Int { state.withLock { $0.processes[process].machine } }
    private func violate(_ text: String) { state.withLock { $0.violations.append("\(clock.now): \(text)") } }

    private func change(_ index: Int, _ body: (inout Process) -> Void) {
        var process = process(index)
        body(&process)
        state.withLock { $0.processes[index] = process }
    }
}
