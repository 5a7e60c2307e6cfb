import HectorLoad
import Testing

struct LoadReportTests {
    @Test func figuresOutOfTheirRangeCountAsUnknown() {
        let report = LoadReport(inFlight: -3, queued: 9, slots: 0.5, serviceTime: .nan, prefillRate: -.infinity, decodeRate: 0)
        #expect(report == LoadReport(inFlight: 0, queued: 0))
        #expect(LoadReport(inFlight: .max, slots: .infinity).inFlight == LoadReport.most)
        #expect(LoadReport(inFlight: 0, slots: .infinity).slots == Double(LoadReport.most))
    }
}
