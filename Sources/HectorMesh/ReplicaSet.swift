package import HectorCore

/// All replicas of one plugin, local and remote: who gets the next call, and who is left out and why.
///
/// A value: inputs are methods, time and chance are arguments, and each input returns what to do.
///
/// - Versions: only replicas of one major version serve at a time, the highest of which any replica
///   has a connection. So all hosts come to the same decision, in whatever order they saw the replicas. A lower one
///   takes over when the higher has no connection left. A call's attempts keep to the first one's.
/// - Panic: when failures ejected more than half of the connected replicas, the fault is likely not
///   theirs; all with a connection take calls then, the failing ones at a higher cost.
package struct ReplicaSet: Sendable {
    package let plugin: PluginKey
    /// That of the plugin's name.
    let label: String
    let limits: MeshLimits
    var pool: Pool
    /// Of the pool's replicas, at the same places.
    var connections: [(any CallTarget)?] = []
    var budget: RetryBudget
    /// When a quiet replica is asked next, before the one that looks cheapest.
    var quietQuestion = Instant(nanoseconds: .min)
    /// Replicas to be asked for their load.
    var loadQuestions: [Probe] = []
    /// Given out so far.
    var leases: UInt64 = 0
    /// In the order of arrival.
    var waiters: [Waiter] = []
    private let serials: SerialGenerator
    /// The earliest moment at which `advance` has something to do.
    package private(set) var due = Instant(nanoseconds: .max)

    /// - Parameter serials: Shared by all sets that replace one another: late results of a set that is gone must not find a replica.
    package init(_ plugin: PluginKey, limits: MeshLimits, serials: SerialGenerator = SerialGenerator(), now: Instant) {
        self.plugin = plugin
        label = Label.of(plugin.name)
        self.limits = limits
        self.serials = serials
        pool = Pool(limits: limits)
        budget = RetryBudget(limits: limits, now: now)
    }

    var replicas: [Replica] {
        _read { yield pool.replicas }
        _modify { yield &pool.replicas }
    }

    /// No replicas, no waiting calls, and no store that the name belongs to: it can be dropped.
    package var isEmpty: Bool { replicas.isEmpty && waiters.isEmpty && pool.servingStore == nil }

    // MARK: What the sources say

    /// A source says this of a replica, whether or not it is news.
    package mutating func take(
        _ replica: PublishedReplica, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let index = replicas.firstIndex(where: { $0.description.id == replica.description.id }),
            state(of: index).isSame(as: replica.state), replicas[index].description.capacity == replica.description.capacity
        else { return upsert(replica.description, replica.state, now: now, using: &generator) }
        guard replicas[index].description != replica.description else { return [] }
        replicas[index].description = replica.description
        pool.refresh()
        return serveWaiters(now: now, using: &generator)
    }

    /// What the sources said of those that take calls.
    var published: [PublishedReplica] {
        replicas.indices.filter { replicas[$0].isReady }.map { PublishedReplica(replicas[$0].description, state(of: $0)) }
    }

    private func state(of index: Int) -> ReplicaState<any CallTarget> {
        switch replicas[index].state {
        case .connecting(let reason): .connecting(reason: reason)
        case .checking(let reason): .checking(reason: reason)
        case .ready: connections[index].map(ReplicaState.ready) ?? .lost(reason: "")
        case .draining(let reason): .draining(reason: reason)
        case .lost(let reason): .lost(reason: reason)
        case .failed(let reason): .failed(reason: reason)
        }
    }

    /// A replica appeared, or is in another state; `.ready` means a new connection each time.
    package mutating func upsert(
        _ description: ReplicaDescription, _ state: ReplicaState<any CallTarget>,
        now: Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        let index: Int
        let known = replicas.firstIndex { $0.description.id == description.id }
        if let known, replicas[known].description.capacity == description.capacity {
            index = known
            replicas[index].description = description
        } else {
            // Another process under the same id is another replica.
            if let known { remove(at: known) }
            index = replicas.count
            let share = description.process.map { pool.capacities.join($0, plugin) }
            pool.append(Replica(description, share: share, serial: serials.next(), now: now))
            connections.append(nil)
        }
        replicas[index].state = state.condition
        connections[index] = state.connection
        if case .ready = state {
            replicas[index].epoch += 1
            replicas[index].pausedUntil = now
            replicas[index].silentSince = nil
            replicas[index].overdueFrom = Replica.never
            replicas[index].hidesLoad = false
            replicas[index].isForeignAndTells = false
            pool.forget(index)
            // A name that appears is no sign that its process is another one.
            if known != nil, let share = replicas[index].share { pool.capacities.forget(share) }
            replicas[index].doubts = Doubts()
            replicas[index].standing.connected(limits: limits, now: now)
        }
        pool.refresh()
        return serveWaiters(now: now, using: &generator)
    }

    /// A replica is forgotten. Its calls in flight go on; their results count for nothing.
    package mutating func remove(
        _ id: ReplicaID, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let index = replicas.firstIndex(where: { $0.description.id == id }) else { return [] }
        remove(at: index)
        pool.refresh()
        return serveWaiters(now: now, using: &generator)
    }

    private mutating func remove(at index: Int) {
        if let share = replicas[index].share { pool.capacities.leave(share, plugin) }
        pool.remove(at: index)
        connections.remove(at: index)
    }

    // MARK: Time

    /// Does what is due: probes of ejected replicas, waiters whose time is over, pauses that ended, silence.
    package mutating func advance(
        now: Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard due <= now else { return [] }
        due = Instant(nanoseconds: .max)
        var actions: [Action] = []
        for index in replicas.indices {
            guard let connection = connections[index] else { continue }
            if replicas[index].standing.beginProbe(limits: limits, now: now) {
                let replica = replicas[index]
                actions.append(.probe(Probe(
                    replica: replica.description.id, connection: connection, asked: now,
                    serial: replica.serial, epoch: replica.epoch)))
            }
            if let next = replicas[index].standing.nextProbe(limits: limits) { schedule(next) }
            if replicas[index].pausedUntil > now { schedule(replicas[index].pausedUntil) }
        }
        noticeSilence(now: now)
        actions += serveWaiters(now: now, using: &generator)
        actions += expireWaiters(now: now)
        return actions
    }

    /// A probe came back.
    package mutating func probed(
        _ probe: Probe, healthy: Bool, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let index = index(serial: probe.serial, hint: 0), replicas[index].epoch == probe.epoch else { return [] }
        replicas[index].standing.probed(
            healthy: healthy, jitter: jitter(using: &generator), limits: limits, now: now)
        if healthy { pool.forget(index) }
        standingChanged(index)
        return serveWaiters(now: now, using: &generator)
    }

    mutating func schedule(_ moment: Instant) {
        due = min(due, moment)
    }

    // MARK: Helpers

    /// A replica was ejected, or is back.
    mutating func standingChanged(_ index: Int) {
        if case .ejected(let until) = replicas[index].standing.phase { schedule(until) }
        pool.refresh()
    }

    func index(serial: UInt64, hint: Int) -> Int? {
        if hint < replicas.count, replicas[hint].serial == serial { return hint }
        return replicas.firstIndex { $0.serial == serial }
    }

    func jitter(using generator: inout some RandomNumberGenerator) -> Double {
        Double.random(in: 0..<1, using: &generator)
    }
}
