internal import HectorCore

/// Which of the connections that a server refuses are logged. Anybody can cause such lines, and a host that is set up wrongly
/// dials for ever: of each source the first is shown, and then one after ever longer pauses; of all sources together
/// no more than a bounded rate.
struct RefusalLog {
    private struct Source {
        var next: Duration
        var pause: Duration
        var dropped = 0
    }

    /// Pause between the first line about a source and the next, so that a client that keeps dialling does not fill the log.
    static let firstPause = Duration.seconds(10)
    /// The pauses double up to this one, so that a lasting problem is still logged from time to time.
    static let longestPause = Duration.seconds(3600)
    /// Sources that are remembered; further ones are limited only by the common rate.
    static let maximumSources = 256
    /// Lines about all sources together, at once and per second.
    static let burst = 20
    static let perSecond = 0.5

    private var sources: [String: Source] = [:]
    private var all = RateLimit(burst: Self.burst, perSecond: Self.perSecond)

    /// - Parameter now: Time since any fixed moment; never goes backwards.
    /// - Returns: How many of this source were not shown since the last one that was; nil: this one is not, either.
    mutating func admit(_ source: String, at now: Duration) -> Int? {
        if sources[source] == nil, sources.count >= Self.maximumSources {
            // Quiet for as long again as its pause: it begins anew.
            sources = sources.filter { $0.value.next + $0.value.pause > now }
        }
        let known = sources[source]
        if let known, now < known.next {
            sources[source]?.dropped += 1
            return nil
        }
        guard let others = all.admit(at: now) else {
            sources[source]?.dropped += 1
            return nil
        }
        guard let known, now < known.next + known.pause else {
            if known != nil || sources.count < Self.maximumSources {
                sources[source] = Source(next: now + Self.firstPause, pause: Self.firstPause)
            }
            return known?.dropped ?? others
        }
        let pause = min(known.pause * 2, Self.longestPause)
        sources[source] = Source(next: now + pause, pause: pause)
        return known.dropped
    }
}
