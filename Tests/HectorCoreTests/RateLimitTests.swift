import HectorCore
import Testing

struct RateLimitTests {
    @Test func `A burst passes, then as many as time brings, and the next one tells of those dropped`() {
        var limit = RateLimit(burst: 3, perSecond: 2)
        #expect((0..<5).map { _ in limit.admit(at: .zero) } == [0, 0, 0, nil, nil])
        #expect(limit.admit(at: .milliseconds(400)) == nil)
        #expect(limit.admit(at: .milliseconds(500)) == 3)
        #expect(limit.admit(at: .milliseconds(500)) == nil)
        // Time saves up no more than a burst.
        #expect((0..<5).map { _ in limit.admit(at: .seconds(100)) } == [1, 0, 0, nil, nil])
    }

    @Test func `What costs more than the burst passes when the bucket is full`() {
        var limit = RateLimit(burst: 10, perSecond: 10)
        #expect(limit.admit(at: .zero, cost: 1_000) == 0)
        #expect(limit.admit(at: .milliseconds(900), cost: 1_000) == nil)
        #expect(limit.admit(at: .seconds(1), cost: 1_000) == 1)
    }
}
