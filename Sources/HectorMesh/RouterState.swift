internal import HectorCore
internal import HectorLoad

/// What the router's lock guards: the replica sets, and who waits for them.
struct RouterState: Sendable {
    struct Waiting: Sendable {
        let plugin: PluginKey
        let continuation: CheckedContinuation<Turn, any Error>
    }

    /// `run`, asleep.
    struct Listener: Sendable {
        let until: Instant
        let continuation: CheckedContinuation<Void, Never>
    }

    /// To be resumed after the lock is free.
    struct WakeUps: Sendable {
        var turns: [(CheckedContinuation<Turn, any Error>, Result<Turn, any Error>)] = []
        var listener: CheckedContinuation<Void, Never>?

        func carryOut() {
            for (continuation, turn) in turns { continuation.resume(with: turn) }
            listener?.resume()
        }
    }

    let limits: MeshLimits
    private(set) var sets: [PluginKey: ReplicaSet] = [:]
    private var sources = Sources()
    private(set) var contents: Contents
    private let serials = SerialGenerator()
    /// Lent to the set whose step it is.
    private(set) var capacities = Capacities()
    /// What gets no new calls, since a person said so.
    private var drains = Drains()
    /// What the sources say of those replicas, where they are ready.
    private var held: [ReplicaID: PublishedReplica] = [:]
    /// Plugins that are used here.
    var expected: Set<PluginKey> = []
    private var waiting: [WaiterID: Waiting] = [:]
    private var waiterIDs: WaiterID = 0
    private(set) var isStopped = false
    var listener: Listener?
    /// What steps since `takeDue` made due, if that is earlier.
    private var soonest = Instant(nanoseconds: .max)
    private var wakeUps = WakeUps()
    /// Replicas to be asked for their load.
    private var loadQuestions: [Probe] = []
    private var generator: SeededGenerator

    init(limits: MeshLimits, seed: UInt64) {
        self.limits = limits
        contents = Contents(limits: limits)
        generator = SeededGenerator(seed: seed)
    }

    /// A step of one set, which is made when it is missing and dropped when nothing is in it.
    @discardableResult
    mutating func inSet<Result>(
        _ plugin: PluginKey, now: Instant,
        _ step: (inout ReplicaSet, inout SeededGenerator) -> Result
    ) -> Result {
        guard let index = sets.index(forKey: plugin) else {
            var set = ReplicaSet(plugin, limits: limits, serials: serials, now: now)
            let value = inSet(&set, step)
            if !set.isEmpty { sets[plugin] = set }
            return value
        }
        // In its place: a set is many arrays, and this is on the way of every call.
        let done = Self.lending(&capacities, to: &sets.values[index], &generator) { set, generator in
            let value = step(&set, &generator)
            return Step(&set, value)
        }
        if done.isEmptied { sets[plugin] = nil }
        return take(done)
    }

    private mutating func inSet<Result>(
        _ set: inout ReplicaSet, _ step: (inout ReplicaSet, inout SeededGenerator) -> Result
    ) -> Result {
        take(Self.lending(&capacities, to: &set, &generator) { set, generator in
            let value = step(&set, &generator)
            return Step(&set, value)
        })
    }

    /// What a step of a set came to.
    private struct Step<Result> {
        let value: Result
        let isEmptied: Bool
        let due: Instant
        var questions: [Probe] = []

        init(_ set: inout ReplicaSet, _ value: Result) {
            self.value = value
            isEmptied = set.isEmpty
            due = set.due
            set.takeLoadQuestions(into: &questions)
        }
    }

    private mutating func take<Result>(_ step: Step<Result>) -> Result {
        soonest = min(soonest, step.due)
        if !step.questions.isEmpty { loadQuestions += step.questions }
        return step.value
    }

    private static func lending<Result>(
        _ capacities: inout Capacities, to set: inout ReplicaSet, _ generator: inout SeededGenerator,
        _ step: (inout ReplicaSet, inout SeededGenerator) -> Result
    ) -> Result {
        swap(&set.pool.capacities, &capacities)
        defer { swap(&set.pool.capacities, &capacities) }
        return step(&set, &generator)
    }

    /// To be looked at, and then dropped.
    private func copy(_ set: ReplicaSet) -> ReplicaSet {
        var set = set
        set.pool.capacities = capacities
        return set
    }

    mutating func takeWakeUps() -> WakeUps {
        if let listener, !loadQuestions.isEmpty || soonest < listener.until { ring() }
        guard wakeUps.listener != nil || !wakeUps.turns.isEmpty else { return WakeUps() }
        defer { wakeUps = WakeUps() }
        return wakeUps
    }

