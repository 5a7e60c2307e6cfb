import Foundation
import FoundationNetworking
import Testing

extension Integration {
    /// What people run already, as children of a host and behind a node over mutual TLS: a replica that is killed while calls come takes none of them along.
    @Suite(.timeLimit(.minutes(5)))
    struct KilledReplicaTests {
        enum Place: CaseIterable { case child, node }

        private static func example(_ name: String) -> String { Scene.package.appending(path: "examples/plugins/\(name)/\(name)").path }
        private static func isHere(_ name: String) -> Bool {
            FileManager.default.isExecutableFile(atPath: Scene.package.appending(path: "examples/plugins/\(name)/.venv/bin/python").path)
        }

        /// - Returns: The program whose children the replicas are, and the host's address.
        private func start(_ scene: Scene, _ place: Place, section: String, name: String, entry: String, more: String = "") async throws -> (owner: Program, url: String) {
            let here = "  \(section): {\(name): {\(entry), replicas: 2}}" + more
            let llm = section == "llm_providers" ? name : "model"
            let owner: Program
            let url: String
            switch place {
            case .child: (owner, url) = try await scene.startHost(scene.hostConfiguration(llm: llm, plugins: here))
            case .node:
                let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: here))
                owner = node
                url = try await scene.startHost(scene.hostConfiguration(nodes: [port], llm: llm, plugins: "  \(section): {\(name): {}}" + more)).url
            }
            for number in 1...2 { try await scene.replica("\(name)-\(number)", "ready", of: url, within: .seconds(60)) }
            return (owner, url)
        }

        private func post(_ url: String, _ body: String) async throws -> String {
            var request = URLRequest(url: try #require(URL(string: url)))
            request.httpMethod = "POST"
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.httpBody = Data(body.utf8)
            let (data, response) = try await URLSession.shared.data(for: request)
            return "\((response as? HTTPURLResponse)?.statusCode ?? 0) \(String(decoding: data, as: UTF8.self))"
        }

        /// Eight calls at once, and the death of a process of that program in the middle.
        private func calls(_ owner: Program, _ program: String, _ call: @escaping @Sendable (Int) async throws -> String) async throws -> [String] {
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        if number == 4 {
                            let words = { (id: Int32) in (try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8)) ?? "" }
                            let child = try #require(owner.children.first { words($0).contains(program) })
                            kill(child, SIGKILL)
                        }
                        return try await call(number)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }

        @Test(.enabled(if: isHere("smollm")), arguments: Place.allCases) func `SmolLM2`(place: Place) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (owner, url) = try await start(scene, place, section: "llm_providers", name: "smollm", entry: "path: \(Self.example("smollm"))")
            let answers = try await calls(owner, "smollm.py") { _ in
                try await post(url + "/v1/chat/completions", #"{"model": "smollm", "max_tokens": 6, "messages": [{"role": "user", "content": "Name a colour."}]}"#)
            }
            #expect(answers.allSatisfy { $0.hasPrefix("200 ") && $0.contains(#""content":""#) }, "\(answers)")
            try await scene.replica("smollm-1", "ready", of: url, within: .seconds(60))
            try await scene.replica("smollm-2", "ready", of: url, within: .seconds(60))
        }

        @Test(.enabled(if: isHere("minilm")), arguments: Place.allCases) func `MiniLM`(place: Place) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let model = "\n  llm_providers: {model: {path: \(Scene.product("echo-llm"))}}"
            let (owner, url) = try await start(
                scene, place, section: "embedder_providers", name: "minilm", entry: "path: \(Self.example("minilm"))", more: model)
            let answers = try await calls(owner, "minilm.py") { _ in
                try await post(url + "/v1/embeddings", #"{"model": "minilm", "input": ["one text", "another text"]}"#)
            }
            // The same vectors, whichever replica made them.
            let first = try #require(answers.first)
            #expect(first.hasPrefix("200 ") && first.contains(#""index":1"#) && Set(answers).count == 1, "\(Set(answers).count) answers: \(first.prefix(300))")
        }
    }
}
