import HectorCore
import HectorLoad
import Testing

@testable import HectorMesh

let embedder = PluginKey(.embedder, "embedder")

func replica(_ name: String, _ plugin: PluginKey, on capacity: String?, host: String = "here") -> ReplicaDescription {
    var description = replica(name, host: host, plugin: plugin)
    description.capacity = capacity
    return description
}

/// One process may serve several names: how busy it is, it is under all of them.
@Suite struct CapacityTests {
    private var state = RouterState(limits: MeshLimits(), seed: 1)
    private let source: SourceID

    init() { source = state.addSource("test") }

    private mutating func publish(_ replicas: [ReplicaDescription], connection: String = "c", at moment: Double = 0) {
        _ = state.publish(replicas.map { PublishedReplica($0, .ready(connection)) }, from: source, now: at(moment))
    }

    private mutating func send(_ plugin: PluginKey) -> Turn? {
        var call = Call(.unary, idempotent: true)
        guard case .send(let lease) = state.admit(&call, plugin, now: at(0)) else { Issue.record("not sent"); return nil }
        return Turn(call: call, lease: lease)
    }

    private mutating func finish(_ turn: Turn?, _ outcome: Outcome = .success, at moment: Double = 0) {
        guard let turn else { return }
        guard case .end = state.finish(turn, turn.lease.replica.plugin, outcome, Progress(), now: at(moment)) else {
            Issue.record("sent again"); return
        }
    }

    /// Calls in flight on the replica's process, as a pick sees them.
    private func busy(_ name: String, _ plugin: PluginKey) -> Int? {
        state.sets[plugin]?.replicas.first { $0.description.id.replica == name }.map { state.capacities.inFlight($0) }
    }

    private func explained(_ plugin: PluginKey) -> [String: Int] {
        let candidates = state.explain(plugin, .unary, method: nil, now: at(0))?.candidates ?? []
        return Dictionary(uniqueKeysWithValues: candidates.map { ($0.replica.replica, $0.inFlight) })
    }

    @Test mutating func `A process that is busy under one name gets no calls under another`() {
        // Each plugin has a replica in the process and one beside it.
        publish([replica("a", echo, on: "p"), replica("b", embedder, on: "p"), replica("beside", embedder, on: nil)])
        let calls = [send(embedder), send(embedder)]
        for call in calls { finish(call) }
        let busy = send(echo)
        #expect(explained(embedder) == ["b": 1, "beside": 0])
        for _ in 0..<20 {
            let call = send(embedder)
            #expect(call?.lease.replica.replica == "beside")
            finish(call)
        }
        finish(busy)
        #expect(explained(embedder) == ["b": 0, "beside": 0])
        var seen: Set<String> = []
        for _ in 0..<30 {
            guard let call = send(embedder) else { return }
            seen.insert(call.lease.replica.replica)
            finish(call)
        }
        #expect(seen == ["b", "beside"])
    }

    @Test mutating func `What people see of a replica is its own`() {
        publish([replica("a", echo, on: "p"), replica("b", embedder, on: "p")])
        _ = send(echo)
        #expect(state.copies.statuses(now: at(0)).map { [$0.replica, "\($0.inFlight)"] } == [["a", "1"], ["b", "0"]])
    }

    @Test mutating func `Ids of two hosts are two processes, and those of two kinds one`() {
        let sameName = PluginKey(.embedder, echo.name)
        publish([
            replica("a", echo, on: "p"), replica("a", sameName, on: "p"), replica("b", embedder, on: "p", host: "there"),
            replica("c", PluginKey(.database, "d"), on: "q"), replica("e", PluginKey(.tool, "t"), on: nil),
        ])
        _ = send(echo)
        #expect(busy("a", echo) == 1 && busy("a", sameName) == 1)
        #expect(busy("b", embedder) == 0 && busy("c", PluginKey(.database, "d")) == 0 && busy("e", PluginKey(.tool, "t")) == 0)
        #expect(state.capacities.count == 3)
    }

    @Test mutating func `Two replicas of one name in one process share it, too`() {
        publish([replica("a", echo, on: "p"), replica("b", echo, on: "p"), replica("c", echo, on: nil)])
        _ = [send(echo), send(echo), send(echo)]
        #expect(busy("a", echo) == busy("b", echo))
        let own = state.copies.statuses(now: at(0)).map(\.inFlight)
        #expect(own.reduce(0, +) == 3 && busy("a", echo) == own[0] + own[1])
    }

    /// A slow or failing model says nothing of the others in its process.
    @Test mutating func `Failures and durations stay with the name`() {
        publish([replica("a", echo, on: "p"), replica("b", embedder, on: "p")])
        let first = send(echo)
        finish(send(embedder), at: 0.01)
        finish(first, .failure(.failed), at: 9)
        finish(send(echo), .failure(.failed), at: 9)
        let shown = state.copies.statuses(now: at(9))
        #expect(shown.map(\.state) == [.ejected, .ready])
        #expect(shown.map(\.successRate) == [0, 1])
        #expect(shown[1].p99 == .milliseconds(10))
    }

