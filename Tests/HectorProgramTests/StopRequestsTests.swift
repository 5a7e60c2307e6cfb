import Testing

@testable import HectorProgram

struct StopRequestsTests {
    private func meanings(_ milliseconds: Int...) -> [StopRequests.Meaning] {
        var requests = StopRequests()
        return milliseconds.map { requests.take(at: .milliseconds($0)) }
    }

    @Test func `Signals within half a second of the first are one request, later ones another`() {
        #expect(meanings(7_000, 7_000, 7_001, 7_499) == [.begin, .same, .same, .same])
        #expect(meanings(7_000, 7_500) == [.begin, .atOnce])
        // The window begins with the first signal: who goes on signalling does not move it.
        #expect(meanings(0, 400, 800) == [.begin, .same, .atOnce])
    }
}
