internal import HectorCore
import HectorLoad
import Testing

@testable import HectorMesh

@Suite struct FigureTests {
    @Test func medianEqualsThatOfTheLast31() {
        let seed: UInt64 = 7
        var generator = SeededGenerator(seed: seed)
        var median = RecentMedian()
        #expect(median.value == nil)
        var all: [Double] = []
        for step in 0..<500 {
            // Few values, so that equal ones occur.
            let sample = Double(Int.random(in: 0..<20, using: &generator))
            all.append(sample)
            median.add(sample)
            let last = all.suffix(31).sorted()
            #expect(median.value == last[last.count / 2], "seed \(seed), step \(step)")
        }
    }

    @Test(arguments: [
        (8.0, 100.0, 8.0), (16, 100, 16), (20, 100, 20), (12, 100, 9), (10, 100, 8.125), (100, 100, 64),
        (4, 100, 4), (2, 100, 2), (5, 100, 6.92), (6, 100, 7.777_777_777_777_778),
        // It never had enough calls to show more.
        (4, 6, 8), (4, 6.1, 4),
    ])
    func whatIsLearnedOfAProcessCountsTheMoreTheLessItIsLikeOthers(known: Double, beside: Double, counted: Double) {
        var usual = Usual()
        usual.concurrency[isStream: false].add(8)
        let measure = Yardstick(.unary, usual: usual, hosts: 1, limits: MeshLimits(), now: at(0))
        #expect(abs(measure.concurrency(learned: known, beside: beside) - counted) < 1e-9)
        #expect(measure.concurrency(learned: nil, beside: beside) == 8)
    }

    @Test func ofStreamsItCountsInFullAtAThirdAndThreeTimes() {
        var usual = Usual()
        usual.concurrency[isStream: true].add(8)
        let measure = Yardstick(.stream, usual: usual, hosts: 1, limits: MeshLimits(), now: at(0))
        #expect(measure.concurrency(learned: 24, beside: 100) == 24)
        #expect(measure.concurrency(learned: 16, beside: 100) == 10)
        #expect(abs(measure.concurrency(learned: 8.0 / 3, beside: 100) - 8.0 / 3) < 1e-9)
    }

    /// Learned figures of the same size count in part or not at all.
    @Test(arguments: [(6.0, 8.0), (12, 9), (100, 64)])
    func slotsThatAPluginTellsCountInFull(slots: Double, asLearned: Double) {
        var usual = Usual()
        for isStream in [false, true] { usual.concurrency[isStream: isStream].add(8) }
        for callClass in [CallClass.unary, .stream] {
            let measure = Yardstick(callClass, usual: usual, hosts: 1, limits: MeshLimits(), now: at(0))
            var process = Occupancy()
            process.heard(LoadReport(inFlight: 0, slots: slots), own: 0, validity: 60, at: at(0))
            #expect(process.concurrency(measure, beside: 1) == slots)
            guard callClass == .unary else { continue }
            process.heard(LoadReport(inFlight: 0, slots: slots, slotsAreLearned: true), own: 0, validity: 60, at: at(0))
            #expect(process.concurrency(measure, beside: 1) == asLearned)
        }
    }

    @Test func aSlowFigureFadesAndAFastOneStays() {
        var slow = Smoothed()
        #expect(slow.estimate(usual: nil, forgetting: 5, now: at(0)) == nil)
        #expect(slow.estimate(usual: 2, forgetting: 5, now: at(0)) == 2)
        slow.measure(10, weight: 1, prior: nil, forgetting: 5, now: at(0))
        #expect(slow.estimate(usual: 2, forgetting: 5, now: at(0)) == 10)
        #expect(slow.estimate(usual: 2, forgetting: 5, now: at(2.5)) == 8, "late")
        #expect(slow.estimate(usual: 2, forgetting: 5, now: at(50)) == 2)
        #expect(slow.estimate(usual: nil, forgetting: 5, now: at(50)) == 10)
        var fast = Smoothed()
        fast.measure(1, weight: 1, prior: nil, forgetting: 5, now: at(0))
        #expect(fast.estimate(usual: 2, forgetting: 5, now: at(50)) == 1)
    }

