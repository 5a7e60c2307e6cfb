package import HectorCore

extension ReplicaSet {
    /// A new call asks for a replica. `.wait` means that there is none now, see `wait`.
    package mutating func admit(
        _ call: inout Call, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Admission<Connection> {
        if let deadline = call.deadline, deadline <= now {
            return .refuse(RouterError(
                .deadlineExceeded, plugin, "the deadline passed before the call could be sent; allow it more time"))
        }
        budget.callBegan(limits: limits, now: now)
        return send(&call, now: now, using: &generator) ?? .wait
    }

    /// nil while no replica is ready, or while earlier calls wait for their first attempt.
    mutating func send(
        _ call: inout Call, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Admission<Connection>? {
        guard waiters.allSatisfy({ yields($0.call, to: call) }), let lease = lease(&call, now: now, using: &generator) else { return nil }
        return .send(lease)
    }

    /// The cheapest candidate, which now has one more call.
    mutating func lease(
        _ call: inout Call, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Lease<Connection>? {
        guard let index = pool.pick(call, now: now, using: &generator), let connection = connections[index] else { return nil }
        replicas[index].load.inFlight += 1
        let share = replicas[index].share
        if let share { pool.capacities.began(share) }
        call.tried.append(Tried(serial: replicas[index].serial, epoch: replicas[index].epoch))
        call.major = replicas[index].major
        let wait = CallWait(since: now, call.callClass.metric, epoch: replicas[index].epoch)
        replicas[index].waits[ObjectIdentifier(wait)] = wait
        schedule(now.advanced(by: limits.silenceCheck))
        return Lease(
            replica: replicas[index].description.id, connection: connection, began: now,
            serial: replicas[index].serial, epoch: replicas[index].epoch, index: index, share: share,
            isLimited: !replicas[index].isPlain, wait: wait)
    }
}
