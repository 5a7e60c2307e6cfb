import HectorCore
import Testing

@testable import HectorConfig
@testable import HectorPlugins

struct StartBudgetTests {
    /// The room for the peer's clock was once as long as the shortest time that can be configured: then every failure was "too late".
    @Test func `A failure at the very beginning is not late, however short the time`() {
        let shortest = ConfigurationLimits.startTimeout.lowerBound
        let budget = StartBudget(shortest, limits: PluginLimits(), timing: Timing(now: { Instant() }, sleepUntil: { _ in }, random: { $0.lowerBound }))
        #expect(!budget.isSpent)
        #expect(budget.remaining == shortest)
    }
}