    @Test(arguments: [(sample: 9.0, value: 9.9), (4, 9.4), (2, 3.8), (1, 1), (0.5, 0.95)])
    func aFadedFigureComesBackByAsMuchAsTheNextSampleConfirms(sample: Double, value: Double) throws {
        var slow = Smoothed()
        slow.measure(10, weight: 0.1, prior: 10, forgetting: 5, now: at(0))
        let isConfirmed = slow.measure(sample, weight: 0.1, prior: 1, forgetting: 5, now: at(6))
        #expect(abs(try #require(slow.value) - value) < 1e-3)
        #expect(isConfirmed == (sample > 3.2))
    }

    /// Failures are usually none at all.
    @Test(arguments: [(sample: 1.0, value: 0.55), (0, 0)])
    func aFigureThatHadFadedToNothingStaysANumber(sample: Double, value: Double) throws {
        var failing = Smoothed()
        failing.measure(0.5, weight: 0.1, prior: 0.5, forgetting: 5, now: at(0))
        failing.measure(sample, weight: 0.1, prior: 0, forgetting: 5, now: at(6))
        #expect(abs(try #require(failing.value) - value) < 1e-9)
    }

    @Test func aFigureThatIsTriedDoesNotFade() {
        var slow = Smoothed()
        slow.measure(10, weight: 0.1, prior: 10, forgetting: 5, now: at(0))
        slow.trialBegan(now: at(6))
        #expect(slow.estimate(usual: 1, forgetting: 5, now: at(6)) == 10)
        // The answer is judged by what the figure had faded to all the same.
        var well = slow
        well.measure(1, weight: 0.1, prior: 1, forgetting: 5, now: at(6.5))
        #expect(well.value == 1)
        // Nor does a call that gets no answer keep others from trying it.
        #expect(slow.estimate(usual: 1, forgetting: 5, now: at(11)) == 1)
    }

    @Test func aFirstMeasurementIsSmoothedAgainstTheUsual() {
        var smoothed = Smoothed()
        smoothed.measure(10, weight: 0.25, prior: 2, forgetting: 5, now: at(0))
        #expect(smoothed.value == 4)
        smoothed.measure(4, weight: 0.25, prior: 2, forgetting: 5, now: at(0))
        #expect(smoothed.value == 4)
    }

    @Test func recordCountsAllCallsAndRatesTheLast() {
        var limits = MeshLimits()
        limits.recordedCalls = 100
        var record = CallRecord()
        #expect(record.figures(now: at(0), limits: limits) == CallRecord.Figures())
        for milliseconds in 1...300 { record.add(.milliseconds(milliseconds), now: at(0), limits: limits) }
        let full = CallRecord.Figures(calls: 300, successRate: 1, p50: .milliseconds(250), p99: .milliseconds(299))
        #expect(record.figures(now: at(0), limits: limits) == full)
        for _ in 0..<50 { record.add(nil, now: at(10), limits: limits) }
        let half = record.figures(now: at(10), limits: limits)
        #expect(half == CallRecord.Figures(calls: 350, successRate: 0.5, p50: .milliseconds(275), p99: .milliseconds(300)))
        let failuresOnly = record.figures(now: at(601), limits: limits)
        #expect(failuresOnly == CallRecord.Figures(calls: 350, successRate: 0, p50: nil, p99: nil))
        #expect(record.figures(now: at(700), limits: limits) == CallRecord.Figures(calls: 350))
    }

    @Test func budgetIsAShareOfCallsAndTime() {
        let limits = MeshLimits()
        var budget = RetryBudget(limits: limits, now: at(0))
        func drain(_ now: Instant) -> Int {
            var retries = 0
            while budget.withdraw(limits: limits, now: now) { retries += 1 }
            return retries
        }
        #expect(drain(at(0)) == 100)
        for _ in 0..<51 { budget.callBegan(limits: limits, now: at(0)) }
        #expect(drain(at(0)) == 10)
        #expect(drain(at(10)) == 30)
        #expect(drain(at(9)) == 0, "a clock that stands gives nothing")
        #expect(drain(at(1_000)) == 100)
    }

    @Test(arguments: [("1.2.3", 1), ("v2", 2), ("10.0", 10), ("0.9", 0), ("", 0), ("dev", 0), ("99999999999999999999", 0)])
    func major(version: String, major: Int) {
        #expect(replica("a", version: version).major == major)
    }
}
