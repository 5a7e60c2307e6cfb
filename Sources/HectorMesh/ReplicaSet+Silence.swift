internal import HectorCore

/// A replica that hangs fails no call until a deadline passes. It is known earlier by its silence: a call has waited
/// for far longer than usual, and meanwhile no other has been answered either. One long answer is not a hang.
extension ReplicaSet {
    /// Looks at all calls under way, a few times a second while there are any.
    mutating func noticeSilence(now: Instant) {
        for index in replicas.indices where !replicas[index].waits.isEmpty || replicas[index].silentSince != nil {
            replicas[index].silentSince = replicas[index].silence(usual: pool.usual, limits: limits, now: now)
            if !replicas[index].waits.isEmpty { schedule(now.advanced(by: limits.silenceCheck)) }
        }
    }
}

extension Replica {
    /// When it fell silent; nil while the silence is not longer than allowed.
    fileprivate func silence(usual: Usual, limits: MeshLimits, now: Instant) -> Instant? {
        guard isReady else { return nil }
        var earliest: Instant?
        for wait in waits.values where wait.epoch == epoch {
            guard let current = wait.current, let expected = load.expected(current.metric, usual: usual) else { continue }
            let since = max(current.since, lastAnswer)
            let patience = max(limits.leastSilence, .seconds(expected * limits.silence))
            if since.advanced(by: patience) <= now { earliest = min(earliest ?? since, since) }
        }
        return earliest
    }

    /// It answered, well or badly.
    mutating func answered(now: Instant) {
        lastAnswer = now
        silentSince = nil
    }
}
