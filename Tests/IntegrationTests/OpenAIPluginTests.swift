import Foundation
@testable import HectorBuiltins
import HectorProgram
import HectorProviders
import Synchronization
import Testing

extension Integration {
    /// The built-in plugin for OpenAI's API, at real servers of it.
    @Suite(.enabled(if: Engines.isThere, Engines.missing), .timeLimit(.minutes(5)))
    struct OpenAIPluginTests {
        private let user = #"{"role": "user", "content": "Name a colour."}"#

        private func entry(_ url: String, more: String = "") -> String {
            "  llm_providers: {llama: {openai: {url: \"\(url)\", key: \"${ENGINE_KEY}\"}\(more)}}\n"
        }

        private let key = ["ENGINE_KEY": Engines.key]

        @Test func `A model of llama.cpp is a plugin as any other, and passes its test`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (_, engine) = try await Engines.llama(scene)
            let path = try scene.hostConfiguration(llm: "llama", plugins: entry(engine, more: ", replicas: 2"))
            // So small a model may write JSON without end where no schema binds it: that option is tried below, with one.
            let plain = #"{url: "\#(engine)", key: "${ENGINE_KEY}", options: [temperature, top_p, top_k, seed, max_tokens, stop, token_ids]}"#
            let trial = try scene.hostConfiguration(llm: "llama", plugins: "  llm_providers: {llama: {openai: \(plain)}}")
            let tested = try scene.start("hector", ["plugin", "test", "llama", "--config", trial], environment: key)
            let status = try await tested.exit(within: .seconds(240))
            #expect(status == 0, "\(tested.said)")
            for check in ["generate-from-text", "generate-from-tokens", "token_ids", "count-tokens"] {
                #expect(tested.said.split(separator: "\n").contains { line in line.hasPrefix("ok ") && line.contains(check) }, "\(check): \(tested.said)")
            }

            let (host, url) = try await scene.startHost(path, environment: key)
            let line = try await scene.replica("llama-1", "ready", of: url)
            #expect(!line.contains(Engines.key))
            for streamed in [false, true] {
                let answer = try await ChatAnswer(user, #", "max_tokens": 5, "seed": 7, "temperature": 0"#, streamed: streamed, of: url)
                #expect(answer.status == 200 && !answer.text.isEmpty && answer.ignored == nil, "\(answer.body)")
                if !streamed { #expect(answer.body.contains(#""finish_reason":"length""#) && answer.body.contains(#""completion_tokens":5"#), "\(answer.body)") }
            }
            let format = #", "response_format": {"type": "json_schema", "json_schema": {"name": "colour", "schema": {"enum": ["red", "blue"]}}}"#
            let formatted = try await ChatAnswer(user, format, streamed: false, of: url)
            #expect(formatted.status == 200 && [#"\"red\""#, #"\"blue\""#].contains(formatted.text), "\(formatted.body)")
            let long = try await ChatAnswer(#"{"role": "user", "content": "\#(String(repeating: "word ", count: 5_000))"}"#, streamed: false, of: url)
            #expect(long.status == 400 && long.body.contains("context_length_exceeded"), "\(long.body)")

            // The key is in no argument and no environment, and nothing was said of it.
            for child in host.children {
                let arguments = try String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8)
                let environment = try String(contentsOfFile: "/proc/\(child)/environ", encoding: .utf8)
                #expect(arguments.contains("hector-plugins\0openai") && !arguments.contains(Engines.key) && !environment.contains(Engines.key))
            }
            #expect(host.children.count == 2 && !host.said.contains(Engines.key))
        }

        /// The ids of an answer's tokens, and the rest of it from some of them.
        @Test func `llama.cpp tells the ids of tokens, goes on from them, and counts those of a conversation`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (_, engine) = try await Engines.llama(scene)
            let model = OpenAIModel(timing: .system())
            try await model.initialize(config: ["url": engine, "key": Engines.key])
            let capabilities = model.about.capabilities
            #expect(capabilities["generate_from"] == "text,tokens" && capabilities["count_tokens"] == "true" && capabilities["options"]?.contains("token_ids") == true)
            var request = GenerateRequest()
            request.messages = [Message(role: "user", content: "Say where the sun rises, in French.")]
            (request.options.temperature, request.options.seed, request.options.maxTokens, request.options.tokenIds) = (0, 1, 16, true)
            let chunks = Mutex<[StreamChunk]>([])
            let end = try await model.generateStreaming(request) { chunk in chunks.withLock { $0.append(chunk) } }
            let pieces = chunks.withLock { $0 }
            let ids = pieces.flatMap(\.tokenIds)
            #expect(end.finishReason == .length && end.tokensUsed == 16 && ids.count == 16, "\(ids)")
            // The same again, from the middle on.
            var further = GenerateFromRequest()
            further.request = request
            further.request.options.maxTokens = 8
            further.tokens.ids = Array(ids.prefix(8))
            chunks.withLock { $0 = [] }
            let second = try await model.generateFrom(further) { chunk in chunks.withLock { $0.append(chunk) } }
            let rest = chunks.withLock { $0 }
            #expect(rest.flatMap(\.tokenIds) == Array(ids.dropFirst(8)) && second.tokensUsed == 8 && second.finishReason == .length)
            #expect(pieces.map(\.text).joined().hasSuffix(rest.map(\.text).joined()))
            // What was asked for is what was counted, whichever way.
            let counted = try await model.countTokens(request)
            #expect(counted == Int(end.usage?.promptTokens ?? 0) && counted + 8 == Int(second.usage?.promptTokens ?? 0))
            further.request.tools = [ToolDefinition()]
            let refused = await #expect(throws: ProviderError.self) { try await model.generateFrom(further) { _ in } }
            #expect(refused?.code == .unsupported)
        }

