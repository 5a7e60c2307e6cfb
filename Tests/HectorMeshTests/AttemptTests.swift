import HectorLoad
import Testing

@testable import HectorMesh

@Suite struct AttemptTests {
    private func watched(_ clock: ManualClock, _ reports: Log<StreamMetric>) -> Attempt {
        Attempt(
            number: 1, replica: ReplicaID(echo, host: "here", replica: "a"), deadline: nil, began: clock.now,
            wait: CallWait(since: clock.now, .firstMessage), now: { clock.now }, report: { metric in reports.add(metric) })
    }

    @Test func theReadersTimeIsNotTheReplicas() {
        let clock = ManualClock()
        let reports = Log<StreamMetric>()
        let attempt = watched(clock, reports)
        clock.move(0.5)
        attempt.messagesReceived()
        #expect(attempt.progress.headers)
        #expect(attempt.progress.firstMessage == .milliseconds(500))
        for _ in 0..<4 {
            clock.move(3)
            attempt.messageAwaited()
            clock.move(0.02)
            attempt.messagesReceived()
        }
        #expect(attempt.progress.messages == 5)
        #expect(attempt.progress.waited == .milliseconds(80))
        #expect(reports.all == [.firstMessage(.milliseconds(500))] + Array(repeating: .gap(.milliseconds(20)), count: 4))
    }

    @Test func withoutAwaitedTheGapIsFromMessageToMessage() {
        let clock = ManualClock()
        let reports = Log<StreamMetric>()
        let attempt = watched(clock, reports)
        attempt.headersReceived()
        #expect(attempt.progress == { var progress = Progress(); progress.headers = true; return progress }())
        for _ in 0..<3 {
            clock.move(0.25)
            attempt.messagesReceived()
        }
        #expect(attempt.progress.waited == .milliseconds(500))
    }

    @Test func aFastStreamReportsSeldom() {
        let clock = ManualClock()
        let reports = Log<StreamMetric>()
        let attempt = watched(clock, reports)
        for _ in 0..<1_001 {
            attempt.messagesReceived()
            clock.move(0.001)
        }
        #expect(reports.all.count == 11)
        #expect(reports.all.dropFirst().allSatisfy { $0 == .gap(.milliseconds(1), messages: 100) })
        attempt.messagesReceived()
        attempt.close()
        attempt.close()
        #expect(reports.all.count == 12, "the rest is reported once")
    }

    @Test func aCallWithoutMessagesReportsNothing() {
        let reports = Log<StreamMetric>()
        watched(ManualClock(), reports).close()
        #expect(reports.all.isEmpty)
    }

    @Test func theLastReportOfLoadIsKept() {
        let attempt = watched(ManualClock(), Log())
        #expect(attempt.progress.report == nil)
        attempt.loadReported(LoadReport(inFlight: 7))
        attempt.loadReported(LoadReport(inFlight: 3, slots: 4))
        #expect(attempt.progress.report == LoadReport(inFlight: 3, slots: 4))
        #expect(!attempt.progress.headers, "trailers may be all that came")
    }
}
