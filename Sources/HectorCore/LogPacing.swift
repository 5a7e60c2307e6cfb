/// When to say again what happens again and again: at once, a minute later at the earliest, and after ever longer pauses. What has
/// not happened for a while is news again.
package struct LogPacing: Sendable, Equatable {
    /// Between the first line and the second; each further pause is twice as long.
    package var pause: Duration
    package var longest: Duration
    /// After this time without it, all begins anew.
    package var calm: Duration
    private var last: Instant?
    private var nextLine: Instant?
    private var nextPause: Duration
    private var unsaid = 0

    package init(pause: Duration = .seconds(60), longest: Duration = .seconds(3600), calm: Duration = .seconds(600)) {
        self.pause = pause
        self.longest = longest
        self.calm = calm
        nextPause = pause
    }

    /// It happens now.
    ///
    /// - Returns: Nil where nothing is to be said; otherwise how often it happened since it was last said.
    package mutating func happens(at now: Instant) -> Int? {
        defer { last = now }
        if let last, last.duration(to: now) >= calm { nextLine = nil }
        guard let next = nextLine else {
            (nextLine, nextPause, unsaid) = (now.advanced(by: pause), pause, 0)
            return 0
        }
        guard now >= next else {
            unsaid += 1
            return nil
        }
        nextPause = min(nextPause * 2, longest)
        nextLine = now.advanced(by: nextPause)
        defer { unsaid = 0 }
        return unsaid
    }
}
