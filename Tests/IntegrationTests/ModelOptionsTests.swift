import Foundation
import Testing

extension Integration {
    /// A real model, option by option, from OpenAI's client through the host to llama.cpp.
    @Suite(.timeLimit(.minutes(5)))
    struct ModelOptionsTests {
        @Test func `Every option that SmolLM2 declares has its effect`() async throws {
            let python = ProcessInfo.processInfo.environment["HECTOR_TEST_PYTHON"] ?? Scene.package.appending(path: ".build/test-python/bin/python").path
            let smollm = Scene.package.appending(path: "examples/plugins/smollm").path
            guard FileManager.default.isExecutableFile(atPath: python), FileManager.default.isExecutableFile(atPath: smollm + "/.venv/bin/python") else { return }
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let url = try await scene.startHost(scene.hostConfiguration(
                llm: "smollm", plugins: "  llm_providers: {smollm: {path: \(smollm)/smollm, config: {max_tokens: 400}}}")).url
            try await scene.replica("smollm-1", "ready", of: url, within: .seconds(60))
            let script = Scene.package.appending(path: "Tests/InteropTests/http/smollm_options.py").path
            let client = try scene.start(executable: python, [script, url, "smollm"])
            #expect(try await client.exit(within: .seconds(240)) == 0, "\(client.said)")
        }
    }
}
