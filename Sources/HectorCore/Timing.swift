/// Time and chance as one value: a program has those of the system, a test its own.
package struct Timing: Sendable {
    /// Never goes backwards.
    package let now: @Sendable () -> Instant
    /// A number of the range; each is as likely as any other.
    package let random: @Sendable (ClosedRange<Double>) -> Double
    private let sleepUntil: @Sendable (Instant) async throws -> Void

    /// - Parameter sleepUntil: Returns at the given moment, throws at once when the task is cancelled.
    package init(
        now: @escaping @Sendable () -> Instant, sleepUntil: @escaping @Sendable (Instant) async throws -> Void,
        random: @escaping @Sendable (ClosedRange<Double>) -> Double
    ) {
        self.now = now
        self.random = random
        self.sleepUntil = sleepUntil
    }

    /// Returns at the given moment, at once where it has passed.
    ///
    /// - Throws: At once, when the task is cancelled.
    package func sleep(until moment: Instant) async throws { try await sleepUntil(moment) }

    /// Returns after the given time.
    ///
    /// - Throws: At once, when the task is cancelled.
    package func sleep(for time: Duration) async throws { try await sleepUntil(now().advanced(by: time)) }
}
