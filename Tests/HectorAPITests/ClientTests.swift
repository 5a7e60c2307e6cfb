import HectorCore
import HTTPTypes
import HectorAgents
import HectorProto
import Hummingbird
import HummingbirdTesting
import ScriptedProviders
import Testing

@testable import HectorAPI

/// What exists for the callers of a server with several tokens.
@Suite struct ClientTests {
    private let security = APISecurity(token: "the-admin", clients: [
        APIClient(name: "anna", token: "token-of-anna", agents: ["guide", "inner"]),
        APIClient(name: "bert", token: "token-of-bert", agents: ["lost", "m"]),
        APIClient(name: "carl", token: "token-of-carl"),
    ])

    private func header(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }

    private func message(_ text: String, context: String = "", task: String = "") -> JSON {
        [
            "jsonrpc": "2.0", "id": 1, "method": "SendMessage",
            "params": ["message": [
                "messageId": "m1", "role": "ROLE_USER", "contextId": .string(context), "taskId": .string(task), "parts": [["text": .string(text)]],
            ]],
        ]
    }

    private func rpc(_ method: String, _ params: JSON) -> JSON {
        ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": params]
    }

    @Test func `Each token is another caller`() throws {
        func caller(_ token: String?) throws -> Caller {
            try security.check(.init(host: nil, origin: nil, token: token, contentType: nil, isPost: false))
        }
        #expect(try caller("the-admin") == .admin)
        #expect(try caller("token-of-bert").owner == "bert")
        #expect(try caller("token-of-carl").reach == .listed)
        for wrong in [nil, "", "token-of-dora", "token-of-ann", "token-of-annabel"] {
            #expect(throws: APIError(.unauthorized, "")) { try caller(wrong) }
        }
        #expect(try APISecurity().check(.init(host: "localhost", token: nil, isPost: false)) == .anyone)
        #expect(APISecurity(clients: [APIClient(name: "a", token: "t")]).wantsToken)
    }

    @Test func `Lists hold what the client may call`() async throws {
        try await APIFixture(security: security).application.test(.live) { client in
            for (token, agents, models) in [
                ("the-admin", ["guide", "lost"], ["guide", "lost", "m"]), ("token-of-carl", ["guide", "lost"], ["guide", "lost", "m"]),
                ("token-of-anna", ["guide"], ["guide"]), ("token-of-bert", ["lost"], ["lost", "m"]),
            ] {
                let listed = try await client.get("/agents", header(token)).json["agents"]?.array
                #expect(listed?.map { $0["id"] } == agents.map(JSON.string), "\(token)")
                #expect(listed?.first?["default"] == true)
                let named = try await client.get("/v1/models", header(token)).json["data"]?.array
                #expect(named?.map { $0["id"] } == models.map(JSON.string), "\(token)")
            }
            #expect(try await client.get("/.well-known/agent-card.json", header("token-of-bert")).json["name"] == "Lost")
        }
    }

