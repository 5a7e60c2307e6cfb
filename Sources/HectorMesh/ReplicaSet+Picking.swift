package import HectorCore

extension ReplicaSet {
    /// A new call asks for a replica. `.wait` means that there is none now, see `wait`.
    package mutating func admit(
        _ call: inout Call, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Admission {
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
    ) -> Admission? {
        guard waiters.allSatisfy({ yields($0.call, to: call) }), let lease = lease(&call, now: now, using: &generator) else { return nil }
        return .send(lease)
    }

    /// The cheapest candidate, which now has one more call.
    mutating func lease(
        _ call: inout Call, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Lease? {
        let followed = pool.follow(call, now: now)
        guard let index = followed ?? pool.pick(call, now: now, using: &generator), let connection = connections[index] else { return nil }
        if followed == nil { pool.lead(index, now: now) }
        let share = replicas[index].share
        let mark = pool.began(index, call.callClass, now: now)
        call.tried.append(Tried(serial: replicas[index].serial, epoch: replicas[index].epoch))
        call.major = replicas[index].major
        let metric = call.callClass.metric
        let wait = call.callClass == .stream ? CallWait(since: now, metric) : nil
        leases += 1
        replicas[index].waits[leases] = WaitingCall(epoch: replicas[index].epoch, began: now, metric: metric, stream: wait)
        schedule(now.advanced(by: limits.silenceCheck))
        if replicas[index].standing.phase == .probation { replicas[index].trialUntil = now.advanced(by: limits.trial) }
        if followed == nil, call.callClass != .inquiry { askForLoad(besides: index, call.callClass, now: now, using: &generator) }
        return Lease(
            replica: replicas[index].description.id, connection: connection, began: now,
            abilities: Abilities(rawValue: replicas[index].abilities), serial: replicas[index].serial, epoch: replicas[index].epoch, index: index, share: share,
            isLimited: !replicas[index].isPlain, mark: mark, number: leases, wait: wait)
    }
}

extension ReplicaSet {
    /// Another replica is asked for its load, where that may be news: where other hosts call it, too, and calls take their time.
    private mutating func askForLoad(besides picked: Int, _ callClass: CallClass, now: Instant, using generator: inout some RandomNumberGenerator) {
        guard loadQuestions.count < limits.loadQuestions, pool.isSharedByHosts, replicas.count > 1, pool.isWorthAsking(callClass)
        else { return }
        var quietSince: Instant?
        if quietQuestion <= now {
            quietQuestion = now.advanced(by: limits.quiet * Double.random(in: 1...2, using: &generator))
            quietSince = now.advanced(by: .zero - limits.quiet)
        }
        guard let index = pool.worthAsking(besides: picked, quietSince: quietSince, now: now), let connection = connections[index] else { return }
        if replicas[index].overdueFrom != Replica.never { pool.questionLost(index) }
        replicas[index].asked = now
        replicas[index].lostFrom = now.advanced(by: limits.lostQuestion)
        replicas[index].overdueFrom = now.advanced(by: max(limits.answerPatience, replicas[index].answerTime * 2))
        loadQuestions.append(Probe(
            replica: replicas[index].description.id, connection: connection, asked: now,
            serial: replicas[index].serial, epoch: replicas[index].epoch))
    }

    /// Replicas to be asked for their load now; each is answered by `heard`.
    package mutating func takeLoadQuestions(into questions: inout [Probe]) {
        guard !loadQuestions.isEmpty else { return }
        questions += loadQuestions
        loadQuestions.removeAll(keepingCapacity: true)
    }
}