    // MARK: Sources

    mutating func addSource(_ name: String) -> SourceID { sources.add(name) }

    /// - Returns: Replicas that another source owns.
    mutating func publish(
        _ replicas: [PublishedReplica], from source: SourceID, now: Instant
    ) -> [ReplicaID] {
        let named = replicas.map { replica in
            guard let digest = replica.description.digest else { return replica }
            var replica = replica
            let id = replica.description.id
            replica.description.id = ReplicaID(contents.plugin(for: digest, under: id.plugin), host: id.host, replica: id.replica)
            return replica
        }
        guard let (gone, refused) = sources.take(Set(named.map(\.description.id)), from: source) else { return [] }
        let replicas = named.filter { !refused.contains($0.description.id) }
        // A process that gets other names stays known.
        let kept = replicas.compactMap { replica in
            replica.description.process.map { (capacities.join($0, replica.description.plugin), replica.description.plugin) }
        }
        // Additions first: a waiting call must not be told that no replica is left while one is being added.
        for replica in replicas {
            take(replica, now: now)
        }
        for id in gone { remove(id, now: now) }
        for (share, plugin) in kept { capacities.leave(share, plugin) }
        return Array(refused)
    }

    mutating func end(_ source: SourceID, now: Instant) {
        for id in sources.end(source) { remove(id, now: now) }
    }

    private mutating func take(_ replica: PublishedReplica, now: Instant) {
        var replica = replica
        let id = replica.description.id
        held[id] = nil
        if case .ready = replica.state, let entry = drains.entry(for: id) {
            held[id] = replica
            replica.state = .draining(reason: entry.explanation)
        }
        resume(inSet(replica.description.plugin, now: now) { $0.take(replica, now: now, using: &$1) })
    }

    /// From now on this gets no new calls, and everything else may get some.
    mutating func drain(_ drains: Drains, now: Instant) {
        self.drains = drains
        // Those that take calls again come first: a waiting call must not be told that no replica is left.
        for replica in Array(held.values) { take(replica, now: now) }
        for replica in sets.values.flatMap(\.published) where drains.entry(for: replica.description.id) != nil { take(replica, now: now) }
    }

    private mutating func remove(_ id: ReplicaID, now: Instant) {
        held[id] = nil
        resume(inSet(id.plugin, now: now) { $0.remove(id, now: now, using: &$1) })
    }

    /// Those of replicas that take calls, or would if they were not drained.
    var connections: [any CallTarget] {
        sets.values.flatMap { $0.connections.compactMap(\.self) } + held.values.compactMap(\.state.connection)
    }

    var replicasOfOtherStores: [ReplicaID] {
        sets.values.flatMap { $0.replicas.filter { $0.isReady && $0.hasOtherStore }.map(\.description.id) }
    }

    // MARK: Calls

    mutating func admit(_ call: inout Call, _ plugin: PluginKey, now: Instant) -> Admission {
        if isStopped { return .refuse(.stopped(plugin)) }
        return inSet(plugin, now: now) { $0.admit(&call, now: now, using: &$1) }
    }

    /// Either keeps the continuation or leaves it to be resumed at once.
    mutating func wait(
        _ call: Call, _ plugin: PluginKey, _ id: WaiterID,
        _ continuation: CheckedContinuation<Turn, any Error>, now: Instant
    ) {
        var call = call
        if isStopped { return wakeUps.turns.append((continuation, .failure(RouterError.stopped(plugin)))) }
        switch inSet(plugin, now: now, { $0.wait(&call, as: id, now: now, using: &$1) }) {
        case .send(let lease): wakeUps.turns.append((continuation, .success(Turn(call: call, lease: lease))))
        case .refuse(let error): wakeUps.turns.append((continuation, .failure(error)))
        case .wait: waiting[id] = Waiting(plugin: plugin, continuation: continuation)
        }
    }

    mutating func makeWaiterID() -> WaiterID {
        waiterIDs += 1
        return waiterIDs
    }

    /// The caller is gone. When its turn had come already, the call itself will notice.
    mutating func abandon(_ id: WaiterID, now: Instant) {
        guard let waiter = waiting.removeValue(forKey: id) else { return }
        inSet(waiter.plugin, now: now) { set, _ in set.abandon(id) }
        wakeUps.turns.append((waiter.continuation, .failure(CancellationError())))
    }

