import HectorCore
import HectorMesh
import Testing

@testable import HectorHost

@Suite struct StoreReportTests {
    @Test func `A replica with another store is said once for as long as that lasts`() {
        var report = StoreReport()
        let replicas = ["one", "two"].map { ReplicaID(PluginKey(.database, "vectors"), host: "gpu", replica: $0) }
        #expect(report.lines(for: []).isEmpty)
        let lines = report.lines(for: replicas)
        #expect(lines.count == 2 && lines[0].hasPrefix("vectors: the replica one@gpu is not used"))
        #expect(report.lines(for: replicas).isEmpty)
        #expect(report.lines(for: [replicas[1]]).isEmpty)
        #expect(report.lines(for: replicas).count == 1, "it came back")
    }
}
