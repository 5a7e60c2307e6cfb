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

    @Test func `Other content under a name is said once`() {
        var report = StoreReport()
        let content = OtherContent(plugin: PluginKey(.llm, "m:1@sha256:b2"), name: "m:1", digest: "sha256:b2", hosts: ["gpu-1", "gpu-2"])
        #expect(report.lines(for: [], contents: [content]) == [
            "m:1: gpu-1, gpu-2 have other content under the name 'm:1' than the replicas that came first (digest sha256:b2): it is called by the name 'm:1@sha256:b2', here and in the configuration"
        ])
        #expect(report.lines(for: [], contents: [content]).isEmpty)
    }
}
