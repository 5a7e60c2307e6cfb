import Foundation
import Testing

extension Integration {
    /// `hector plugin new`: what it writes builds, and passes `hector plugin test`.
    @Suite(.timeLimit(.minutes(3)))
    struct PluginNewTests {
        private static let kinds = ["llm_provider", "database_provider", "embedder_provider", "tool_provider", "reasoning_strategy"]

        /// Runs a program in the scene's folder.
        private func run(_ scene: Scene, _ command: String, environment: [String: String] = [:], within limit: Duration = .seconds(120)) async throws -> (status: Int32, output: String) {
            let path = "\(URL(filePath: Scene.product("hector")).deletingLastPathComponent().path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
            let shell = try scene.start(
                executable: "/bin/sh", ["-c", "cd \(scene.folder) && \(command)"], environment: environment.merging(["PATH": path]) { $1 })
            return (try await shell.exit(within: limit), shell.said)
        }

        private func passes(_ scene: Scene, _ name: String, environment: [String: String] = [:]) async throws {
            let test = try await run(scene, "hector plugin test ./\(name)/\(name)", environment: environment)
            #expect(test.status == 0, "\(test.output)")
            // By its name, in the configuration that was written with it.
            let named = try await run(scene, "cd \(name) && hector plugin test \(name) --only health --only get-manifest", environment: environment)
            #expect(named.status == 0 && named.output.contains("2 ok"), "\(named.output)")
        }

        @Test func `The program has the templates as they are`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let check = try await run(scene, "\(Scene.package.path)/examples/templates/embed --check")
            #expect(check.status == 0, "\(check.output)")
        }

        @Test(.enabled(if: TestPython.path != nil, TestPython.missing), arguments: kinds)
        func `A plugin in Python builds and passes`(kind: String) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let python = ["PLUGIN_PYTHON": try #require(TestPython.path)]
            let new = try await run(scene, "hector plugin new my-py --type \(kind) --language python")
            #expect(new.status == 0 && new.output.contains("hector plugin test ./my-py"), "\(new.output)")
            let unbuilt = try await run(scene, "HECTOR_PLUGIN=hector_plugin_v1 my-py/my-py", environment: python)
            #expect(unbuilt.status == 1 && unbuilt.output.contains("is not built: run"), "\(unbuilt.output)")
            let build = try await run(scene, "my-py/build", environment: python)
            #expect(build.status == 0, "\(build.output)")
            try await passes(scene, "my-py", environment: python)
        }

        /// The one in one file; those of each kind are the templates.
        @Test(.enabled(if: TestPython.path != nil, TestPython.missing)) func `The worked example of the protocol's page passes`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let page = try String(contentsOf: Scene.package.appending(path: "docs/plugin-protocol.md"), encoding: .utf8)
            func block(_ language: String) throws -> String {
                let begin = try #require(page.range(of: "\n```\(language)\n"))
                return String(page[begin.upperBound..<(try #require(page.range(of: "\n```\n", range: begin.upperBound..<page.endIndex))).lowerBound]) + "\n"
            }
            try FileManager.default.createDirectory(atPath: "\(scene.folder)/echo-py", withIntermediateDirectories: true)
            try scene.write("echo-py/echo-py", block("python"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(scene.folder)/echo-py/echo-py")
            try scene.write("echo-py/echo-py.plugin.yaml", block("yaml"))
            let python = URL(filePath: try #require(TestPython.path)).deletingLastPathComponent().path
            let test = try await run(
                scene, "PATH=\(python):$PATH hector plugin test echo-py/echo-py", environment: ["PYTHONPATH": Scene.package.appending(path: "proto").path])
            #expect(test.status == 0, "\(test.output)")
        }

        @Test(.enabled(if: TestGo.isHere, TestGo.missing), arguments: ["llm_provider", "tool_provider"])
        func `A plugin in Go builds and passes`(kind: String) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let build = try await run(scene, "hector plugin new my-go --type \(kind) --language go && my-go/build")
            #expect(build.status == 0, "\(build.output)")
            try await passes(scene, "my-go")
        }

        /// The package builds each template as a target, so that its program is there: the SDK is not built once more.
        @Test(arguments: zip(kinds, ["llm", "database", "embedder", "tool", "strategy"]))
        func `A plugin in Swift is what the package builds, and passes`(kind: String, product: String) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let new = try await run(scene, "hector plugin new my-plugin --type \(kind) --language swift --sdk \(Scene.package.path)")
            #expect(new.status == 0, "\(new.output)")
            let written = try String(contentsOfFile: "\(scene.folder)/my-plugin/Sources/my-plugin/main.swift", encoding: .utf8)
            #expect(try written == String(contentsOf: Scene.package.appending(path: "examples/templates/swift/\(kind)/main.swift"), encoding: .utf8))
            try FileManager.default.createSymbolicLink(
                atPath: "\(scene.folder)/my-plugin/my-plugin", withDestinationPath: Scene.product("template-\(product)"))
            try await passes(scene, "my-plugin")
        }

        @Test func `A package in Swift depends on the SDK where it is`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            for (folder, option, expected, name) in [
                ("a", "--sdk \(Scene.package.path)", "path: \"\(Scene.package.path)\"", "hector"), ("b", "", "path: \"../hector\"", "hector"),
                ("c", "--sdk https://example.org/mesh.git", "url: \"https://example.org/mesh.git\", branch: \"main\"", "mesh"),
                ("d", "--sdk ./x", "path: \"\(scene.folder)/x\"", "hector"),
            ] {
                let new = try await run(scene, "hector plugin new my-\(folder) --type llm_provider --language swift \(option)")
                #expect(new.status == 0, "\(new.output)")
                let package = try String(contentsOfFile: "\(scene.folder)/my-\(folder)/Package.swift", encoding: .utf8)
                #expect(package.contains(expected) && package.contains("name: \"my-\(folder)\""), "\(package)")
                // SwiftPM knows a package by the last part of its address.
                #expect(package.contains("package: \"\(name)\""), "\(package)")
            }
            let dump = try await run(scene, "swift package --package-path my-a dump-package")
            #expect(dump.status == 0 && dump.output.contains("HectorPlugin"), "\(dump.output)")
        }

        @Test func `Nothing is overwritten, and what is not understood is told in words`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            try scene.write("taken", "mine")
            for (words, expected) in [
                ("taken --type tool_provider --language go", "taken exists: choose another name, or remove it"),
                ("My_tool --type tool_provider --language go", "'My_tool' cannot be a plugin's name: use 1 to 62 of a-z, 0-9 and -"),
                ("../up --type tool_provider --language go", "cannot be a plugin's name"),
                ("x --type tools --language go", "the type must be one of llm_provider, "),
                ("x --type tool_provider --language rust", "the languages are swift, python, go"),
                ("x --type database_provider --language go", "only of llm_provider and tool_provider"),
                ("x --type tool_provider --language go --sdk y", "--sdk is for Swift"),
            ] {
                let new = try await run(scene, "hector plugin new \(words)")
                #expect(new.status == 1 && new.output.contains(expected), "\(new.output)")
            }
            #expect(try String(contentsOfFile: "\(scene.folder)/taken", encoding: .utf8) == "mine")
            #expect(!FileManager.default.fileExists(atPath: "\(scene.folder)/x"))
        }
    }
}
