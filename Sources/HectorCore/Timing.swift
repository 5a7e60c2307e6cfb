/// Time and chance as one value: a program has those of the system, a test its own.
package struct Timing: Sendable {
    /// Never goes backwards.
    package let now: @Sendable () -> Instant
    /// A number of the range; each is as likely as any other.
    package let random: @Sendable (ClosedRange<Double>) -> Double
    /// Since 1970, as the machine's clock has it: it may be set at any moment, so it measures nothing.
    package let wallClock: @Sendable () -> Duration
    private let sleepUntil: @Sendable (Instant) async throws -> Void

    /// - Parameters:
    ///   - sleepUntil: Returns at the given moment, throws at once when the task is cancelled.
    ///   - wallClock: May be left out where nobody asks what day it is.
    package init(
        now: @escaping @Sendable () -> Instant, sleepUntil: @escaping @Sendable (Instant) async throws -> Void,
        random: @escaping @Sendable (ClosedRange<Double>) -> Double, wallClock: @escaping @Sendable () -> Duration = { .zero }
    ) {
        self.now = now
        self.random = random
        self.wallClock = wallClock
        self.sleepUntil = sleepUntil
    }

    /// Since the clock's beginning.
    package func elapsed() -> Duration { .nanoseconds(now().nanoseconds) }

    /// Whole seconds since 1970, as certificates have them.
    package func secondsSince1970() -> Int64 { wallClock().components.seconds }

    /// Returns at the given moment, at once where it has passed.
    ///
    /// - Throws: At once, when the task is cancelled.
    package func sleep(until moment: Instant) async throws { try await sleepUntil(moment) }

    /// Returns after the given time.
    ///
    /// - Throws: At once, when the task is cancelled.
    package func sleep(for time: Duration) async throws { try await sleepUntil(now().advanced(by: time)) }

    /// Runs `body`, and cancels it when it takes longer: then the result is nil.
    package func limit<Value: Sendable>(_ time: Duration, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
