import HectorYAML
import Testing

@testable import HectorPlugins

@Suite struct HealthWatchTests {
    private var watch = HealthWatch(limits: PluginLimits())
    private var moment = Duration.zero
    private var answers: UInt64 = 0
    private var processorTime = Duration.zero

    /// One health call that is not answered within its five seconds.
    private mutating func miss(calls: Int = 0, answers more: UInt64 = 0, computing: Duration = .zero) -> HealthWatch.Verdict? {
        moment += .seconds(5)
        answers += more
        processorTime += computing
        return watch.missed(.init(answers: answers, calls: calls, processorTime: processorTime, moment: moment))
    }

    private mutating func misses(_ count: Int, calls: Int = 0, answers: UInt64 = 0, computing: Duration = .zero) -> [HealthWatch.Verdict] {
        (0..<count).compactMap { _ in miss(calls: calls, answers: answers, computing: computing) }
    }

    @Test mutating func threeMissesMakeItUnhealthyAndThirtyEndIt() {
        #expect(misses(2) == [])
        #expect(miss() == .unhealthy(reason: "it has not responded for 15 s: 3 health checks missed in a row"))
        #expect(misses(26) == [], "said once")
        #expect(miss() == .hung(misses: 30, for: .seconds(150)))
    }

    @Test mutating func anAnswerEndsTheRow() {
        #expect(misses(2) == [])
        #expect(watch.answered(isHealthy: true, message: "") == nil)
        #expect(misses(2) == [])
        #expect(misses(1).count == 1)
        #expect(watch.answered(isHealthy: true, message: "") == .healthy)
        #expect(misses(29).count == 1)
        #expect(watch.answered(isHealthy: true, message: "") == .healthy)
    }

    @Test mutating func whatItSaysItselfIsToldOnce() {
        #expect(watch.answered(isHealthy: false, message: "ill") == .unhealthy(reason: "ill"))
        #expect(watch.answered(isHealthy: false, message: "still ill") == nil)
        #expect(misses(3).count == 1)
        #expect(watch.answered(isHealthy: false, message: "ill again") == .unhealthy(reason: "ill again"))
        #expect(watch.answered(isHealthy: true, message: "") == .healthy)
        #expect(watch.answered(isHealthy: true, message: "") == nil)
    }

    @Test mutating func partsOfAnswersAreLife() {
        #expect(misses(1_000, calls: 1, answers: 1) == [])
        #expect(misses(3, calls: 1).count == 1)
        #expect(miss(calls: 1, answers: 1) == .healthy, "it answers again")
    }

    @Test mutating func computingForACallIsLife() {
        #expect(misses(1_000, calls: 1, computing: .seconds(5)) == [])
        #expect(misses(1_000, calls: 1, computing: .milliseconds(100)) == [])
        #expect(misses(30, calls: 1, computing: .milliseconds(90)).count == 2, "threads that wake up now and then")
    }

    @Test mutating func computingForNobodyIsNone() {
        #expect(misses(30, calls: 0, computing: .seconds(5)).count == 2)
    }

    @Test func processorTimeIsReadFromTheKernelsWords() {
        let stat = "7 (a) b (c)) S 1 42 42 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 1 0 5"
        #expect(ProcessorTime.ticks(stat, ofGroup: 42) == 127)
        #expect(ProcessorTime.ticks(stat, ofGroup: 1) == 0)
        for words in ["", "7", "7 (a", "7 (a)", "7 (a) S 1 42", "7 (a) S x y z 1 2 3 4 5 6 7 8 9 10 11 12 13"] {
            #expect(ProcessorTime.ticks(words, ofGroup: 42) == 0)
        }
    }
}
