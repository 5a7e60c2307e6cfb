import HectorLoad
import HectorProto
import Testing

/// Load reports as bytes: what they are on the wire, and that no program's bytes do harm.
struct LoadReportWireTests {
    static let reports = [
        LoadReport(inFlight: 0),
        LoadReport(inFlight: 300),
        LoadReport(inFlight: LoadReport.most, queued: 0, slots: 1),
        LoadReport(inFlight: 3, queued: 2, slots: 4.5, serviceTime: 0.25, prefillRate: 1_500, decodeRate: 88.5),
        LoadReport(inFlight: 1, decodeRate: 12),
        LoadReport(inFlight: 1, slots: 2.5, slotsAreLearned: true),
    ]

    @Test(arguments: reports) func `A report comes back as it was`(report: LoadReport) {
        #expect(LoadReport(bytes: report.bytes) == report)
    }

    /// Plugins in other languages make them by hand where they have no protobuf: `docs/plugin-protocol.md`.
    @Test func `Each field has its number and its type`() {
        #expect(LoadReport(inFlight: 0).bytes == [])
        #expect(LoadReport(inFlight: 300).bytes == [0x08, 0xAC, 0x02])
        #expect(
            LoadReport(inFlight: 3, queued: 0, slots: 4, serviceTime: 0.5, prefillRate: 2, decodeRate: 8).bytes == [
                0x08, 3, 0x10, 0,
                0x1D, 0, 0, 0x80, 0x40,
                0x25, 0, 0, 0, 0x3F,
                0x2D, 0, 0, 0, 0x40,
                0x35, 0, 0, 0, 0x41,
            ])
        #expect(LoadReport(inFlight: 0, slots: 4, slotsAreLearned: true).bytes == [0x1D, 0, 0, 0x80, 0x40, 0x38, 1])
    }

    @Test func `Fields of later versions are skipped`() {
        let field100: [UInt8] = [0xA2, 0x06, 2, 1, 2]
        #expect(LoadReport(bytes: Self.reports[3].bytes + field100) == Self.reports[3])
    }

    @Test func `A report that is cut off is ignored, or has fewer fields`() {
        let bytes = Self.reports[3].bytes
        for count in bytes.indices {
            guard let report = LoadReport(bytes: Array(bytes[..<count])) else { continue }
            #expect(report.inFlight == (count >= 2 ? 3 : 0))
            #expect(report.decodeRate == nil)
        }
        #expect(LoadReport(bytes: Array(bytes.dropLast())) == nil)
    }

    @Test func `Figures that cannot be are unknown`() {
        let nan: [UInt8] = [0, 0, 0xC0, 0x7F]
        let minusOne: [UInt8] = [0, 0, 0x80, 0xBF]
        let infinite: [UInt8] = [0, 0, 0x80, 0x7F]
        for value in [nan, minusOne, infinite] {
            let report = LoadReport(bytes: [0x08, 2] + [0x25] + value + [0x2D] + value + [0x35] + value)
            #expect(report == LoadReport(inFlight: 2))
        }
        #expect(LoadReport(bytes: [0x1D] + nan) == LoadReport(inFlight: 0))
        #expect(LoadReport(bytes: [0x1D] + minusOne) == LoadReport(inFlight: 0))
        // More waiting than there are calls; more calls than any process has.
        #expect(LoadReport(bytes: [0x08, 2, 0x10, 9]) == LoadReport(inFlight: 2, queued: 2))
        #expect(LoadReport(bytes: [0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]) == LoadReport(inFlight: LoadReport.most))
    }

    @Test func `A report that is too long is ignored, even if it is well formed`() {
        let unknown: ([UInt8]) -> [UInt8] = { [0x08, 2, 0xA2, 0x06] + [UInt8($0.count & 0x7F | 0x80), UInt8($0.count >> 7)] + $0 }
        let longest = unknown(Array(repeating: 0, count: NodeReportLimits().loadReport - 6))
        #expect(longest.count == 256)
        #expect(LoadReport(bytes: longest) == LoadReport(inFlight: 2))
        #expect(LoadReport(bytes: unknown(Array(repeating: 0, count: NodeReportLimits().loadReport - 5))) == nil)
    }

    @Test(arguments: [UInt64](1...64)) func `Any bytes are a report within its range or none`(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func next() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        for _ in 0..<200 {
            guard let report = LoadReport(bytes: (0..<Int(next()) % 40).map { _ in next() }) else { continue }
            #expect((0...LoadReport.most).contains(report.inFlight))
            #expect(report.queued.map { (0...report.inFlight).contains($0) } ?? true)
            #expect(report.slots.map { (1...Double(LoadReport.most)).contains($0) } ?? true)
            for figure in [report.serviceTime, report.prefillRate, report.decodeRate] { #expect(figure.map { $0 > 0 && $0.isFinite } ?? true) }
        }
    }
}
