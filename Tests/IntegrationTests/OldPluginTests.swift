import Foundation
import FoundationNetworking
import Testing

extension Integration.CompatibilityTests {
    /// Plugins in other languages that were built from the .proto files of commit 291afae, unchanged beside one of today.
    @Suite(.timeLimit(.minutes(3)))
    struct OldPluginTests {
        enum Language: String, CaseIterable, Sendable {
            case go, python

            private static let interpreter: String = ProcessInfo.processInfo.environment["HECTOR_TEST_PYTHON"]
                ?? Scene.package.appending(path: ".build/test-python/bin/python").path

            /// Whether what it needs is installed.
            var isHere: Bool {
                switch self {
                case .go: FileManager.default.fileExists(atPath: "/usr/share/gocode/src/google.golang.org/grpc")
                case .python: FileManager.default.isExecutableFile(atPath: Self.interpreter)
                }
            }

            /// Makes the plugin of that commit: an executable without a manifest.
            func plugin(_ scene: Scene) async throws -> String {
                _ = try Build.earlier.product("echo-llm")
                let source = Scene.package.appending(path: ".build-compat/source").path
                switch self {
                case .go:
                    let made = scene.folder + "/made"
                    let build = try scene.start(
                        executable: source + "/examples/plugins/go-echo/build", [made], environment: ["HOME": scene.folder])
                    try #require(try await build.exit(within: .seconds(90)) == 0, "\(build.said)")
                    return try scene.script("old-echo", "exec \(made)/go-echo")
                case .python:
                    // The page is of today, its messages and services are of then.
                    let page = try String(contentsOf: Scene.package.appending(path: "docs/plugin-protocol.md"), encoding: .utf8)
                    let block = try #require(page.components(separatedBy: "```python\n").dropFirst().first?.components(separatedBy: "```").first)
                    let script = try scene.write("echo.py", block)
                    return try scene.script("old-echo", "PYTHONPATH=\(source)/proto exec \(Self.interpreter) \(script)")
                }
            }

            var autoMTLS: String { self == .go ? "offered" : "off" }

            /// What it says to "one two".
            var answer: String { self == .go ? "one two" : "You said: one two" }
        }

        @Test(arguments: Language.allCases, Build.allCases)
        func `An old plugin gets the calls that it can answer, under a node of either build, and a new one the others`(
            language: Language, node build: Build
        ) async throws {
            guard language.isHere else { return }
            let scene = try await Scene()
            defer { scene.close() }
            let old = try await language.plugin(scene)
            let (_, port) = try await scene.startNode(scene.nodeConfiguration(plugins: "  llm_providers: {echo-llm: {path: \(old), auto_mtls: \(language.autoMTLS)}}"), of: build)
            let (_, url) = try await scene.startHost(scene.hostConfiguration(
                nodes: [port], llm: "echo-llm", plugins: "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}}"))
            try await scene.replica("echo-llm-1", "local", "ready", of: url)
            try await scene.replica("echo-llm-1", "lan", "ready", of: url, within: .seconds(30))

            let plain = #"{"role": "user", "content": "one two"}"#
            let image = #"{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC"}}]}"#
            // Many at once: one alone would always go to the quicker one.
            let heard = try await withThrowingTaskGroup(of: Set<String>.self) { group in
                for caller in 0..<16 {
                    group.addTask {
                        var heard: Set<String> = []
                        for number in 0..<10 {
                            let told = try await ChatAnswer(
                                plain, #", "temperature": 0.5, "max_tokens": 50, "seed": 7"#, streamed: (number + caller) % 2 == 0, of: url)
                            heard.insert(told.text)
                            let seen = try await ChatAnswer(image, streamed: number % 2 == 0, of: url)
                            try #require(seen.status == 200 && seen.text == "[image/png, 3 bytes]", "call \(number): \(seen.text)")
                        }
                        return heard
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.formUnion($1) }
            }
            let mesh = try await scene.hector("mesh", "status", server: url).output
            #expect(heard == [language.answer, "one two"], "both were asked:\n\(mesh)")
        }
    }
}