    @Test mutating func `A name that goes leaves its calls with the process`() {
        publish([replica("a", echo, on: "p"), replica("b", embedder, on: "p")])
        let call = send(echo)
        publish([replica("b", embedder, on: "p")])
        #expect(busy("b", embedder) == 1, "it still works on it")
        publish([replica("a", echo, on: "p"), replica("b", embedder, on: "p")])
        #expect(busy("a", echo) == 1)
        #expect(state.copies.statuses(now: at(0)).map(\.inFlight) == [0, 0], "the call was of another replica")
        finish(call)
        #expect(busy("a", echo) == 0 && busy("b", embedder) == 0)
    }

    @Test mutating func `With its last name a process is forgotten, and one that comes back begins at nothing`() {
        publish([replica("a", echo, on: "p"), replica("b", embedder, on: "p")])
        let calls = [send(echo), send(embedder)]
        publish([])
        #expect(state.capacities.count == 0)
        publish([replica("a", echo, on: "p")])
        #expect(busy("a", echo) == 0)
        let next = send(echo)
        // Late results of what is gone.
        for call in calls { finish(call) }
        #expect(busy("a", echo) == 1)
        finish(next)
        #expect(busy("a", echo) == 0)
    }

    @Test mutating func `A process that is started again begins at nothing, and one that gets another name does not`() throws {
        publish([replica("a", echo, on: "p"), replica("b", embedder, on: "p")])
        let share = try #require(state.sets[echo]?.replicas.first?.share)
        let running = send(echo)
        let answered = try #require(send(echo))
        var progress = Progress()
        progress.report = LoadReport(inFlight: 5, slots: 3)
        _ = state.finish(answered, echo, .success, progress, now: at(0))
        publish([replica("a", echo, on: "p"), replica("b", embedder, on: "p"), replica("c", PluginKey(.llm, "new"), on: "p")])
        #expect(state.capacities.figures[share.slot].occupancy.others >= 3)
        #expect(state.capacities.report(share)?.slots == 3)
        publish([replica("a", echo, on: "p"), replica("b", embedder, on: "p")], connection: "another")
        #expect(state.capacities.figures[share.slot].occupancy.others == 0)
        #expect(state.capacities.figures[share.slot].occupancy.concurrency(isStream: false) == nil)
        #expect(state.capacities.report(share) == nil && busy("b", embedder) == 1, "but its calls")
        finish(running)
        #expect(busy("b", embedder) == 0)
    }

    @Test mutating func `A place is used again, and late results do not count there`() {
        publish([replica("a", echo, on: "p")])
        let call = send(echo)
        publish([])
        publish([replica("b", embedder, on: "other")])
        #expect(state.capacities.figures.count == 1)
        finish(call)
        #expect(busy("b", embedder) == 0)
    }

    @Test mutating func `A process that gets other names all at once keeps what it does`() {
        publish([replica("a", echo, on: "p")])
        let call = send(echo)
        publish([replica("b", embedder, on: "p")])
        #expect(busy("b", embedder) == 1)
        finish(call)
        #expect(busy("b", embedder) == 0)
    }

    @Test mutating func `Two names that change places keep what their processes do`() {
        publish([replica("a", echo, on: "p"), replica("b", embedder, on: "q")])
        let call = send(echo)
        publish([replica("a", echo, on: "q"), replica("b", embedder, on: "p")])
        #expect(busy("a", echo) == 0 && busy("b", embedder) == 1)
        finish(call)
        #expect(busy("b", embedder) == 0)
    }

    @Test mutating func `A replica that moves to another process is another one`() throws {
        publish([replica("a", echo, on: "p"), replica("b", embedder, on: "p")])
        let call = send(echo)
        let serial = try #require(state.sets[echo]?.replicas.first).serial
        publish([replica("a", echo, on: "q"), replica("b", embedder, on: "p")])
        #expect(try #require(state.sets[echo]?.replicas.first).serial != serial)
        #expect(busy("a", echo) == 0 && busy("b", embedder) == 1)
        publish([replica("a", echo, on: nil), replica("b", embedder, on: "p")])
        let next = send(echo)
        finish(call)
        #expect(busy("a", echo) == 1 && busy("b", embedder) == 0 && state.capacities.count == 1)
        finish(next)
    }
}

/// Whatever happens, in whatever order, a process has the calls of its names. A failure names its seed.
@Suite struct CapacityPropertyTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func invariants(seed: UInt64) {
        var world = SharedWorld(seed: seed)
        for step in 0..<800 {
            world.step()
            if let broken = world.broken() {
                Issue.record("seed \(seed), step \(step): \(broken)")
                return
            }
        }
        world.end()
        if let broken = world.broken() { Issue.record("seed \(seed), at the end: \(broken)") }
        #expect(world.shared > 100 && world.departed > 0 && world.late > 0, "seed \(seed) tried too little")
    }
}

private struct SharedWorld {
    struct Open {
        var turn: Turn
        /// The process that counts it; nil where that is forgotten, or serves one name only.
        var process: String?
    }

