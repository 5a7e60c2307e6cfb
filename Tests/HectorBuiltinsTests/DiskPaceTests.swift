@testable import HectorBuiltins
import Testing

@Suite struct DiskPaceTests {
    private let start = ContinuousClock.now

    /// Writes, each with when it began and how long it took, in milliseconds.
    private func pace(_ writes: [(at: Int, took: Double)]) -> DiskPace {
        var pace = DiskPace()
        for (at, took) in writes {
            let began = start.advanced(by: .milliseconds(at))
            pace.wrote(from: began, to: began.advanced(by: .milliseconds(took)))
        }
        return pace
    }

    private func isQuick(_ pace: DiskPace, at: Int) -> Bool { pace.isQuick(at: start.advanced(by: .milliseconds(at))) }

    private let burst = (0..<DiskPace.enough).map { (at: $0, took: 0.2) }

    @Test func `A write stays on its thread after enough quick ones, and not before`() {
        #expect(!isQuick(DiskPace(), at: 0))
        #expect(!isQuick(pace(burst.dropLast()), at: 20))
        #expect(isQuick(pace(burst), at: 20))
    }

    @Test func `After a slow write all of them must be quick again`() {
        #expect(!isQuick(pace(burst + [(at: 20, took: 1.5)]), at: 22))
        let later = burst.map { (at: $0.at + 30, took: $0.took) }
        #expect(!isQuick(pace(burst + [(at: 20, took: 1.5)] + later.dropLast()), at: 50))
        #expect(isQuick(pace(burst + [(at: 20, took: 1.5)] + later), at: 50))
    }

    @Test func `After a pause the disk may be asleep`() {
        #expect(isQuick(pace(burst), at: 110))
        #expect(!isQuick(pace(burst), at: 120))
        // One write after the pause says nothing of the next.
        #expect(!isQuick(pace(burst + [(at: 200, took: 0.2)]), at: 201))
        #expect(isQuick(pace(burst + burst.map { (at: $0.at + 200, took: $0.took) }), at: 217))
    }
}
