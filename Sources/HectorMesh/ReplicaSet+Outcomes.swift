package import HectorCore
package import HectorLoad

extension ReplicaSet {
    /// An attempt ended.
    ///
    /// - Returns: The next attempt, on another replica, when the failure allows one. Where no replica is left that
    ///   takes calls, it waits as new calls do.
    package mutating func finish(
        _ lease: Lease, of call: inout Call, _ outcome: Outcome, _ progress: Progress,
        now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Sequel {
        let index = index(serial: lease.serial, hint: lease.index)
        let isDone = index.map { outcome == .success && replicas[$0].epoch == lease.epoch } ?? false
        pool.ended(index, lease.share, call.callClass, lease.mark, isDone: isDone, now: now)
        if let index {
            if let report = progress.report, replicas[index].epoch == lease.epoch {
                pool.heard(report, from: index, at: progress.reportedAt ?? now, now: now)
            }
            replicas[index].waits[lease.number] = nil
            if outcome.isAnswer, replicas[index].epoch == lease.epoch { replicas[index].answered(now: now) }
            note(outcome, progress, lease, call.callClass, at: index, now: now, using: &generator)
        }
        if outcome == .failure(.notConnected) { call.unsent += 1 }
        if outcome == .failure(.connectionLost), !progress.headers { lost(lease.replica, under: &call) }
        let next = sequel(lease, of: &call, outcome, progress, now: now, using: &generator)
        judge(lease, of: &call, outcome, progress, next, now: now, using: &generator)
        return next
    }

    /// Two losses are no chance: the call may be what crashes its replicas, and a third one would be next.
    private func lost(_ replica: ReplicaID, under call: inout Call) {
        call.losses.append(replica)
        if call.losses.count >= limits.losses { call.refusal = .callLostReplicas(plugin, call.losses) }
    }

    /// A replica was asked for its load.
    ///
    /// - Parameters:
    ///   - report: Nil where it did not answer.
    ///   - at: When the answer came; nil: now.
    package mutating func heard(_ report: LoadReport?, to question: Probe, at: Instant? = nil, now: Instant) {
        guard let index = index(serial: question.serial, hint: 0), replicas[index].epoch == question.epoch else { return }
        // The answer to one that counted as lost says nothing of the next one, which is under way.
        let isLast = replicas[index].asked == question.asked
        if isLast { replicas[index].overdueFrom = Replica.never }
        guard let report else { return isLast ? pool.questionLost(index) : () }
        replicas[index].hidesLoad = false
        let at = at ?? now
        replicas[index].answerTime = question.asked.duration(to: at)
        pool.heard(report, from: index, at: at, now: now)
    }

    private mutating func sequel(
        _ lease: Lease, of call: inout Call, _ outcome: Outcome, _ progress: Progress,
        now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Sequel {
        guard case .failure(let kind) = outcome, mayRetry(call, kind, progress, now: now) else { return .end }
        let isPossible = pool.pick(call, now: now, using: &generator) != nil
        guard isPossible || mayWait(call, kind, now: now, using: &generator) else { return .end }
        guard kind == .notConnected || withdraw(kind, now: now) else { return .end }
        guard isPossible, let next = self.lease(&call, now: now, using: &generator) else { return .wait }
        return .send(next)
    }

    /// The next attempt may be more work for the replicas. What was never sent was none, so it is made up for without the budget.
    private mutating func withdraw(_ kind: FailureKind, now: Instant) -> Bool {
        var reserve = 0.0
        if case .doubtful = kind { reserve = min(limits.secondOpinionReserve, limits.retryBurst / 2) }
        return budget.withdraw(reserve: reserve, limits: limits, now: now)
    }

    /// A long stream reports its progress, so that a slow replica is recognised before the stream ends.
    package mutating func progressed(_ lease: Lease, _ metric: StreamMetric, now: Instant) {
        guard let index = index(serial: lease.serial, hint: lease.index), replicas[index].epoch == lease.epoch else { return }
        replicas[index].answered(now: now)
        switch metric {
        case .firstMessage(let duration, let messages):
            learn(.firstMessage, duration, at: index, now: now)
            pool.progressed(index, messages: messages, now: now)
        case .gap(let duration, let messages):
            learn(.gap, duration, at: index, now: now)
            pool.progressed(index, messages: messages, now: now)
        }
    }

    private func mayRetry(_ call: Call, _ kind: FailureKind, _ progress: Progress, now: Instant) -> Bool {
        let safe =
            switch kind {
            case .neverProcessed, .notConnected: true
            case .connectionLost, .retryable, .overloaded: call.idempotent
            // A second opinion, not a third.
            case .doubtful: call.idempotent && call.suspicion == nil && !(call.metered ?? pool.metered)
            case .deadline, .stalled, .failed, .callersFault, .cancelled: false
            }
        guard safe, call.refusal == nil, !progress.headers, call.tried.count - call.unsent < limits.attempts, call.unsent < limits.unsentAttempts
        else { return false }
        return call.deadline.map { $0 > now } ?? true
    }

    /// Only a replica whose connection was lost comes back as a new one. The call waits for it if new calls would have to wait as well;
    /// otherwise the caller is told what happened.
    private mutating func mayWait(
        _ call: Call, _ kind: FailureKind, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Bool {
        guard kind == .connectionLost || kind == .notConnected else { return false }
        return pool.pick(Call(.inquiry, method: call.method, idempotent: true), now: now, using: &generator) == nil
    }

    private mutating func note(
        _ outcome: Outcome, _ progress: Progress, _ lease: Lease, _ callClass: CallClass,
        at index: Int, now: Instant, using generator: inout some RandomNumberGenerator
    ) {
        let elapsed = lease.began.duration(to: now)
        let isCurrent = replicas[index].epoch == lease.epoch
        switch outcome {
        case .success, .failure(.callersFault):
            noteAnswer(elapsed, progress, callClass, outcome, at: index, isCurrent: isCurrent, now: now)
            guard isCurrent else { return }
            let wasEjected = replicas[index].standing.isEjected
            replicas[index].doubts.answered(limits: limits)
            replicas[index].standing.succeeded(began: lease.began, now: now)
            if wasEjected, !replicas[index].standing.isEjected { standingChanged(index) }

        case .failure(.cancelled):
            break

        case .failure(.overloaded(let pause)):
            replicas[index].record.add(nil, now: now, limits: limits)
            guard isCurrent else { return }
            let until = now.advanced(by: min(max(.zero, pause ?? limits.defaultPause), limits.longestPause))
            replicas[index].pausedUntil = max(replicas[index].pausedUntil, until)
            schedule(until)

        case .failure(.deadline):
            // Messages arrived: the answer was long, which is not a fault.
            guard progress.messages == 0 else { return }
            if let usual = pool.usual.durations[callClass.metric].value, elapsed.seconds < usual * limits.blamedDeadline { return }
            noteFailure("no answer within \(elapsed.inSeconds)", elapsed, progress, lease, callClass, at: index, now: now, using: &generator)

        case .failure(.stalled):
            noteFailure("a stream stalled", elapsed, progress, lease, callClass, at: index, now: now, using: &generator)

        case .failure(.doubtful):
            if isCurrent { doubt(at: index, now: now, using: &generator) }

        case .failure(.connectionLost), .failure(.notConnected):
            replicas[index].record.add(nil, now: now, limits: limits)
            guard isCurrent else { return }
            lostConnection(index, now: now, using: &generator)
            if outcome == .failure(.notConnected) { lostConnection(ofMachineOf: index, now: now, using: &generator) }
            standingChanged(index)

        case .failure(.neverProcessed):
            noteFailure("it refuses calls", elapsed, progress, lease, callClass, at: index, now: now, using: &generator)
        case .failure(.retryable):
            noteFailure("it is unavailable", elapsed, progress, lease, callClass, at: index, now: now, using: &generator)
        case .failure(.failed):
            noteFailure(Self.failing, elapsed, progress, lease, callClass, at: index, now: now, using: &generator)
        }
    }

    private mutating func lostConnection(_ index: Int, now: Instant, using generator: inout some RandomNumberGenerator) {
        replicas[index].trouble = "the connection was lost"
        replicas[index].standing.connectionLost(jitter: jitter(using: &generator), limits: limits, now: now)
        if case .ejected(let until) = replicas[index].standing.phase { schedule(until) }
    }

    /// All replicas of another machine are reached over one connection. When it is gone, none of them can be called, and nobody need try each.
    private mutating func lostConnection(ofMachineOf index: Int, now: Instant, using generator: inout some RandomNumberGenerator) {
        let description = replicas[index].description
        guard description.path == .lan else { return }
        for other in replicas.indices where other != index && replicas[other].isConnected {
            guard replicas[other].description.path == .lan, replicas[other].description.id.host == description.id.host else { continue }
            lostConnection(other, now: now, using: &generator)
        }
    }

    private mutating func noteAnswer(
        _ elapsed: Duration, _ progress: Progress, _ callClass: CallClass, _ outcome: Outcome,
        at index: Int, isCurrent: Bool, now: Instant
    ) {
        // A refusal of the caller's mistake is quick and says nothing about the work.
        let isWork = outcome == .success
        let shown = callClass == .stream ? progress.firstMessage ?? elapsed : elapsed
        replicas[index].record.add(shown, now: now, limits: limits)
        if isWork {
            pool.usual.answered(callClass.metric, limits: limits, now: now)
            if callClass != .stream {
                pool.usual.durations[callClass.metric].add(elapsed.seconds)
            } else if let first = progress.firstMessage {
                pool.usual.durations[.firstMessage].add(first.seconds)
                pool.usual.messages.add(Double(progress.messages))
                if progress.messages > 1 {
                    pool.usual.durations[.gap].add(progress.waited.seconds / Double(progress.messages - 1))
                }
            }
        }
        guard isCurrent else { return }
        replicas[index].load.finished(success: true, limits: limits, now: now)
        if isWork, callClass != .stream { learn(callClass.metric, elapsed, at: index, now: now) }
    }

    private mutating func noteFailure(
        _ trouble: String, _ elapsed: Duration, _ progress: Progress, _ lease: Lease, _ callClass: CallClass,
        at index: Int, now: Instant, using generator: inout some RandomNumberGenerator
    ) {
        let learned = progress.messages == 0 ? elapsed : nil
        guard noteBadCall(epoch: lease.epoch, learned, callClass, at: index, now: now) else { return }
        blame(trouble, began: lease.began, at: index, now: now, using: &generator)
    }

    /// - Parameter elapsed: How long a call without an answer took; nil where it says nothing.
    /// - Returns: Whether it was on the replica's present connection.
    mutating func noteBadCall(epoch: UInt64, _ elapsed: Duration?, _ callClass: CallClass, at index: Int, now: Instant) -> Bool {
        replicas[index].record.add(nil, now: now, limits: limits)
        guard replicas[index].epoch == epoch else { return false }
        if let elapsed {
            // A fast failure counts as slow as the median success, or failing would attract calls.
            let usual = Duration.seconds(pool.usual.durations[callClass.metric].value ?? 0)
            learn(callClass.metric, max(elapsed, usual), at: index, now: now)
        }
        replicas[index].load.finished(success: false, limits: limits, now: now)
        return true
    }

    /// Counts a failure that is surely the replica's.
    mutating func blame(
        _ trouble: String, began: Instant, at index: Int, now: Instant, using generator: inout some RandomNumberGenerator
    ) {
        let jitter = jitter(using: &generator)
        if replicas[index].standing.failed(began: began, jitter: jitter, limits: limits, now: now) {
            replicas[index].trouble = trouble
            standingChanged(index)
        }
    }

    private mutating func learn(_ metric: Metric, _ duration: Duration, at index: Int, now: Instant) {
        replicas[index].load.measure(metric, duration, usual: pool.usual, limits: limits, now: now)
    }
}

/// What a stream measures while it runs.
package enum StreamMetric: Sendable, Equatable {
    /// - messages: That came together.
    case firstMessage(Duration, messages: Int = 1)
    /// Mean time that a message was waited for since the last report, and how many came.
    case gap(Duration, messages: Int = 1)
}

extension CallClass {
    /// What is measured until an answer begins.
    var metric: Metric {
        switch self {
        case .unary: .unary
        case .inquiry: .inquiry
        case .stream: .firstMessage
        }
    }
}
