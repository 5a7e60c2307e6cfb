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

    /// nil while none is ready or others wait, who were here before.
    mutating func send(
        _ call: inout Call, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Admission<Connection>? {
        guard waiters.isEmpty, let lease = lease(&call, now: now, using: &generator) else { return nil }
        return .send(lease)
    }

    /// The cheapest candidate, now one call busier.
    mutating func lease(
        _ call: inout Call, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Lease<Connection>? {
        guard let index = pick(call, now: now, using: &generator),
            case .ready(let connection) = replicas[index].state
        else { return nil }
        replicas[index].load.inFlight += 1
        call.tried.append(replicas[index].serial)
        call.major = replicas[index].major
        return Lease(
            replica: replicas[index].description.id, connection: connection, began: now,
            serial: replicas[index].serial, epoch: replicas[index].epoch, index: index)
    }

    /// Looks at every replica; allocates nothing.
    package mutating func pick(
        _ call: Call, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Int? {
        // Probation holds only while somebody else can take the call.
        if let index = pick(call, ignoringProbation: false, now: now, using: &generator) { return index }
        return pick(call, ignoringProbation: true, now: now, using: &generator)
    }

    private mutating func pick(
        _ call: Call, ignoringProbation: Bool, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Int? {
        var lowest = Double.infinity
        for index in replicas.indices {
            costs[index] = .infinity
            let exclusion = exclusion(of: index, for: call, now: now)
            guard exclusion == nil || (ignoringProbation && exclusion == .onProbation) else { continue }
            costs[index] = replicas[index].load.cost(call.callClass, usual: usual, limits: limits, now: now)
            lowest = min(lowest, costs[index])
        }
        guard lowest < .infinity else { return nil }
        let bound = lowest * (1 + limits.tie)
        var ties = 0
        for cost in costs where cost <= bound { ties += 1 }
        var drawn = ties == 1 ? 0 : Int.random(in: 0..<ties, using: &generator)
        for index in costs.indices where costs[index] <= bound {
            if drawn == 0 { return index }
            drawn -= 1
        }
        return nil
    }

    func exclusion(of index: Int, for call: Call, now: Instant) -> Exclusion? {
        if !call.tried.isEmpty, call.tried.contains(replicas[index].serial) { return .tried }
        return replicas[index].exclusion(major: call.major ?? servingMajor, panic: panic, now: now)
    }
}
