package import HectorCore
internal import HectorLoad

/// Why a call made now would go where it goes (and why a replica gets none).
package struct PickExplanation: Sendable, Equatable {
    package struct Candidate: Sendable, Equatable {
        package let replica: ReplicaID
        /// Seconds; the lowest wins.
        package let cost: Double
        /// Seconds that a call is expected to take there until it succeeds.
        package let serviceTime: Double
        /// On its process, under all names.
        package let inFlight: Int
        /// Whether its cost is the lowest; chance decides among several.
        package let mayWin: Bool
    }

    package struct Excluded: Sendable, Equatable {
        package let replica: ReplicaID
        package let exclusion: Exclusion
        /// For people.
        package let reason: String
    }

    package let plugin: PluginKey
    /// The major version that serves; nil while no replica is connected.
    package let major: Int?
    /// Most are ejected: all with a connection are candidates.
    package let panic: Bool
    /// Cheapest first.
    package let candidates: [Candidate]
    package let excluded: [Excluded]
}

extension ReplicaSet {
    package func explain(_ callClass: CallClass, method: String? = nil, needs: Abilities = [], now: Instant) -> PickExplanation {
        let call = Call(callClass, method: method, needs: needs, idempotent: true)
        let exclusions = replicas.indices.map { pool.exclusion(of: $0, for: call, now: now) }
        let isLastResort = !exclusions.contains(nil)
        func isCandidate(_ index: Int) -> Bool {
            exclusions[index].map { isLastResort && $0.yields } ?? true
        }
        let measure = pool.yardstick(callClass, now: now)
        let costs = replicas.map {
            $0.load.cost(measure, inFlight: pool.capacities.inFlight($0), hosts: $0.mostHosts, pool.capacities.figures.occupancy($0))
        }
        let lowest = replicas.indices.filter(isCandidate).map { costs[$0] }.min() ?? 0
        let candidates = replicas.indices.filter(isCandidate).map { index in
            PickExplanation.Candidate(
                replica: replicas[index].description.id, cost: costs[index],
                serviceTime: replicas[index].load.serviceTime(measure),
                inFlight: pool.capacities.inFlight(replicas[index]), mayWin: costs[index] == lowest)
        }
        let excluded = replicas.indices.filter { !isCandidate($0) }.compactMap { index in
            exclusions[index].map { exclusion in
                PickExplanation.Excluded(
                    replica: replicas[index].description.id, exclusion: exclusion,
                    reason: reason(exclusion, at: index, now: now))
            }
        }
        return PickExplanation(
            plugin: plugin, major: pool.servingMajor, panic: pool.panic,
            candidates: candidates.sorted { $0.cost < $1.cost }, excluded: excluded)
    }

    private func reason(_ exclusion: Exclusion, at index: Int, now: Instant) -> String {
        if exclusion == .onProbation { return "on probation; its one permitted call is in progress" }
        if exclusion == .lacksMethod { return "it does not have the method" }
        if exclusion == .lacksAbility { return "its plugin does not declare what the call needs" }
        let (state, reason) = status(at: index, now: now)
        return reason.isEmpty ? state.rawValue : "\(state.rawValue): \(reason)"
    }

    private func status(at index: Int, now: Instant) -> (state: ReplicaStatus.State, reason: String) {
        let (state, reason) = replicas[index].status(major: pool.servingMajor, now: now)
        guard state == .ready, reason.isEmpty, let limit = replicas[index].description.concurrency, pool.isFull(index) else { return (state, reason) }
        return (state, "busy with \(limit) \(limit == 1 ? "call" : "calls"), which is all that it takes at once")
    }

    /// Of its process, under all names.
    private func load(at index: Int, now: Instant) -> ReplicaStatus.Load? {
        let occupancy = pool.capacities.figures.occupancy(replicas[index])
        guard let heard = occupancy.heard else { return nil }
        // What it said is older than what we know of our own calls.
        let calls = pool.capacities.inFlight(replicas[index]) + Int(occupancy.others)
        let queued = pool.report(of: index)?.queued.map { min($0, calls) }
        return ReplicaStatus.Load(calls: calls, queued: queued, age: heard.duration(to: now))
    }

    /// What people are shown of each replica, in the order of their appearance.
    package func statuses(now: Instant) -> [ReplicaStatus] {
        let shares = pool.shares(now: now)
        return replicas.indices.map { index in
            let replica = replicas[index]
            let (state, reason) = status(at: index, now: now)
            let figures = replica.record.figures(now: now, limits: limits)
            let description = replica.description
            let report = pool.report(of: index)
            let occupancy = pool.capacities.figures.occupancy(replica)
            return ReplicaStatus(
                plugin: plugin.name, type: plugin.kind.rawValue, replica: description.id.replica, host: description.host,
                machine: description.id.host, path: description.path, version: description.version, state: state, reason: reason,
                inFlight: replica.load.inFlight, share: shares?[index], load: load(at: index, now: now),
                concurrency: occupancy.concurrency ?? occupancy.concurrency(isStream: true),
                prefillRate: report?.prefillRate, decodeRate: report?.decodeRate, calls: figures.calls, successRate: figures.successRate,
                p50: figures.p50, p99: figures.p99, ejections: replica.standing.allEjections,
                certificateExpiry: description.certificateExpiry)
        }
    }
}