        @Test func `It waits for its server, and says what is wrong until then`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (first, engine) = try await Engines.llama(scene)
            let port = try #require(engine.split(separator: ":").last.flatMap { Int($0.prefix { $0 != "/" }) })
            first.signal(SIGKILL)
            _ = try await first.exit()
            let url = try await scene.startHost(scene.hostConfiguration(llm: "llama", plugins: entry(engine)), environment: key).url
            try await scene.replica("llama-1", "checking: nothing listens at http://127.0.0.1:\(port)/v1", of: url)
            _ = try await Engines.llama(scene, port: port)
            try await scene.replica("llama-1", "ready", of: url, within: .seconds(20))
            // What it can do was asked again: this is no option of OpenAI's.
            let answer = try await ChatAnswer(user, #", "max_tokens": 3, "top_k": 1"#, streamed: false, of: url)
            #expect(answer.status == 200 && answer.ignored == nil, "\(answer.body) \(answer.ignored ?? "")")

            let wrong = try await scene.startHost(scene.hostConfiguration(llm: "llama", plugins: entry(engine)), environment: ["ENGINE_KEY": "some-other-key"])
            let refused = try await ChatAnswer(user, streamed: false, of: wrong.url)
            #expect(refused.status == 503 && refused.body.contains("rejects the key: correct key in the plugin's configuration"), "\(refused.body)")
            #expect(!refused.body.contains("some-other-key") && !wrong.program.said.contains("some-other-key"))
        }

        @Test(arguments: KilledReplicaTests.Place.allCases) func `A replica that dies takes no answer along`(place: KilledReplicaTests.Place) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (_, engine) = try await Engines.llama(scene)
            let two = entry(engine, more: ", replicas: 2")
            let owner: Program
            let url: String
            switch place {
            case .child: (owner, url) = try await scene.startHost(scene.hostConfiguration(llm: "llama", plugins: two), environment: key)
            case .node:
                let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: two), environment: key)
                owner = node
                url = try await scene.startHost(scene.hostConfiguration(nodes: [port], llm: "llama", plugins: "  llm_providers: {llama: {}}")).url
            }
            for replica in ["llama-1", "llama-2"] { try await scene.replica(replica, "ready", of: url) }
            try await withThrowingTaskGroup(of: ChatAnswer.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        if number == 4, let child = owner.children.first { kill(child, SIGKILL) }
                        return try await ChatAnswer(user, #", "max_tokens": 4"#, streamed: false, of: url)
                    }
                }
                for try await answer in group { #expect(answer.status == 200, "\(answer.body)") }
            }
            try await scene.replica("llama-2", "ready", of: url)
        }

        @Test func `Vectors of llama.cpp's server`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (_, engine) = try await Engines.llama(scene, embeddings: true)
            let plugins = "  embedder_providers: {e: {openai: {url: \"\(engine)\", key: \"\(Engines.key)\"}}}\n  llm_providers: {model: {path: \(Scene.product("echo-llm"))}}"
            let path = try scene.hostConfiguration(plugins: plugins)
            let tested = try scene.start("hector", ["plugin", "test", "e", "--config", path])
            #expect(try await tested.exit(within: .seconds(120)) == 0, "\(tested.said)")
            let info = try await scene.hector("plugin", "call", "e", "GetEmbedderInfo", "{}", "--config", path)
            #expect(info.output.contains(#""dimension":576"#), "\(info.output)")
        }

        private func arguments(_ answer: ChatAnswer) -> String {
            answer.body.matches(of: /"arguments":"((?:[^"\\]|\\.)*)"/).map { String($0.output.1) }.joined()
        }

        /// Another `hector serve` is such a server, too: calls of tools travel through two of them.
        @Test func `A model of another Hector`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let far = try await scene.startHost(scene.hostConfiguration(llm: "actor", plugins: "  llm_providers: {actor: {path: \(Scene.product("actor"))}}")).url
            try await scene.replica("actor-1", "ready", of: far)
            let near = try await scene.startHost(scene.hostConfiguration(
                llm: "other", plugins: "  llm_providers: {other: {openai: {url: \"\(far)/v1\", model: actor}}}")).url
            try await scene.replica("other-1", "ready", of: near)
            try await scene.replica("other-1", "ready", of: near)
            let tools = #", "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]"#
            let image = #"{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}"#
            for (content, more) in [
                (#""say hello""#, ""), (#""weather in both""#, tools), (#""weather""#, tools + #", "parallel_tool_calls": false"#),
                (#""a person""#, #", "response_format": {"type": "json_object"}"#), (#"[{"type": "text", "text": "look"}, \#(image)]"#, ""),
            ] {
                for streamed in [false, true] {
                    let message = #"{"role": "user", "content": \#(content)}"#
                    let direct = try await ChatAnswer(model: "actor", message, more, streamed: streamed, of: far)
                    let through = try await ChatAnswer(model: "other", message, more, streamed: streamed, of: near)
                    #expect(direct.status == 200 && through.status == 200 && direct.text == through.text, "\(direct.body)\n\(through.body)")
                    #expect(arguments(direct) == arguments(through) && through.ignored == nil, "\(direct.body)\n\(through.body)")
                }
            }
        }
    }
}
