import HectorCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TimingTests {
    /// A clock that stands at two seconds: what sleeps longer sleeps until it is cancelled.
    private let timing = Timing(
        now: { Instant(.seconds(2)) },
        sleepUntil: { moment in
            guard moment > Instant(.seconds(2)) else { return }
            for await _ in AsyncStream<Never>.makeStream().stream {}
            throw CancellationError()
        },
        random: { $0.lowerBound }, wallClock: { .milliseconds(1_700_000_000_999) })

    @Test func `The clock's beginning and the year 1970 are different moments`() {
        #expect(timing.elapsed() == .seconds(2))
        #expect(timing.secondsSince1970() == 1_700_000_000)
        #expect(Instant(.seconds(2)) + .seconds(3) == Instant(.seconds(5)))
        #expect(Instant(.seconds(2)) - Instant(.seconds(5)) == .seconds(-3))
    }

    @Test func `What takes longer than its limit is cancelled and has no result`() async throws {
        let result = try await timing.limit(.zero) {
            try await timing.sleep(for: .seconds(1))
            return 1
        }
        #expect(result == nil)
    }

    @Test func `What is done within its limit has its result, or throws its error`() async throws {
        #expect(try await timing.limit(.seconds(1)) { 1 } == 1)
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await timing.limit(.seconds(1)) { throw Failure() } }
    }
}
