import HectorCore
import HectorAgents
import HectorProviders
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import ScriptedProviders
import Testing

@testable import HectorAPI

@Suite struct A2ATests {
    @Sendable func call(_ method: String, _ params: JSON, id: JSON = 1) -> JSON {
        ["jsonrpc": "2.0", "id": id, "method": .string(method), "params": params]
    }

    @Sendable func say(_ text: String, context: String? = nil, role: String = "ROLE_USER") -> JSON {
        let message: JSON = ["messageId": "m1", "role": .string(role), "parts": [["text": .string(text)]]]
        return ["message": message.adding(["contextId": context.map(JSON.string)])]
    }

    @Test func cardsSayWhereAndHow() async throws {
        try await APIFixture().application.test(.live) { client in
            let card = try await client.get("/.well-known/agent-card.json").json
            #expect(card == (try await client.get("/agents/guide/.well-known/agent-card.json").json))
            let url = try #require(card["url"]?.string)
            #expect(url == "http://localhost/agents/guide/")
            #expect(card["supportedInterfaces"]?[0] == ["url": .string(url), "protocolBinding": "JSONRPC", "protocolVersion": "1.0"])
            #expect(card["name"] == "Guide" && card["version"] == "1.2.3")
            #expect(card["securitySchemes"] == nil)
            let lost = try await client.get("/agents/lost/.well-known/agent-card.json").json
            #expect(lost["name"] == "Lost")
            let missing = try await client.get("/agents/x/.well-known/agent-card.json")
            #expect(missing.status == .notFound)
        }
        try await APIFixture(security: APISecurity(token: "secret")).application.test(.live) { client in
            let card = try await client.get("/.well-known/agent-card.json", [.authorization: "Bearer secret"]).json
            #expect(card["securitySchemes"]?["bearer"]?["httpAuthSecurityScheme"]?["scheme"] == "Bearer")
        }
    }

