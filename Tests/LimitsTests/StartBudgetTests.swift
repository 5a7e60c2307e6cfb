import Testing

@testable import HectorConfig
@testable import HectorPlugins

struct StartBudgetTests {
    /// The room for the peer's clock was once as long as the shortest time that can be configured: then every failure was "too late".
    @Test func `A failure at the very beginning is not late, however short the time`() {
        let shortest = ConfigurationLimits.startTimeout.lowerBound
        let budget = StartBudget(shortest, limits: PluginLimits(), clock: PluginClock(StoppedClock()))
        #expect(!budget.isSpent)
        #expect(budget.remaining == shortest)
    }

    private struct StoppedClock: Clock {
        let now = ContinuousClock.now
        var minimumResolution: Duration { .zero }
        func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {}
    }
}