    /// Status and body of every way to an agent or model, with its name taken out.
    private func answers(about name: String, _ client: some TestClientProtocol, as token: String) async throws -> [String] {
        var replies: [Reply] = []
        for path in ["/agents/\(name)", "/agents/\(name)/.well-known/agent-card.json", "/v1/models/\(name)"] {
            replies.append(try await client.get(path, header(token)))
        }
        replies.append(try await client.post("/agents/\(name)", message("one"), header(token)))
        let chat: JSON = ["model": .string(name), "messages": [["role": "user", "content": "one"]]]
        replies.append(try await client.post("/v1/chat/completions", chat, header(token)))
        return replies.map { "\($0.status.code) \($0.text.replacing("\\\"\(name)\\\"", with: "NAME"))" }
    }

    @Test func `Others do not exist for it`() async throws {
        try await APIFixture(security: security).application.test(.live) { client in
            for (token, name) in [
                ("token-of-anna", "lost"), ("token-of-anna", "m"), ("token-of-anna", "secret"), ("token-of-bert", "guide"), ("token-of-bert", "inner"),
            ] {
                let hidden = try await answers(about: name, client, as: token)
                let nobody = try await answers(about: "nobody", client, as: token)
                #expect(hidden == nobody, "\(token) \(name)")
                #expect(hidden.allSatisfy { $0.hasPrefix("404 ") })
            }
            // Without a list, an internal agent must be named.
            let inner = try await answers(about: "inner", client, as: "token-of-carl")
            #expect(inner.allSatisfy { $0.hasPrefix("404 ") })
            let named = try await answers(about: "inner", client, as: "token-of-anna")
            #expect(named.allSatisfy { $0.hasPrefix("200 ") }, "\(named)")
        }
    }

    @Test func `What goes on in the server is the administrator's to know`() async throws {
        try await APIFixture(security: security).application.test(.live) { client in
            for path in ["/mesh", "/metrics"] {
                let admin = try await client.get(path, header("the-admin"))
                #expect(admin.status == .ok)
                let refused = try await client.get(path, header("token-of-carl"))
                #expect(refused.status == .forbidden && refused.text.contains("server.token"), "\(refused)")
                let stranger = try await client.get(path)
                #expect(stranger.status == .unauthorized)
            }
            for path in ["/healthz", "/readyz"] {
                let open = try await client.get(path)
                #expect(open.status != .unauthorized)
            }
        }
        let clientsOnly = APISecurity(clients: [APIClient(name: "anna", token: "token-of-anna")])
        try await APIFixture(security: clientsOnly).application.test(.live) { client in
            let (known, unknown) = (try await client.get("/mesh", header("token-of-anna")), try await client.get("/agents"))
            #expect(known.status == .forbidden && unknown.status == .unauthorized)
        }
    }

    @Test func `Tasks belong to the client's name`() async throws {
        try await APIFixture(security: security).application.test(.live) { client in
            func call(_ body: JSON, _ token: String) async throws -> JSON {
                try await client.post("/agents/guide", body, header(token)).json
            }
            let task = try #require(try await call(message("one"), "token-of-anna")["result"]?["task"])
            let id: JSON = ["id": try #require(task["id"])]
            for (token, isThere) in [("token-of-anna", true), ("the-admin", true), ("token-of-carl", false)] {
                for method in ["GetTask", "tasks/get"] {
                    let got = try await call(rpc(method, id), token)
                    #expect((got["result"] != nil) == isThere, "\(token): \(got)")
                }
                let all = try await call(rpc("ListTasks", [:]), token)
                #expect(all["result"]?["totalSize"] == .integer(isThere ? 1 : 0))
            }
            func text(_ error: JSON, _ id: String) -> String { error.text.replacing(id, with: "ID") }
            let name = id["id"]?.string ?? ""
            for method in ["GetTask", "CancelTask", "SubscribeToTask", "tasks/cancel"] {
                let foreign = try await call(rpc(method, id), "token-of-carl")
                let unknown = try await call(rpc(method, ["id": "no-such-task"]), "token-of-carl")
                #expect(text(foreign, name) == text(unknown, "no-such-task"))
                #expect(foreign["error"]?["code"] == -32001)
            }
            let foreign = try await call(message("two", task: name), "token-of-carl")
            #expect(foreign["error"]?["code"] == -32001)
        }
    }

    @Test func `A conversation is gone on with by its owner only`() async throws {
        let llm = ScriptedLLM()
        try await APIFixture(llm: llm, security: security).application.test(.live) { client in
            for token in ["token-of-anna", "token-of-carl", "the-admin", "token-of-anna"] {
                let sent = try await client.post("/agents/guide", message("from \(token)", context: "talk"), header(token))
                #expect(sent.status == .ok)
            }
        }
        let heard = llm.requests.map { $0.messages.filter { $0.role == "user" }.map(\.content) }
        #expect(heard == [
            ["from token-of-anna"], ["from token-of-carl"], ["from the-admin"], ["from token-of-anna", "from token-of-anna"],
        ])
    }
}
