internal import HectorCore

extension ReplicaSet {
    /// A doubtful answer came. Ejects the replica where the others' answers rule out that the requests are the cause.
    mutating func doubt(at index: Int, now: Instant, using generator: inout some RandomNumberGenerator) {
        var others: [UInt64: Doubts.Count] = [:]
        if !replicas[index].doubts.hasStreak {
            for other in replicas.indices where other != index { others[replicas[other].serial] = replicas[other].doubts.count }
        }
        replicas[index].doubts.add(limits: limits, others: others)
        guard let common = commonDoubts(besides: index), replicas[index].doubts.exceed(common, limits: limits) else { return }
        if replicas[index].standing.condemned(jitter: jitter(using: &generator), limits: limits, now: now) {
            replicas[index].trouble = Self.failing
            standingChanged(index)
        }
    }

    /// The mean share of doubtful answers of the replicas that answered, too, since this one's last success; nil where none
    /// did: then nothing tells a replica's fault from that of the requests.
    private func commonDoubts(besides index: Int) -> Double? {
        var sum = 0.0
        var count = 0
        for replica in replicas where replica.serial != replicas[index].serial {
            guard replica.isConnected, !replica.standing.isEjected, replica.major == pool.servingMajor else { continue }
            let before = replicas[index].doubts.before(replica.serial)
            guard let share = replica.doubts.share(since: before, limits: limits) else { continue }
            sum += share
            count += 1
        }
        return count == 0 ? nil : sum / Double(count)
    }

    /// Decides about doubtful attempts of a call, this one and one before.
    mutating func judge(
        _ lease: Lease, of call: inout Call, _ outcome: Outcome, _ progress: Progress, _ sequel: Sequel,
        now: Instant, using generator: inout some RandomNumberGenerator
    ) {
        let isOver = if case .end = sequel { true } else { false }
        var mine: Suspicion?
        if case .failure(.doubtful(let code)) = outcome {
            mine = Suspicion(
                serial: lease.serial, epoch: lease.epoch, code: code, callClass: call.callClass, began: lease.began,
                elapsed: progress.messages == 0 ? lease.began.duration(to: now) : nil)
        }
        guard let earlier = call.suspicion else {
            guard let mine else { return }
            if isOver { leaveOpen(mine, now: now) } else { call.suspicion = mine }
            return
        }
        switch outcome {
        case .success:
            guard let index = index(serial: earlier.serial, hint: 0) else { break }
            guard noteBadCall(epoch: earlier.epoch, earlier.elapsed, earlier.callClass, at: index, now: now) else { break }
            blame(Self.failing, began: earlier.began, at: index, now: now, using: &generator)
        case .failure(.callersFault):
            acquit(earlier)
        case .failure(.doubtful(earlier.code)):
            acquit(earlier)
            if let mine { acquit(mine) }
        case .failure:
            guard isOver else { return }
            leaveOpen(earlier, now: now)
            if let mine { leaveOpen(mine, now: now) }
        }
        call.suspicion = nil
    }

    private mutating func acquit(_ suspicion: Suspicion) {
        guard let index = index(serial: suspicion.serial, hint: 0) else { return }
        replicas[index].record.count()
        if replicas[index].epoch == suspicion.epoch { replicas[index].doubts.acquitted() }
    }

    private mutating func leaveOpen(_ suspicion: Suspicion, now: Instant) {
        guard let index = index(serial: suspicion.serial, hint: 0) else { return }
        _ = noteBadCall(epoch: suspicion.epoch, suspicion.elapsed, suspicion.callClass, at: index, now: now)
    }

    /// What people are told of a replica that was ejected for its answers.
    static var failing: String { "its calls fail" }
}
