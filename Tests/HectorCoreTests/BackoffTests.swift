import HectorCore
import Testing

@Suite struct BackoffTests {
    private let backoff = Backoff(first: .milliseconds(500), longest: .seconds(3), jitter: 0.5...2)

    @Test(arguments: [(0, 500), (1, 500), (2, 1_000), (3, 2_000), (4, 3_000), (5, 3_000), (Int.max, 3_000)])
    func `Each failure doubles the wait, up to the longest`(failures: Int, milliseconds: Int) {
        #expect(backoff.delay(afterFailures: failures) { _ in 1 } == .milliseconds(milliseconds))
    }

    @Test func `Chance has its part of every wait`() {
        #expect(backoff.delay(afterFailures: 1) { $0.lowerBound } == .milliseconds(250))
        #expect(backoff.delay(afterFailures: 9) { $0.upperBound } == .seconds(6))
    }

    @Test func `A wait longer than the longest is cut at once`() {
        #expect(Backoff(first: .seconds(9), longest: .seconds(3)).delay(afterFailures: 1) { _ in 1 } == .seconds(3))
    }
}
