import HectorCore
import HectorProviders
import Synchronization
import Testing

@testable import HectorBuiltins

@Suite struct SocketTableTests {
    private typealias End = SocketTable.End

    /// From a machine: Ollama at 127.0.0.1, a server of both families at any address, and connections to it.
    private let tcp = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:2CAA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 12345 1 0000000000000000 100 0 0 10 0
           1: 0100007F:C350 0100007F:2CAA 01 00000000:00000000 00:00000000 00000000  1000        0 777 1 0000000000000000 20 4 30 10 -1
           2: 0100007F:2CAA 0100007F:C350 01 00000000:00000000 00:00000000 00000000   998        0 778 1 0000000000000000 20 4 30 10 -1
           3: 0100007F:2CAA 0100007F:C351 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000000000000 20 4 30 10 -1
           4: 0200A8C0:2CAA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 55 1 0000000000000000 100 0 0 10 0

        """
    private let tcp6 = """
          sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 99 1 0000000000000000 100 0 0 10 0
           1: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:C360 01 00000000:00000000 00:00000000 00000000  1000        0 100 1 0000000000000000 20 4 30 10 -1
           2: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:C361 08 00000000:00000000 00:00000000 00000000  1001        0 101 1 0000000000000000 20 4 30 10 -1
        not a line
           3: 0100007F:XXXX 00000000:0000 0A 0 0 0 0 0 0 0

