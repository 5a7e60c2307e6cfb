import HTTPTypes
import HectorAgents
import HectorCore
import HectorProviders
import Hummingbird
import HummingbirdTesting
import ScriptedProviders
import Testing

@testable import HectorAPI

/// `/runs`, and what agents that ask each other hand over in A2A.
@Suite struct RunTests {
    private let a2a = A2ATests()

    private func fixture(security: APISecurity = APISecurity()) -> APIFixture {
        let llm = ScriptedLLM { request, onChunk in
            guard request.messages.last?.role == "user" else {
                try await onChunk(.text("It is 2."))
                return 1
            }
            var call = ToolCall()
            (call.id, call.name, call.argumentsJson) = ("c", "calc__add", #"{"x": 1}"#)
            try await onChunk(.toolCall(call))
            return 1
        }
        return APIFixture(llm: llm, tools: ["calc": ScriptedTools([Tool(name: "add", description: "Adds.", parameters: "{}")])], security: security)
    }

    private static let events = ["model_called", "model_answered", "tool_called", "tool_ended", "model_called", "model_answered", "ended"]

    @Test func `An answer names its run, which is told whole and as a stream from any position`() async throws {
        try await fixture().application.test(.live) { client in
            for streamed in [false, true] {
                let question: JSON = ["model": "keen", "stream": .bool(streamed), "messages": [["role": "user", "content": "1+1?"]]]
                let reply = try await client.post("/v1/chat/completions", question)
                let id = try #require(reply.headers[text: "x-hector-run"])
                let run = try await client.get("/runs/\(id)").json
                #expect(run["state"] == "completed" && run["agent"] == "keen" && run["event_count"] == 7)
                #expect(run["delivered"] == (streamed ? ["pieces": 1, "bytes": 8] : ["pieces": 0, "bytes": 0]))
                #expect(run["events"]?[2]?["arguments"]?.string == #"{"x": 1}"# && run["events"]?[2]?["sequence"] == 3)
                var headers: HTTPFields = [.accept: "text/event-stream"]
                let all = try await client.get("/runs/\(id)", headers)
                #expect(all.jsonEvents.compactMap { $0["event"]?.string } == Self.events && all.text.contains("id: 7\n") && all.text.contains("event: end\n"))
                headers[text: "last-event-id"] = "5"
                #expect(try await client.get("/runs/\(id)", headers).jsonEvents.compactMap { $0["event"]?.string } == ["model_answered", "ended"])
                #expect(try await client.get("/runs/\(id)?after=x", [.accept: "text/event-stream"]).status == .badRequest)
            }
            let plain = try await client.post("/v1/chat/completions", ["model": "guide", "messages": [["role": "user", "content": "x"]]])
            #expect(plain.headers[text: "x-hector-run"] == nil)
            #expect(try await client.get("/runs").json["runs"]?[0]?["agent"] == "keen")
            #expect(try await client.get("/runs/unknown").status == .notFound)
        }
    }

    @Test func `A run belongs to the client that asked, and details to the administrator`() async throws {
        let security = APISecurity(token: "admin-token", clients: ["anna", "bert"].map { APIClient(name: $0, token: "token-of-\($0)", agents: ["keen"]) })
        try await fixture(security: security).application.test(.live) { client in
            func headers(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }
            let reply = try await client.post("/agents/keen", a2a.call("SendMessage", a2a.say("1+1?")), headers("token-of-anna"))
            let id = try #require(reply.headers[text: "x-hector-run"])
            let own = try await client.get("/runs/\(id)", headers("token-of-anna")).json
            #expect(own["state"] == "completed" && own["events"]?[2]?["arguments"] == nil && own["client"] == nil)
            #expect(try await client.get("/runs/\(id)", headers("token-of-bert")).status == .notFound)
            #expect(try await client.get("/runs", headers("token-of-bert")).json["runs"] == [])
            let all = try await client.get("/runs/\(id)", headers("admin-token")).json
            #expect(all["client"] == "anna" && all["events"]?[2]?["arguments"] != nil)
        }
    }

    @Test func `Agents that ask are held to the depth and told what was used`() async throws {
        try await fixture().application.test(.live) { client in
            func asked(by path: [String]) -> JSON {
                let turn: JSON = ["path": .array(path.map { JSON.string($0) }), "tokens": 1_000, "tool_calls": 3, "milliseconds": 60_000]
                return ["message": ["messageId": "m", "role": "ROLE_USER", "parts": [["text": "1+1?"]], "metadata": .object([TurnExtension.uri: turn])]]
            }
            let good = try await client.post("/agents/keen", a2a.call("SendMessage", asked(by: ["boss"]))).json["result"]?["task"]
            #expect(good?["status"]?["state"] == "TASK_STATE_COMPLETED")
            #expect(good?["metadata"]?[TurnExtension.uri]?["tool_calls"] == 1)
            let stream = try await client.post("/agents/keen", a2a.call("SendStreamingMessage", asked(by: ["boss"])))
            #expect(stream.jsonEvents.last?["result"]?["statusUpdate"]?["metadata"]?[TurnExtension.uri]?["tool_calls"] == 1)
            let deep = try await client.post("/agents/keen", a2a.call("SendMessage", asked(by: ["a", "b", "c", "d", "e"]))).json["result"]?["task"]
            #expect(deep?["status"]?["state"] == "TASK_STATE_FAILED")
            #expect(deep?["status"]?["message"]?["parts"]?[0]?["text"]?.string?.contains("a → b → c → d → e") == true)
            let nobody = try await client.post("/agents/keen", a2a.call("SendMessage", a2a.say("1+1?"))).json["result"]?["task"]
            #expect(nobody?["metadata"] == nil)
        }
    }

    @Test func `What the agent called itself is an item of a response, and an artifact of a task`() async throws {
        try await fixture().application.test(.live) { client in
            let whole = try await client.post("/v1/responses", ["model": "keen", "input": "1+1?"]).json
            let item = whole["output"]?[0]
            #expect(item?["type"] == "mcp_call" && item?["server_label"] == "calc" && item?["name"] == "add" && item?["arguments"]?.string == #"{"x": 1}"#)
            #expect(item?["output"]?.string == #"add {"x": 1}"# && item?["error"] == .null && item?["status"] == "completed")
            #expect(whole["output"]?[1]?["type"] == "message" && whole["output"]?[1]?["id"]?.string?.hasSuffix("_0") == true)
            let stream = try await client.post("/v1/responses", ["model": "keen", "input": "1+1?", "stream": true]).jsonEvents
            let added = stream.filter { $0["type"] == "response.output_item.added" }
            #expect(added.map { $0["item"]?["type"] } == ["mcp_call", "message"] && added.map { $0["output_index"] } == [0, 1])
            #expect(stream.last?["response"]?["output"]?[0]?["type"] == "mcp_call")
            // A client that repeats the items says nothing more by it.
            let again = try await client.post("/v1/responses", ["model": "keen", "input": [item ?? .null, ["role": "user", "content": "1+1?"]]])
            #expect(again.status == .ok)

            var headers: HTTPFields = [:]
            if let name = RunExtension.headers.first { headers[name] = RunExtension.uri }
            let task = try await client.post("/agents/keen", a2a.call("SendMessage", a2a.say("1+1?")), headers).json["result"]?["task"]
            let artifact = task?["artifacts"]?[1]
            #expect(artifact?["name"] == "run" && artifact?["parts"]?[0]?["data"]?["events"]?[2]?["tool"] == "calc.add")
            let id = try #require(task?["id"])
            #expect(try await client.post("/agents/keen", a2a.call("GetTask", ["id": id]), headers).json["result"]?["artifacts"]?[1]?["name"] == "run")
            #expect(try await client.post("/agents/keen", a2a.call("GetTask", ["id": id])).json["result"]?["artifacts"]?[1] == nil)
        }
    }

    @Test(arguments: ["{}", "[]", #"{"urn:hector:a2a:turn:1": []}"#, #"{"urn:hector:a2a:turn:1": {"path": []}}"#, #"{"urn:hector:a2a:turn:1": {"path": [7, ""]}}"#])
    func `Metadata that say nothing of agents are passed over`(text: String) throws {
        #expect(TurnExtension.lineage(try JSONText(Array(text.utf8))) == nil)
    }

    @Test func `Numbers that make no sense set no limit, and a path is bounded`() throws {
        let path = Array(repeating: #""a""#, count: 100).joined(separator: ",")
        let lineage = try #require(TurnExtension.lineage(try JSONText(Array(#"{"urn:hector:a2a:turn:1": {"path": [\#(path)], "tokens": -3, "tool_calls": "x", "milliseconds": 0}}"#.utf8))))
        #expect(lineage.path.count == A2ALimits.lineage && lineage.budget == TurnBudget(toolCalls: .max, tokens: nil, time: .seconds(1 << 32)))
    }
}