    /// The next attempt, when there is one.
    mutating func finish(
        _ turn: Turn, _ plugin: PluginKey, _ outcome: Outcome, _ progress: Progress, now: Instant
    ) -> Sequel {
        let lease = turn.lease
        let sequel = inSet(plugin, now: now) {
            $0.finish(turn.lease, of: &turn.call, outcome, progress, now: now, using: &$1)
        }
        if lease.isLimited, !waiting.isEmpty { freed(lease, now: now) }
        return sequel
    }

    /// Calls that wait for a place in the lease's process go on, under whichever name; the one that waits longest goes first.
    private mutating func freed(_ lease: Lease, now: Instant) {
        let plugins = lease.share.map(capacities.plugins) ?? [lease.replica.plugin]
        let waiting = plugins.compactMap { plugin in sets[plugin]?.waiters.first.map { (since: $0.since, id: $0.id, plugin) } }
        for (_, _, plugin) in waiting.sorted(by: { ($0.since, $0.id) < ($1.since, $1.id) }) {
            resume(inSet(plugin, now: now) { $0.serveWaiters(now: now, using: &$1) })
        }
    }

    // MARK: Time

    /// `advance` has something to do then at the earliest, as long as no step changes it.
    mutating func takeDue() -> Instant {
        soonest = Instant(nanoseconds: .max)
        for set in sets.values { soonest = min(soonest, set.due) }
        return soonest
    }

    /// Returns the probes to be made now.
    mutating func advance(now: Instant) -> [Probe] {
        var probes: [Probe] = []
        for plugin in Array(sets.keys) {
            let actions = inSet(plugin, now: now) { $0.advance(now: now, using: &$1) }
            probes += actions.compactMap { if case .probe(let probe) = $0 { probe } else { nil } }
            resume(actions)
        }
        return probes
    }

    mutating func probed(_ probe: Probe, healthy: Bool, now: Instant) {
        guard sets[probe.replica.plugin] != nil else { return }
        resume(inSet(probe.replica.plugin, now: now) { $0.probed(probe, healthy: healthy, now: now, using: &$1) })
    }

    mutating func takeLoadQuestions() -> [Probe] {
        defer { loadQuestions.removeAll(keepingCapacity: true) }
        return loadQuestions
    }

    mutating func heard(_ report: LoadReport?, to question: Probe, at: Instant?, now: Instant) {
        guard sets[question.replica.plugin] != nil else { return }
        inSet(question.replica.plugin, now: now) { set, _ in set.heard(report, to: question, at: at, now: now) }
    }

    mutating func ring() {
        wakeUps.listener = listener?.continuation ?? wakeUps.listener
        listener = nil
    }

    mutating func stop() {
        isStopped = true
        for (id, waiter) in waiting {
            sets[waiter.plugin]?.abandon(id)
            wakeUps.turns.append((waiter.continuation, .failure(RouterError.stopped(waiter.plugin))))
        }
        waiting = [:]
    }

    private mutating func resume(_ actions: [Action]) {
        for action in actions {
            switch action {
            case .send(let id, let call, let lease): resume(id, .success(Turn(call: call, lease: lease)))
            case .refuse(let id, let error): resume(id, .failure(error))
            case .probe: break
            }
        }
    }

    private mutating func resume(_ id: WaiterID, _ turn: Result<Turn, any Error>) {
        guard let waiter = waiting.removeValue(forKey: id) else { return }
        wakeUps.turns.append((waiter.continuation, turn))
    }

    // MARK: For people

    func explain(_ plugin: PluginKey, _ callClass: CallClass, method: String?, now: Instant) -> PickExplanation? {
        sets[plugin].map { copy($0).explain(callClass, method: method, now: now) }
    }

    /// All sets, to be looked at without the lock.
    var copies: [ReplicaSet] { sets.values.map(copy) }

    /// Names of plugins that are used here and that no replica carries yet.
    var unserved: [String] {
        expected.filter { meaning(of: $0.name, $0.kind) == .unknown }.map(\.name).sorted()
    }
}

/// A call with its attempt noted, and the right to make it. An object: the frames that a call keeps while it waits for its answer hold
/// a reference.
final class Turn: @unchecked Sendable { // Handed from one owner to the next, never shared.
    var call: Call
    var lease: Lease

    init(call: Call, lease: Lease) {
        self.call = call
        self.lease = lease
    }
}

extension Array {
    /// Of all replicas in the sets, by plugin, then by host, then by replica.
    func statuses(now: Instant) -> [ReplicaStatus] where Element == ReplicaSet {
        flatMap { $0.statuses(now: now) }.sorted {
            ($0.plugin, $0.type, $0.host, $0.replica) < ($1.plugin, $1.type, $1.host, $1.replica)
        }
    }
}
