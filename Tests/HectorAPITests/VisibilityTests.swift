import HectorCore
import Hummingbird
import HummingbirdTesting
import ScriptedProviders
import Testing

@testable import HectorAPI

/// What callers see of `inner`, which is internal, and of `secret`, which is private.
@Suite struct VisibilityTests {
    private let chat = "/v1/chat/completions"

    private func chat(_ model: String, stream: Bool = false) -> JSON {
        ["model": .string(model), "stream": .bool(stream), "messages": [["role": "user", "content": "one"]]]
    }

    private let message: JSON = [
        "jsonrpc": "2.0", "id": 1, "method": "SendMessage",
        "params": ["message": ["messageId": "m1", "role": "ROLE_USER", "parts": [["text": "one"]]]],
    ]

    @Test func listsHoldPublicAgentsOnly() async throws {
        try await APIFixture().application.test(.live) { client in
            let models = try await client.get("/v1/models").json
            #expect(models["data"]?.array?.map { $0["id"] } == ["guide", "lost", "m"])
            let agents = try await client.get("/agents").json
            #expect(agents["agents"]?.array?.map { $0["id"] } == ["guide", "lost"])
            #expect(try await client.get("/.well-known/agent-card.json").json["name"] == "Guide")
        }
    }

    @Test func internalAgentsAnswerToTheirName() async throws {
        try await APIFixture().application.test(.live) { client in
            let answer = try await client.post(chat, chat("inner")).json
            #expect(answer["choices"]?[0]?["message"]?["content"] == "one ")
            let streamed = try await client.post(chat, chat("inner", stream: true))
            #expect(streamed.events.last == "[DONE]")
            #expect(try await client.get("/v1/models/inner").json["id"] == "inner")
            let report = try await client.get("/agents/inner").json
            #expect(report["ready"] == true && report["default"] == false)
            #expect(try await client.get("/agents/inner/.well-known/agent-card.json").json["name"] == "Inner")
            let sent = try await client.post("/agents/inner", message).json
            #expect(sent["result"]?["task"]?["status"]?["state"] == "TASK_STATE_COMPLETED")
        }
    }

    @Test func internalAgentsStillNeedTheToken() async throws {
        try await APIFixture(security: APISecurity(token: "secret")).application.test(.live) { client in
            let refused = try await client.post(chat, chat("inner"))
            #expect(refused.status == .unauthorized)
            let allowed = try await client.post(chat, chat("inner"), [.authorization: "Bearer secret"])
            #expect(allowed.status == .ok)
        }
    }

    /// Status and body of every way to an agent, with the agent's name taken out.
    private func answers(about agent: String, _ client: some TestClientProtocol) async throws -> [String] {
        var replies: [Reply] = []
        for path in ["/agents/\(agent)", "/agents/\(agent)/.well-known/agent-card.json", "/v1/models/\(agent)"] {
            replies.append(try await client.get(path))
        }
        replies.append(try await client.post("/agents/\(agent)", message))
        for stream in [false, true] { replies.append(try await client.post(chat, chat(agent, stream: stream))) }
        return replies.map { "\($0.status.code) \($0.text.replacing(agent, with: "NAME"))" }
    }

    @Test func privateAgentsDoNotExist() async throws {
        let llm = ScriptedLLM()
        try await APIFixture(llm: llm).application.test(.live) { client in
            let secret = try await answers(about: "secret", client)
            let nobody = try await answers(about: "nobody", client)
            #expect(secret == nobody)
            #expect(secret.allSatisfy { $0.hasPrefix("404 ") })
        }
        #expect(llm.requests.isEmpty)
    }

    @Test func readinessCountsThemAndDoesNotNameThem() async throws {
        try await APIFixture(hiddenLLM: "gone").application.test(.live) { client in
            let reply = try await client.get("/readyz")
            #expect(reply.json["missing"] == [["agent": "lost", "plugin": "nowhere"], ["plugin": "gone"]])
        }
    }
}
