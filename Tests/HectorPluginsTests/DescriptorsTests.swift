import Foundation
import Glibc
import HectorPlugins
import Testing

@Suite struct DescriptorsTests {
    @Test func whatComesInLeavesAReserve() {
        let usual = Descriptors(limit: 1_024)
        let connections = usual.connections(replicas: 3, nodes: 2, processors: 2, ceiling: 1_024)
        #expect(connections == 1_024 - Descriptors.ownUse(processors: 2) - 3 * Descriptors.perReplica - 2 * Descriptors.perNode)
        #expect(Descriptors(limit: 1 << 20).connections(replicas: 64, nodes: 256, processors: 64, ceiling: 1_024) == 1_024)
        // Too little for everybody: some connections all the same.
        #expect(Descriptors(limit: 64).connections(replicas: 3, nodes: 0, processors: 2, ceiling: 1_024) == 16)
        #expect(Descriptors(limit: 1).connections(replicas: 3, nodes: 0, processors: 2, ceiling: 1_024) == 1)
    }

    /// The soft limit goes up to the hard one, and a child has the one that was there before.
    @Test func theLimitIsRaisedForThisProcessOnly() async throws {
        let (child, output) = try await run("ulimit -Sn 300; ulimit -Hn 5000; exec \(Workshop.product("host-probe")) limit")
        #expect(try output.readToEnd().map { String(decoding: $0, as: UTF8.self) } == "5000 300 5000\n")
        #expect(try await child.exit() == .code(0))
    }
}
