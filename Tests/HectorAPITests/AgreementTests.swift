import HTTPTypes
import HectorAgents
import HectorCore
import HectorProviders
import HummingbirdTesting
import ScriptedProviders
import Synchronization
import Testing

@testable import HectorAPI

/// A2A's way of asking a person, and of telling what an agent does.
@Suite struct AgreementTests {
    private let a2a = A2ATests()

    /// A model that calls `shop__buy` once, and then says what came of it.
    private func fixture(_ tools: ScriptedTools, calls: Int = 1, security: APISecurity = APISecurity()) -> APIFixture {
        let llm = ScriptedLLM { request, onChunk in
            guard request.messages.last?.role == "user" else {
                try await onChunk(.text(request.messages.last?.content ?? ""))
                return 1
            }
            for index in 0..<calls {
                var call = ToolCall()
                (call.id, call.name, call.argumentsJson) = ("c\(index)", "shop__buy", #"{"item": "cake"}"#)
                try await onChunk(.toolCall(call))
            }
            return 1
        }
        return APIFixture(llm: llm, tools: ["shop": tools], security: security)
    }

    private func shop() -> ScriptedTools { ScriptedTools([Tool(name: "buy", description: "Buys.", parameters: "{}", asks: true)]) }

    private func answer(_ part: JSON, task: String) -> JSON {
        ["message": ["messageId": "m2", "role": "ROLE_USER", "taskId": .string(task), "parts": [part]]]
    }

    @Test(arguments: [
        (#"{"text": " Yes\n"}"#, true), (#"{"data": {"approve": true}}"#, true), (#"{"text": "no"}"#, false), (#"{"data": {"approve": false}}"#, false),
    ]) func `A task asks, and goes on when somebody has answered`(part: String, isGiven: Bool) async throws {
        let tools = shop()
        try await fixture(tools).application.test(.live) { client in
            let asked = try await client.post("/agents/keen", a2a.call("SendMessage", a2a.say("cake"))).json["result"]?["task"]
            #expect(asked?["status"]?["state"] == "TASK_STATE_INPUT_REQUIRED" && tools.calls.isEmpty)
            let parts = asked?["status"]?["message"]?["parts"]
            #expect(parts?[0]?["text"] == "May the agent make this call? Answer yes or no.\nshop.buy {\"item\": \"cake\"}")
            #expect(parts?[1]?["data"] == ["calls": [["id": "c0", "tool": "shop.buy", "arguments": ["item": "cake"]]]])
            let id = try #require(asked?["id"]?.string)
            #expect(try await client.post("/agents/keen", a2a.call("GetTask", ["id": .string(id)])).json["result"]?["status"] == asked?["status"])
            #expect(try await client.post("/agents/keen", a2a.call("ListTasks", ["status": "TASK_STATE_INPUT_REQUIRED"])).json["result"]?["totalSize"] == 1)
            let unclear = try await client.post("/agents/keen", a2a.call("SendMessage", answer(["text": "perhaps"], task: id))).json
            #expect(unclear["error"]?["code"] == -32602 && tools.calls.isEmpty)

            let ended = try await client.post("/agents/keen", a2a.call("SendMessage", answer(JSON(parsing: part.utf8), task: id))).json["result"]?["task"]
            #expect(ended?["status"]?["state"] == "TASK_STATE_COMPLETED" && ended?["id"]?.string == id)
            let text = ended?["artifacts"]?[0]?["parts"]?[0]?["text"]?.string ?? ""
            #expect(isGiven ? text == #"buy {"item": "cake"}"# : text.contains("did not agree"), "\(text)")
            #expect(tools.calls.count == (isGiven ? 1 : 0))
            let late = try await client.post("/agents/keen", a2a.call("SendMessage", answer(["text": "yes"], task: id))).json
            #expect(late["error"]?["code"] == -32004)
        }
    }

    @Test func `The earlier form asks as well, and a cancelled task asks no longer`() async throws {
        let tools = shop()
        try await fixture(tools).application.test(.live) { client in
            let message: JSON = ["message": ["messageId": "m1", "role": "user", "parts": [["kind": "text", "text": "cake"]]]]
            let asked = try await client.post("/agents/keen", a2a.call("message/send", message)).json["result"]
            #expect(asked?["status"]?["state"] == "input-required" && asked?["status"]?["message"]?["parts"]?[1]?["kind"] == "data")
            let id = try #require(asked?["id"])
            #expect(try await client.post("/agents/keen", a2a.call("tasks/cancel", ["id": id])).json["result"]?["status"]?["state"] == "canceled")
            #expect(try await client.post("/agents/keen", a2a.call("tasks/get", ["id": id])).json["result"]?["status"]?["message"] == nil)
            #expect(tools.calls.isEmpty)
        }
    }

    @Test func `Only who sees a task may answer, and only the administrator sees arguments`() async throws {
        let security = APISecurity(token: "admin-token", clients: ["anna", "bert"].map { APIClient(name: $0, token: "token-of-\($0)", agents: ["keen"]) })
        try await fixture(shop(), security: security).application.test(.live) { client in
            @Sendable func headers(_ token: String) -> HTTPFields {
                var fields: HTTPFields = [.authorization: "Bearer \(token)"]
                if let name = RunExtension.headers.first { fields[name] = "urn:other, \(RunExtension.uri)" }
                return fields
            }
            for (token, seesAll) in [("admin-token", true), ("token-of-anna", false)] {
                let stream = try await client.post("/agents/keen", a2a.call("SendStreamingMessage", a2a.say("cake")), headers(token))
                let events = stream.jsonEvents.compactMap { $0["result"] }
                let id = try #require(events.first?["task"]?["id"]?.string)
                #expect(events.last?["statusUpdate"]?["status"]?["state"] == "TASK_STATE_INPUT_REQUIRED")
                let told = events.compactMap { $0["statusUpdate"]?["metadata"]?[RunExtension.uri]?["event"]?.string }
                #expect(told == ["model_called", "model_answered", "agreement_asked"])
                #expect(RunExtension.headers.first.map { stream.headers[$0] } == RunExtension.uri)
                let foreign = try await client.post("/agents/keen", a2a.call("SendMessage", answer(["text": "yes"], task: id)), headers("token-of-bert")).json
                #expect(foreign["error"]?["code"] == -32001)
                let rest = try await client.post("/agents/keen", a2a.call("SendStreamingMessage", answer(["text": "yes"], task: id)), headers(token))
                let updates = rest.jsonEvents.compactMap { $0["result"]?["statusUpdate"] }
                let run = updates.compactMap { $0["metadata"]?[RunExtension.uri] }
                #expect(run.compactMap { $0["event"]?.string } == ["agreement_ended", "tool_called", "tool_ended", "model_called", "model_answered", "ended"])
                #expect(run[1]["tool"] == "shop.buy" && (run[1]["arguments"] != nil) == seesAll && (run[2]["result"] != nil) == seesAll)
                #expect(updates.last?["status"]?["state"] == "TASK_STATE_COMPLETED")
            }
            // Who does not ask for events gets none.
            let plain = try await client.post("/agents/keen", a2a.call("SendStreamingMessage", a2a.say("cake")), [.authorization: "Bearer admin-token"])
            #expect(plain.jsonEvents.count == 2)
        }
    }

    @Test func `A way in without means to ask says so to the model, and the answer goes on`() async throws {
        let tools = shop()
        try await fixture(tools, calls: 2).application.test(.live) { client in
            let body: JSON = ["model": "keen", "messages": [["role": "user", "content": "cake"]]]
            let answer = try await client.post("/v1/chat/completions", body).json
            let text = answer["choices"]?[0]?["message"]?["content"]?.string ?? ""
            #expect(text.contains("needs a person's agreement") && answer["choices"]?[0]?["finish_reason"] == "stop", "\(answer)")
            #expect(tools.calls.isEmpty)
        }
    }

    @Test func `Questions that come together are asked one after the other`() async throws {
        let store = TaskStore(maxTasks: 10, maxBytes: 1 << 20)
        let task = A2ATask(id: "1", agent: "a", context: "c", question: "", messageID: "m", state: .working, changed: 0)
        let (log, _) = store.begin(task)
        let yes = try A2AMessage(A2AParameters(JSONText(Array(#"{"message": {"messageId": "m", "role": "user", "parts": [{"text": "yes"}]}}"#.utf8))))
        let asked = try await withThrowingTaskGroup(of: Bool.self) { group in
            for name in ["x", "y"] {
                group.addTask { try await store.ask([AskedCall(id: name, title: name, arguments: "{}")], in: task, at: { 0 }) }
            }
            var asked: [String] = []
            while asked.count < 2 {
                try await log.waitForEnd()
                guard let now = store.latest(task).asked.first, store.latest(task).state == .inputRequired else {
                    await Task.yield()
                    continue
                }
                asked.append(now.id)
                _ = try store.answer("1", with: yes, of: "a", for: .anyone, at: 0)
            }
            for try await isGiven in group { #expect(isGiven) }
            return asked
        }
        #expect(asked.sorted() == ["x", "y"] && store.latest(task).state == .working)
        // One that nobody waits for any more is over.
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await store.ask([AskedCall(id: "z", title: "z", arguments: "{}")], in: task, at: { 0 }) }
            try await log.waitForEnd()
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.waitForAll() }
        }
        #expect(store.latest(task).state == .working && store.latest(task).asked.isEmpty)
    }
}
