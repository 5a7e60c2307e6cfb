package import HectorCore

/// A call for which no replica is ready.
struct Waiter: Sendable {
    let id: WaiterID
    var call: Call
    let since: Instant
    let until: Instant
}

extension ReplicaSet {
    /// An admitted call waits for a replica, unless one became ready since.
    ///
    /// - Parameter id: Names the call in the action that ends its waiting.
    package mutating func wait(
        _ call: inout Call, as id: WaiterID, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Admission<Connection> {
        if let admission = send(&call, now: now, using: &generator) { return admission }
        // Others may still appear, but not those that a person must mend first.
        let isHopeless = !replicas.isEmpty && replicas.allSatisfy { if case .failed = $0.state { true } else { false } }
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

    /// The waiter's caller is gone. Unknown ones are ignored: its turn had come already.
    package mutating func abandon(_ id: WaiterID) {
        waiters.removeAll { $0.id == id }
    }

    /// Replicas to waiters, in the order of arrival, as long as there are any of both.
    mutating func serveWaiters(
        now: Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action<Connection>] {
        guard !waiters.isEmpty else { return [] }
        var actions: [Action<Connection>] = []
        var waiting: [Waiter] = []
        for (position, waiter) in waiters.enumerated() {
            var call = waiter.call
            if waiter.until <= now {
                actions.append(.refuse(waiter.id, timeout(waiter, now: now)))
            } else if let lease = lease(&call, now: now, using: &generator) {
                actions.append(.send(waiter.id, call, lease))
            } else if call.isRetry {
                // It may not go where others may, and must not hold them up.
                waiting.append(waiter)
            } else {
                waiting += waiters[position...]
                break
            }
        }
        waiters = waiting
        return actions
    }

    mutating func expireWaiters(now: Instant) -> [Action<Connection>] {
        var actions: [Action<Connection>] = []
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