        """

    private var table: SocketTable {
        var table = SocketTable()
        table.read(Array(tcp.utf8))
        table.read(Array(tcp6.utf8))
        return table
    }

    @Test func `Listeners are those that this machine reaches at the port`() {
        #expect(table.sockets.count == 8)
        let ollama = table.listeners(at: 11434)
        #expect(ollama.map(\.user) == [998] && ollama.map(\.inode) == [12345] && ollama[0].local == End(address: [127, 0, 0, 1], port: 11434))
        // 192.168.0.2 is another address.
        #expect(table.listeners(at: 8080).map(\.local) == [End(address: [UInt8](repeating: 0, count: 16), port: 8080)])
        #expect(table.listeners(at: 1).isEmpty)
    }

    @Test func `The server's side of a connection tells whose it is, once it is accepted`() {
        let local: [UInt8] = [127, 0, 0, 1]
        let ollama = End(address: local, port: 11434)
        #expect(table.accepted(by: ollama, from: End(address: local, port: 50_000))?.user == 998, "and not the client's own side, 1000")
        #expect(table.accepted(by: ollama, from: End(address: local, port: 50_001)) == nil, "not accepted: the kernel says root")
        #expect(table.accepted(by: ollama, from: End(address: local, port: 50_002)) == nil)
        #expect(table.accepted(by: End(address: local, port: 8080), from: End(address: local, port: 0xC360))?.user == 1000, "::ffff:127.0.0.1")
        let loopback6 = [UInt8](repeating: 0, count: 15) + [1]
        #expect(table.accepted(by: End(address: loopback6, port: 8080), from: End(address: loopback6, port: 0xC361))?.user == 1001)
    }

    @Test func `A guard waits until a connection is accepted, and refuses strangers`() async throws {
        let local: [UInt8] = [127, 0, 0, 1]
        let (server, client) = (End(address: local, port: 11434), End(address: local, port: 50_000))
        let looks = Mutex(0)
        let now = Mutex(Instant())
        let timing = Timing(
            now: { now.withLock { $0 } }, sleepUntil: { moment in now.withLock { $0 = moment } }, random: { $0.lowerBound })
        func watch(_ allowed: Set<UInt32>, after pauses: Int = 0) -> ConnectionGuard {
            looks.withLock { $0 = 0 }
            return ConnectionGuard(allowed: allowed, timing: timing, limits: BuiltinLimits()) { [table] in
                looks.withLock { looks in
                    looks += 1
                    return looks > pauses ? table : SocketTable()
                }
            }
        }
        try await watch([998]).check(server, client)
        try await watch([998], after: 10).check(server, client)
        #expect(looks.withLock { $0 } == 11)
        let refused = await #expect(throws: ProviderError.self) { try await watch([0, 1000]).check(server, client) }
        #expect(refused?.code == .permissionDenied && refused?.message.contains("who is not among adopt.users") == true)
        let late = await #expect(throws: ProviderError.self) { try await watch([998], after: .max).check(server, client) }
        #expect(late?.code == .unavailable)
    }
}

@Suite struct EngineToldTests {
    private func told(_ engine: LocalEngine, _ answers: String...) throws -> EngineTold? {
        EngineTold(engine, try answers.map { try JSONText(Array($0.utf8)) }, limits: BuiltinLimits())
    }

    @Test func `Ollama tells digests, and of each model what it is`() throws {
        let digest = String(repeating: "ab", count: 32)
        let told = try #require(try told(
            .ollama, #"{"version":"0.12.3"}"#,
            #"{"models":[{"name":"llama3.2:3b","model":"llama3.2:3b","digest":"\#(digest)","details":{"family":"llama"}},{"name":"no details"},7]}"#))
        #expect(told.version == "0.12.3" && told.models.map(\.name) == ["llama3.2:3b"] && told.models[0].digest == "sha256:\(digest)")
        let shown = try JSONText(Array(#"{"capabilities":["completion","tools","vision"],"model_info":{"llama.context_length":131072}}"#.utf8))
        let model = EngineTold.complete(told.models[0], shown: shown)
        #expect(model.kind == .llm && model.context == 131_072 && model.takesImages)
        let embedder = EngineTold.complete(told.models[0], shown: try JSONText(Array(#"{"capabilities":["embedding"]}"#.utf8)))
        #expect(embedder.kind == .embedder)
    }

    @Test func `The other engines tell it each in their way`() throws {
        let llama = try #require(try told(
            .llamaCPP, #"{"default_generation_settings":{"n_ctx":4096},"total_slots":2,"build_info":"b1"}"#,
            #"{"models":[{"capabilities":["completion"]}],"data":[{"id":"/models/Smol.Q4.gguf","owned_by":"llamacpp"}]}"#))
        #expect(llama.slots == 2 && llama.models == [EngineTold.Model(id: "/models/Smol.Q4.gguf", name: "Smol.Q4", kind: .llm, context: 4096)])
        let studio = try #require(try told(.lmStudio, #"""
            {"object":"list","data":[{"id":"a","type":"vlm","state":"loaded","max_context_length":9},{"id":"b","type":"embeddings","state":"not-loaded"},
            {"id":"c","type":"tts","state":"loaded"}]}
            """#))
        #expect(studio.models.map(\.kind) == [.llm, .embedder] && studio.models[0].takesImages && studio.models[0].context == 9)
        let vllm = try #require(try told(
            .vllm, #"{"version":"0.11.0"}"#, #"{"data":[{"id":"Qwen/Qwen3-0.6B","owned_by":"vllm","max_model_len":32768}]}"#))
        #expect(vllm.version == "0.11.0" && vllm.models == [EngineTold.Model(id: "Qwen/Qwen3-0.6B", name: "Qwen/Qwen3-0.6B", kind: .llm, context: 32768)])
        func kind(_ paths: String) throws -> EngineTold.Model.Kind? {
            var told = vllm
            told.completeVLLM(try JSONText(Array(#"{"paths":{\#(paths)}}"#.utf8)))
            return told.models.first?.kind
        }
        #expect(try kind(#""/v1/models":{},"/v1/embeddings":{},"/pooling":{}"#) == .embedder)
        #expect(try kind(#""/v1/embeddings":{},"/v1/chat/completions":{}"#) == .llm, "versions before 0.11 have both")
        #expect(try kind("") == .llm)
    }

    @Test func `What answers as another engine does is not taken for this one`() throws {
        let models = #"{"data":[{"id":"a","owned_by":"hector"}]}"#
        #expect(try told(.ollama, #"{"version":"1"}"#, #"{"models":{}}"#) == nil)
        #expect(try told(.ollama, #"{"version":1}"#, #"{"models":[]}"#) == nil)
        #expect(try told(.llamaCPP, #"{"default_generation_settings":{},"total_slots":1}"#, models) == nil)
        #expect(try told(.llamaCPP, "{}", #"{"data":[{"id":"a","owned_by":"llamacpp"}]}"#) == nil)
        #expect(try told(.lmStudio, models) == nil)
        #expect(try told(.vllm, #"{"version":"1"}"#, models) == nil)
        #expect(try told(.vllm, #"{"version":"1"}"#) == nil)
    }
}
