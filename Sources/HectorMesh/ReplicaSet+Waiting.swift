package import HectorCore

/// A call for which no replica is ready.
struct Waiter: Sendable {
    let id: WaiterID
    var call: Call
    let since: Instant
    let until: Instant
}

/// Which replicas a call can be sent to.
private struct Wanted: Hashable {
    let method: String?
    let needs: UInt64

    init(_ call: Call) {
        method = call.method
        needs = call.needs
    }
}

extension ReplicaSet {
    /// An admitted call waits for a replica, unless one became ready since.
    ///
    /// - Parameter id: Names the call in the action that ends its waiting.
    package mutating func wait(
        _ call: inout Call, as id: WaiterID, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Admission {
        if let admission = send(&call, now: now, using: &generator) { return admission }
        if let refusal = refusal(of: call, now: now) { return .refuse(refusal) }
        // Others may still appear, but not those that a person must mend first.
        let able = replicas.filter { [method = call.method, needs = call.needs] in $0.description.has(method) && $0.description.mayMeet(needs) }
        let isHopeless = !able.isEmpty && able.allSatisfy { if case .failed = $0.state { true } else { false } }
        if isHopeless { return .refuse(.noReplica(plugin, waited: nil, replicas: statuses(now: now))) }
        guard waiters.count < limits.waitersPerPlugin else {
            return .refuse(RouterError(
                .tooManyWaiting, plugin,
                "\(waiters.count) calls are already waiting for a replica; try again later, or add replicas",
                replicas: statuses(now: now)))
        }
        let until = min(call.deadline ?? Instant(nanoseconds: .max), now.advanced(by: limits.longestWait))
        waiters.append(Waiter(id: id, call: call, since: now, until: until))
        schedule(until)
        return .wait
    }

    /// Where replicas are known and none has the method, or can do what the call needs: none of them will have it when it is ready.
    private func refusal(of call: Call, now: Instant) -> RouterError? {
        if pool.lackAbility(call.needs) { return .lacksAbility(plugin, Abilities(rawValue: call.needs), replicas: statuses(now: now)) }
        guard let method = call.method, pool.lack(method) else { return nil }
        return .unimplemented(plugin, method, replicas: statuses(now: now))
    }

    /// Whether a new call may be sent although this one waits: it could not be sent to the same replicas.
    func yields(_ waiting: Call, to call: Call) -> Bool {
        waiting.isRetry || pool.isPartial && waiting.method != call.method || waiting.needs & ~call.needs != 0
    }

    /// The caller is gone. An unknown id is ignored: its turn had already come.
    package mutating func abandon(_ id: WaiterID) {
        waiters.removeAll { $0.id == id }
    }

    /// Assigns replicas to waiting calls, in order of arrival, while there are any of both.
    mutating func serveWaiters(
        now: Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard !waiters.isEmpty else { return [] }
        var actions: [Action] = []
        var waiting: [Waiter] = []
        /// For which there was no replica.
        var stuck: Set<Wanted> = []
        for (position, waiter) in waiters.enumerated() {
            var call = waiter.call
            if waiter.until <= now {
                actions.append(.refuse(waiter.id, timeout(waiter, now: now)))
            } else if call.isRetry || !stuck.contains(Wanted(call)), let lease = lease(&call, now: now, using: &generator) {
                actions.append(.send(waiter.id, call, lease))
            } else if let refusal = refusal(of: call, now: now) {
                actions.append(.refuse(waiter.id, refusal))
            } else if call.isRetry {
                // This call may not go where others may, and must not hold them up.
                waiting.append(waiter)
            } else if pool.isPartial || call.needs != 0 {
                // A call whose method no ready replica has, or that needs what none can do, must not hold up others either.
                stuck.insert(Wanted(call))
                waiting.append(waiter)
            } else {
                waiting += waiters[position...]
                break
            }
        }
        waiters = waiting
        return actions
    }

    mutating func expireWaiters(now: Instant) -> [Action] {
        var actions: [Action] = []
        for waiter in waiters where waiter.until <= now {
            actions.append(.refuse(waiter.id, timeout(waiter, now: now)))
        }
        waiters.removeAll { $0.until <= now }
        for waiter in waiters { schedule(waiter.until) }
        return actions
    }

    private func timeout(_ waiter: Waiter, now: Instant) -> RouterError {
        .noReplica(plugin, waited: waiter.since.duration(to: now), replicas: statuses(now: now))
    }
}