    static let plugins = [echo, embedder, PluginKey(.embedder, echo.name), PluginKey(.database, "vectors")]
    static let processes = ["p", "q", "r", nil, nil]

    var generator: SeededGenerator
    var state: RouterState
    let sources: [SourceID]
    /// By source: its host is its own.
    var published: [[ReplicaDescription]] = [[], []]
    var open: [Open] = []
    var connections = 0
    var now = at(0)
    /// Calls to shared processes; those whose name went while its process stayed; those that ended after their process.
    var (shared, departed, late) = (0, 0, 0)

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        state = RouterState(limits: MeshLimits(), seed: seed)
        sources = [state.addSource("one"), state.addSource("two")]
    }

    mutating func chance(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

    private static func process(_ description: ReplicaDescription) -> String? {
        description.capacity.map { "\($0)@\(description.id.host)" }
    }

    mutating func step() {
        now = now.advanced(by: .milliseconds(chance(20)))
        switch chance(100) {
        case 0..<47: begin()
        case 47..<85: finish()
        case 85..<98: publish(chance(2))
        default: for probe in state.advance(now: now) { state.probed(probe, healthy: chance(2) == 0, now: now) }
        }
    }

    private mutating func begin() {
        var call = Call(.unary, idempotent: chance(2) == 0)
        guard case .send(let lease) = state.admit(&call, Self.plugins[chance(4)], now: now) else { return }
        add(Turn(call: call, lease: lease))
    }

    private mutating func add(_ turn: Turn) {
        let description = published.joined().first { $0.id == turn.lease.replica }
        let process = description.flatMap(Self.process)
        if process != nil { shared += 1 }
        open.append(Open(turn: turn, process: process))
    }

    private mutating func finish() {
        guard !open.isEmpty else { return }
        let ended = open.remove(at: chance(open.count)).turn
        let outcomes: [Outcome] = [
            .success, .success, .success, .failure(.connectionLost), .failure(.retryable), .failure(.failed), .failure(.cancelled),
            .failure(.doubtful(code: 2)), .failure(.overloaded(pause: .milliseconds(50))),
        ]
        let outcome = outcomes[chance(outcomes.count)]
        let sequel = state.finish(ended, ended.lease.replica.plugin, outcome, Progress(), now: now)
        if case .send(let lease) = sequel { add(Turn(call: ended.call, lease: lease)) }
    }

    private mutating func publish(_ source: Int) {
        var replicas: [ReplicaDescription] = []
        for plugin in Self.plugins where chance(3) > 0 {
            for number in 0...chance(2) {
                replicas.append(replica("r\(number)", plugin, on: Self.processes[chance(5)], host: "host-\(source)"))
            }
        }
        if chance(4) == 0 { replicas = [] }
        published[source] = replicas
        let known = Set(published.joined().compactMap(Self.process))
        let names = Set(published.joined().map(\.id))
        departed += open.filter { $0.process.map(known.contains) ?? false && !names.contains($0.turn.lease.replica) }.count
        for index in open.indices {
            guard let process = open[index].process, !known.contains(process) else { continue }
            open[index].process = nil
            late += 1
        }
        connections += 1
        _ = state.publish(
            replicas.map { description in
                let state: ReplicaState<any CallTarget> = chance(5) == 0 ? .lost(reason: "") : .ready(chance(2) == 0 ? connections : 0)
                return PublishedReplica(description, state)
            }, from: sources[source], now: now)
    }

    mutating func end() {
        while !open.isEmpty {
            let ended = open.removeLast().turn
            _ = state.finish(ended, ended.lease.replica.plugin, .failure(.cancelled), Progress(), now: now)
        }
    }

    func broken() -> String? {
        var seen: Set<String> = []
        for set in state.sets.values {
            for replica in set.replicas {
                let own = open.filter { $0.turn.lease.serial == replica.serial }.count
                if replica.load.inFlight != own { return "\(replica.description.id) has \(own) calls, counts \(replica.load.inFlight)" }
                let busy = state.capacities.inFlight(replica)
                guard let process = Self.process(replica.description) else {
                    if busy != own { return "\(replica.description.id) is alone and counts others' calls" }
                    continue
                }
                seen.insert(process)
                let calls = open.filter { $0.process == process }
                if busy != calls.count { return "\(process) has \(calls.count) calls, \(replica.description.id) counts \(busy)" }
            }
        }
        // The sum over the names, and what those left there that are gone.
        for process in seen {
            let names = state.sets.values.flatMap(\.replicas).filter { Self.process($0.description) == process }
            let serials = Set(names.map(\.serial))
            let gone = open.filter { $0.process == process && !serials.contains($0.turn.lease.serial) }.count
            let figure = names.first.map { state.capacities.inFlight($0) } ?? 0
            if figure != names.map(\.load.inFlight).reduce(0, +) + gone { return "\(process): \(figure) is not the sum" }
        }
        if state.capacities.count != seen.count { return "\(state.capacities.count) processes are kept, \(seen.count) have replicas" }
        if state.capacities.figures.contains(where: { $0.inFlight < 0 }) { return "fewer than no calls" }
        return nil
    }
}
