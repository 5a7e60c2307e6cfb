internal import HectorCore

/// Whether a connected replica has earned calls: ejection, the way back, and nothing else.
///
///     probation ── success ──▶ member
///         ▲  └─ failure(s) ─▶ ejected ◀─ failures in a row, lost connection ── member
///         └── probe answered ── probing ◀── backoff over ── ejected
///
/// A replica on probation has one call in flight at most. It is there when its connection is new,
/// and when a probe (no caller's call) has shown that it is back.
struct Standing: Sendable {
    enum Phase: Equatable, Sendable {
        case probation
        case member
        case ejected(until: Instant)
        case probing
    }

    enum Cause: Equatable, Sendable {
        case failures
        /// Not to be used even in panic: there is nothing to send on.
        case connectionLost
    }

    private(set) var phase = Phase.probation
    /// Why it was ejected last.
    private(set) var cause = Cause.failures
    /// Ejections in a row; they double the backoff.
    private(set) var ejections = 0
    /// All of them.
    private(set) var allEjections = 0
    private var failures = 0
    /// When the latest failed call began.
    private var lastFailure = Instant(nanoseconds: .min)
    /// When the phase began.
    private var since: Instant

    init(now: Instant) {
        since = now
    }

    var isEjected: Bool {
        switch phase {
        case .probation, .member: false
        case .ejected, .probing: true
        }
    }

    /// A new connection stands.
    mutating func connected(limits: MeshLimits, now: Instant) {
        forgiveOldEjections(limits: limits, now: now)
        enter(.probation, now: now)
    }

    /// A call that began at `began` succeeded.
    mutating func succeeded(began: Instant, now: Instant) {
        switch phase {
        case .member:
            // A success from before the failures says nothing about them.
            if began > lastFailure { failures = 0 }
        case .probation, .ejected, .probing:
            // Ejected ones are called in panic only; a success then is as good as a probe.
            if began >= since { enter(.member, now: now) }
        }
    }

    /// A call that began at `began` failed. True when that ejects the replica.
    mutating func failed(began: Instant, jitter: Double, limits: MeshLimits, now: Instant) -> Bool {
        switch phase {
        case .ejected, .probing:
            return false
        case .probation where began < since:
            return false
        case .probation, .member:
            failures += 1
            lastFailure = max(lastFailure, began)
            let provenBad = phase == .probation && ejections > 0
            guard provenBad || failures >= limits.consecutiveFailures else { return false }
            eject(.failures, jitter: jitter, limits: limits, now: now)
            return true
        }
    }

    /// Neither chance nor the requests explain its doubtful answers. True when that ejects the replica.
    mutating func condemned(jitter: Double, limits: MeshLimits, now: Instant) -> Bool {
        guard !isEjected else { return false }
        eject(.failures, jitter: jitter, limits: limits, now: now)
        return true
    }

    mutating func connectionLost(jitter: Double, limits: MeshLimits, now: Instant) {
        switch phase {
        case .ejected, .probing: cause = .connectionLost
        case .probation, .member: eject(.connectionLost, jitter: jitter, limits: limits, now: now)
        }
    }

    /// True when the backoff is over, or the last probe was lost, and the replica is to be probed now.
    mutating func beginProbe(limits: MeshLimits, now: Instant) -> Bool {
        guard let next = nextProbe(limits: limits), next <= now else { return false }
        enter(.probing, now: now)
        return true
    }

    /// When it is to be probed; nil where it is not.
    func nextProbe(limits: MeshLimits) -> Instant? {
        switch phase {
        case .probation, .member: nil
        case .ejected(let until): until
        case .probing: since.advanced(by: limits.lostQuestion)
        }
    }

    mutating func probed(healthy: Bool, jitter: Double, limits: MeshLimits, now: Instant) {
        guard phase == .probing else { return }
        if healthy {
            enter(.probation, now: now)
        } else {
            // A check costs no caller anything. It is repeated soon, so that a replica is back soon after it has recovered.
            let pause = limits.backoff.delay(afterFailures: min(ejections, Self.slowestCheck)) { $0.lowerBound * (1 - jitter) + $0.upperBound * jitter }
            enter(.ejected(until: now.advanced(by: pause)), now: now)
        }
    }

    /// The pause between checks is no longer than after this many ejections: two seconds.
    private static let slowestCheck = 2

    private mutating func enter(_ next: Phase, now: Instant) {
        phase = next
        since = now
        failures = 0
    }

    private mutating func eject(_ cause: Cause, jitter: Double, limits: MeshLimits, now: Instant) {
        forgiveOldEjections(limits: limits, now: now)
        ejections += 1
        allEjections += 1
        let backoff = limits.backoff.delay(afterFailures: ejections) { $0.lowerBound * (1 - jitter) + $0.upperBound * jitter }
        self.cause = cause
        enter(.ejected(until: now.advanced(by: backoff)), now: now)
    }

    private mutating func forgiveOldEjections(limits: MeshLimits, now: Instant) {
        if phase == .member, since.advanced(by: limits.backoff.longest) < now { ejections = 0 }
    }
}
