import Foundation
import Testing

/// A real engine with a small model: llama.cpp's server.
enum Engines {
    static let key = "key-of-the-engine"
    private static let python = Scene.package.appending(path: "examples/plugins/smollm/.venv/bin/python").path
    private static let model = FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache/hector/models/SmolLM2-135M-Instruct.Q4_1.gguf").path

    static let isThere = FileManager.default.isExecutableFile(atPath: python) && FileManager.default.fileExists(atPath: model)
    static let missing: Comment = "examples/plugins/smollm has no Python environment or no model: .ci/test makes them"

    /// - Parameter key: What callers must show; nil for nothing.
    /// - Returns: The beginning of its API, once it listens.
    static func llama(_ scene: Scene, port: Int = 0, embeddings: Bool = false, key: String? = key) async throws -> (program: Program, url: String) {
        let script = Scene.package.appending(path: "Tests/Fixtures/engines/llama_server.py").path
        let program = try scene.start(executable: python, [script, model, "\(port)"] + (embeddings ? ["embeddings"] : []) + (key.map { [$0] } ?? []))
        let line = try await program.says("listening url=", within: .seconds(60))
        return (program, try #require(line.split(separator: "url=").last.map { "\($0)/v1" }))
    }
}
