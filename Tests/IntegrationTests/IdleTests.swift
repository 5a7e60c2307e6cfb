import Foundation
import Testing

extension Integration {
    /// What runs and has nothing to do costs nothing: people have it on laptops.
    @Suite struct IdleTests {
        @Test func `A host and a node with plugins rest while nobody calls`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}}"))
            let (host, url) = try await scene.startHost(scene.hostConfiguration(
                nodes: [port], llm: "echo-llm", plugins: "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}}"))
            try await scene.replica("echo-llm-1", "local", "ready", of: url)
            try await scene.replica("echo-llm-1", "lan", "ready", of: url)
            // What begins is over.
            try await Task.sleep(for: .seconds(2))
            let before = try [host, node].map(Self.processorTime)
            try await Task.sleep(for: .seconds(3))
            for (program, (before, after)) in zip(["host", "node"], zip(before, try [host, node].map(Self.processorTime))) {
                #expect(after - before < 0.6, "the \(program) worked \(after - before) s of 3 s")
            }
        }

        /// Seconds that the process has worked.
        private static func processorTime(_ program: Program) throws -> Double {
            let text = try String(contentsOfFile: "/proc/\(program.id)/stat", encoding: .utf8)
            let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
            let ticks = try #require(Double(fields[11])) + #require(Double(fields[12]))
            return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }
}
