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

    @Test func whatIsInheritedIsNotGivenOut() {
        let alone = Descriptors(limit: 1_024), crowded = Descriptors(limit: 1_024, inherited: 300)
        func connections(_ descriptors: Descriptors, replicas: Int = 3) -> Int {
            descriptors.connections(replicas: replicas, nodes: 0, processors: 2, ceiling: 1_024)
        }
        #expect(connections(crowded) == connections(alone) - 300)
        #expect(connections(Descriptors(limit: 1_024, inherited: 1_000)) == 6)
        #expect(connections(Descriptors(limit: 1_024, inherited: 1_024)) == 1)
    }

    /// The soft limit goes up to the hard one, and a child has the one that was there before.
    @Test func theLimitIsRaisedForThisProcessOnly() async throws {
        let (child, output) = try await run("ulimit -Sn 300; ulimit -Hn 5000; exec \(Workshop.product("host-probe")) limit")
        #expect(try output.readToEnd().map { String(decoding: $0, as: UTF8.self) } == "5000 300 5000\n")
        #expect(try await child.exit() == .code(0))
    }

    @Test func whatAProgramInheritsIsCounted() async throws {
        func inherited(_ extra: Int) async throws -> Int {
            let (child, output) = try await run(
                "for ((n = 0; n < \(extra); n++)); do exec {fd}</dev/null; done; exec \(Workshop.product("host-probe")) inherited")
            let said = try output.readToEnd().map { String(decoding: $0, as: UTF8.self) } ?? ""
            #expect(try await child.exit() == .code(0))
            return try #require(Int(said.filter { !$0.isNewline }))
        }
        #expect(try await inherited(40) == inherited(0) + 40)
    }
}