    @Test func sendsAndRemembersInTheContext() async throws {
        let llm = ScriptedLLM()
        try await APIFixture(llm: llm).application.test(.live) { client in
            let reply = try await client.post("/agents/guide/", call("SendMessage", say("one two"), id: "call-1")).json
            #expect(reply == ["jsonrpc": "2.0", "id": "call-1", "result": ["task": [
                "id": "id-1", "contextId": "id-2",
                "status": ["state": "TASK_STATE_COMPLETED", "timestamp": "2023-11-14T22:13:20.123Z"],
                "artifacts": [["artifactId": "id-1-answer", "name": "answer", "parts": [["text": "one two "]]]],
                "history": [[
                    "messageId": "m1", "taskId": "id-1", "contextId": "id-2", "role": "ROLE_USER", "parts": [["text": "one two"]],
                ]],
            ]]])
            _ = try await client.post("/agents/guide", call("SendMessage", say("three", context: "id-2")))

            let task = try await client.post("/agents/guide", call("GetTask", ["id": "id-1"])).json
            #expect(task["result"] == reply["result"]?["task"])
            let other = try await client.post("/agents/lost", call("GetTask", ["id": "id-1"])).json
            #expect(other["error"]?["code"] == -32001)
        }
        #expect(llm.requests[1].messages.map(\.content) == ["Be brief.", "one two", "one two ", "three"])
    }

    @Test func streams() async throws {
        try await APIFixture().application.test(.live) { client in
            let reply = try await client.post("/agents/guide", call("SendStreamingMessage", say("one two")))
            #expect(reply.headers[.contentType] == "text/event-stream")
            let results = reply.jsonEvents.map { $0["result"] }
            #expect(results.first??["task"]?["status"]?["state"] == "TASK_STATE_WORKING")
            // What is ready together comes together.
            let pieces = results.dropFirst().dropLast().map { $0?["artifactUpdate"] }
            #expect(pieces.compactMap { $0?["artifact"]?["parts"]?[0]?["text"]?.string }.joined() == "one two ")
            #expect(pieces.map { $0?["append"] } == [false] + pieces.dropFirst().map { _ in true })
            #expect(pieces.map { $0?["lastChunk"] } == pieces.dropLast().map { _ in false } + [true])
            #expect(results.last??["statusUpdate"]?["status"]?["state"] == "TASK_STATE_COMPLETED")
        }
    }

    @Test func speaksTheEarlierDialect() async throws {
        try await APIFixture().application.test(.live) { client in
            let sent = try await client.post("/agents/guide", call("message/send", say("one", role: "user"))).json
            let task = sent["result"]
            #expect(task?["kind"] == "task" && task?["status"]?["state"] == "completed")
            #expect(task?["artifacts"]?[0]?["parts"]?[0] == ["kind": "text", "text": "one "])
            #expect(task?["history"]?[0]?["kind"] == "message" && task?["history"]?[0]?["role"] == "user")

            let stream = try await client.post("/agents/guide", call("message/stream", say("one", role: "user")))
            let results = stream.jsonEvents.compactMap { $0["result"] }
            #expect(results.map { $0["kind"] } == ["task", "artifact-update", "artifact-update", "status-update"])
            #expect(results.last?["final"] == true)

            let got = try await client.post("/agents/guide", call("tasks/get", ["id": "id-1"])).json
            #expect(got["result"] == task)
            let cancel = try await client.post("/agents/guide", call("tasks/cancel", ["id": "id-1"])).json
            #expect(cancel["error"]?["code"] == -32002)
        }
    }

    /// A model that says a word each time it is told to.
    private struct Dictated {
        let words: AsyncStream<String>
        let say: AsyncStream<String>.Continuation
        let llm: ScriptedLLM

        init() {
            let (words, say) = AsyncStream.makeStream(of: String.self)
            self.words = words
            self.say = say
            llm = ScriptedLLM { _, onChunk in
                for await word in words { try await onChunk(.text(word)) }
                try Task.checkCancellation()
                return 0
            }
        }
    }

    @Test(arguments: [("SendMessage", "returnImmediately", true, "GetTask"), ("message/send", "blocking", false, "tasks/get")])
    func aTaskGoesOnWhenNobodyWaits(method: String, option: String, value: Bool, get: String) async throws {
        let model = Dictated()
        try await APIFixture(llm: model.llm).application.test(.live) { client in
            let message = say("go", role: method == "SendMessage" ? "ROLE_USER" : "user").adding(["configuration": [option: .bool(value)]])
            let sent = try await client.post("/agents/guide", call(method, message)).json["result"]
            let task = sent?["task"] ?? sent
            #expect(task?["status"]?["state"]?.string?.lowercased().hasSuffix("working") == true, "\(String(describing: sent))")
            model.say.yield("done")
            model.say.finish()
            var state: String?
            while state?.lowercased().hasSuffix("completed") != true {
                state = try await client.post("/agents/guide", call(get, ["id": task?["id"] ?? nil])).json["result"]?["status"]?["state"]?.string
            }
        }
    }

    @Test(arguments: [("SendStreamingMessage", "SubscribeToTask"), ("message/stream", "tasks/resubscribe")])
    func aTaskOutlivesItsStreamAndIsFollowedAgain(begin: String, again: String) async throws {
        let model = Dictated()
        let sockets = ConnectionTests()
        let role = begin == "SendStreamingMessage" ? "ROLE_USER" : "user"
        try await sockets.serving(APIFixture(llm: model.llm)) { port in
            func stream(_ body: String, until end: String, then: () -> Void = {}) async throws -> String {
                try await sockets.connect(port).executeThenClose { inbound, outbound in
                    try await outbound.write(sockets.post("/agents/guide", body))
                    var text = ""
                    var input = inbound.makeAsyncIterator()
                    var hasBegun = false
                    while !text.lowercased().contains(end), let bytes = try await input.next() {
                        text += String(buffer: bytes)
                        if !hasBegun, text.lowercased().contains("working") {
                            hasBegun = true
                            then()
                        }
                    }
                    return text
                }
            }
            // The client leaves after the first word.
            let first = try await stream(call(begin, say("go", role: role)).text, until: "one", then: { model.say.yield("one ") })
            #expect(first.contains("one ") && !first.contains("two"))
            // Another one hears all of it.
            let second = try await stream(call(again, ["id": "id-1"]).text, until: "completed", then: {
                model.say.yield("two ")
                model.say.finish()
            })
            let whole = second.lowercased()
            #expect(whole.contains("one ") && whole.contains("two ") && whole.contains("completed"), "\(second)")
            // A task that has ended cannot be followed.
            let late = try await stream(call(again, ["id": "id-1"]).text, until: "-32004")
            #expect(late.contains("-32004"))
        }
    }

    @Test func failuresOfTheModelFailTheTask() async throws {
        let llm = ScriptedLLM { _, onChunk in
            try await onChunk(.text("half"))
            throw ProviderError(.unavailable, "no replica")
        }
        try await APIFixture(llm: llm).application.test(.live) { client in
            let sent = try await client.post("/agents/guide", call("SendMessage", say("one"))).json
            let status = sent["result"]?["task"]?["status"]
            #expect(status?["state"] == "TASK_STATE_FAILED")
            #expect(status?["message"]?["parts"]?[0]?["text"] == "no replica")
            let stream = try await client.post("/agents/guide", call("SendStreamingMessage", say("one")))
            let last = stream.jsonEvents.last?["result"]?["statusUpdate"]?["status"]
            #expect(last?["state"] == "TASK_STATE_FAILED")
        }
    }

    @Test func listsPageByPage() async throws {
        try await APIFixture().application.test(.live) { client in
            for text in ["one", "two", "three"] {
                _ = try await client.post("/agents/guide", call("SendMessage", say(text, context: "c")))
            }
            let first = try await client.post("/agents/guide", call("ListTasks", ["pageSize": 2])).json["result"]
            #expect(first?["tasks"]?.array?.map { $0["id"] } == ["id-3", "id-2"])
            #expect(first?["totalSize"] == 3 && first?["pageSize"] == 2)
            #expect(first?["tasks"]?[0]?["artifacts"] == nil)
            let token = try #require(first?["nextPageToken"])
            let rest = try await client.post("/agents/guide", call("ListTasks", ["pageSize": 2, "pageToken": token])).json["result"]
            #expect(rest?["tasks"]?.array?.map { $0["id"] } == ["id-1"])
            #expect(rest?["nextPageToken"] == "")
            let none = try await client.post("/agents/guide", call("ListTasks", ["contextId": "other"])).json["result"]
            #expect(none?["tasks"] == [])
            let failed = try await client.post("/agents/guide", call("ListTasks", ["status": "TASK_STATE_FAILED"])).json["result"]
            #expect(failed?["tasks"] == [])
        }
    }

    @Test(arguments: [
        ("{", -32700), ("[]", -32600), ("1", -32600), (#"{"id":1,"method":"GetTask"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":true,"method":"GetTask"}"#, -32600), (#"{"jsonrpc":"2.0","id":1}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1,"method":"Dance"}"#, -32601), (#"{"jsonrpc":"2.0","id":1,"method":"GetTask","params":[]}"#, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"GetTask"}"#, -32602), (#"{"jsonrpc":"2.0","id":1,"method":"SendMessage"}"#, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{"message":{"messageId":"m","role":"ROLE_USER","parts":[]}}}"#, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[{"text":"a"}]}}}"#, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"url":"a"}]}}}"#, -32005),
        (#"{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{"message":{"messageId":"m","taskId":"x","role":"ROLE_USER","parts":[{"text":"a"}]}}}"#, -32001),
        (#"{"jsonrpc":"2.0","id":1,"method":"ListTasks","params":{"pageSize":0}}"#, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"SubscribeToTask","params":{"id":"x"}}"#, -32001),
        (#"{"jsonrpc":"2.0","id":1,"method":"tasks/resubscribe","params":{}}"#, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"GetTaskPushNotificationConfig","params":{}}"#, -32003),
    ]) func wrongCallsHaveTheirCode(body: String, code: Int64) async throws {
        try await APIFixture().application.test(.live) { client in
            let reply = try await client.post("/agents/guide", text: body)
            #expect(reply.status == .ok)
            let error = reply.json["error"]
            #expect(error?["code"] == .integer(code))
            #expect(error?["message"]?.string?.isEmpty == false)
        }
    }

    @Test func otherVersionsAreRefused() async throws {
        let version = try #require(HTTPField.Name("A2A-Version"))
        try await APIFixture().application.test(.live) { client in
            for (given, code) in [("1.0", nil), ("0.3", nil), ("0.3.0", nil), ("2.0", -32009), ("x", -32009)] as [(String, JSON?)] {
                let reply = try await client.post("/agents/guide", call("ListTasks", [:]), [version: given]).json
                #expect(reply["error"]?["code"] == code)
            }
        }
    }
}
