import HTTPTypes
import HectorCore
import HectorProviders
import Hummingbird
import HummingbirdTesting
import ScriptedProviders
import Testing

@testable import HectorAPI

/// A2A at its edges: addresses, names and data that clients choose.
@Suite struct A2AEdgeTests {
    let a2a = A2ATests()

    @Test func dataReachesTheAgentAsItIsWritten() async throws {
        let llm = ScriptedLLM()
        let data = #"{"zebra": 1.0, "apple":[1E2 , true],"ä\u0041":"\/"}"#
        try await APIFixture(llm: llm).application.test(.live) { client in
            let parts = #"[{"text":"a\nb"},{"data":\#(data)},{"text":7,"data":null}]"#
            let reply = try await client.post(
                "/agents/guide",
                text: #"{"jsonrpc":"2.0","id":1.50,"method":"SendMessage","params":{"message":{"messageId":"m","role":"ROLE_USER","parts":\#(parts)}}}"#)
            #expect(reply.text.contains(#""id":1.50"#), "an id is repeated as it is written")
        }
        #expect(llm.requests.first?.messages.last?.content == "a\nb\n\(data)\nnull")
    }

    /// A data part is passed on as it is written: its values cost their bytes and no more.
    @Test func aDataPartOfManyValuesCostsItsBytes() throws {
        let values = Array(repeating: #""abc""#, count: 300_000).joined(separator: ",")
        let body = Array(
            #"{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"data":[\#(values)]}]}}}"#.utf8)
        let used = try processorSeconds {
            let message = try A2AMessage(A2AParameters(RPCRequest.read(JSONText(body)).request.get().params))
            #expect(message.text.utf8.count == values.utf8.count + 2)
        }
        // Ten times what a debug build takes; to try one type after the other for each value took six seconds.
        #expect(used < 1, "\(used) s")
    }

    @Test func namesAreBoundedAndWhatIsRefusedIsNotKept() async throws {
        let long = JSON.string(String(repeating: "x", count: 257))
        try await APIFixture().application.test(.live) { client in
            let message: JSON = ["messageId": "m", "role": "ROLE_USER", "parts": [["text": "a"]]]
            for name in ["messageId", "contextId", "taskId"] {
                let reply = try await client.post("/agents/guide", a2a.call("SendMessage", ["message": message.adding([name: long])])).json
                #expect(reply["error"]?["code"] == -32602)
                #expect(reply["error"]?["message"]?.string?.hasPrefix("params.message.\(name) ") == true)
            }
            let context = try await client.post("/agents/guide", a2a.call("SendMessage", a2a.say("a", context: String(repeating: "c", count: 129)))).json
            #expect(context["error"]?["code"] == -32602)
            for method in ["GetTask", "CancelTask"] {
                let reply = try await client.post("/agents/guide", a2a.call(method, ["id": long])).json
                #expect(reply["error"]?["code"] == -32602)
            }
            let id = try await client.post("/agents/guide", a2a.call("ListTasks", [:], id: long))
            #expect(id.json["error"]?["code"] == -32600 && id.json["id"] == JSON.null)
            let list = try await client.post("/agents/guide", a2a.call("ListTasks", [:])).json
            #expect(list["result"]?["totalSize"] == 0)
        }
    }

    @Test func theServersOwnAddressIsTheDefaultAgents() async throws {
        try await APIFixture().application.test(.live) { client in
            let reply = try await client.post("/", a2a.call("SendMessage", a2a.say("one"))).json
            #expect(reply["result"]?["task"]?["status"]?["state"] == "TASK_STATE_COMPLETED")
            let task = try await client.post("/agents/guide", a2a.call("GetTask", ["id": "id-1"])).json
            #expect(task["result"] == reply["result"]?["task"])
            let broken = try await client.post("/", text: "{")
            #expect(broken.status == .ok && broken.json["error"]?["code"] == -32700)
            let deep = try await client.post("/", text: #"{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"# + String(repeating: "[", count: 400) + String(repeating: "]", count: 400) + "}}")
            #expect(deep.json["error"]?["code"] == -32700 && deep.json["error"]?["message"]?.string?.contains("nested more than") == true)
        }
    }

    @Test(arguments: [
        ("SendMessage", "taskPushNotificationConfig"), ("SendStreamingMessage", "taskPushNotificationConfig"),
        ("message/send", "pushNotificationConfig"), ("message/stream", "pushNotificationConfig"),
    ]) func whoAsksToBeNotifiedIsTold(method: String, member: String) async throws {
        let llm = ScriptedLLM()
        try await APIFixture(llm: llm).application.test(.live) { client in
            let params = a2a.say("one").adding(["configuration": .object([member: ["url": "http://127.0.0.1:1/"]])])
            let reply = try await client.post("/agents/guide", a2a.call(method, params)).json
            #expect(reply["error"]?["code"] == -32003)
            let without = a2a.say("one").adding(["configuration": .object([member: nil])])
            #expect(try await client.post("/agents/guide", a2a.call("SendMessage", without)).json["error"] == nil)
        }
        #expect(llm.requests.count == 1, "the model was not asked for what was refused")
    }

    @Test(arguments: [
        (#""method":"SendMessage","params":[1]"#, -32602), (#""method":7"#, -32600), (#""params":{}"#, -32600),
    ]) func anIDThatCanBeReadIsRepeated(rest: String, code: Int64) async throws {
        try await APIFixture().application.test(.live) { client in
            let reply = try await client.post("/", text: #"{"jsonrpc":"2.0","id":"seven",\#(rest)}"#).json
            #expect(reply["error"]?["code"] == .integer(code) && reply["id"] == "seven")
            let old = try await client.post("/agents/guide", text: #"{"jsonrpc":"1.0","id":7,\#(rest)}"#).json
            #expect(old["error"]?["code"] == -32600 && old["id"] == 7)
        }
    }

    /// What is refused before the body is read, too.
    @Test(arguments: ["/", "/agents/guide", "/agents/guide/"]) func refusalsOfHTTPHaveJSONRPCsForm(path: String) async throws {
        var fixture = APIFixture(security: APISecurity(token: "secret"))
        fixture.limits.bodyBytes = 1000
        let token: HTTPFields = [.authorization: "Bearer secret"]
        var text = token
        text[.contentType] = "text/plain"
        for (headers, body, status) in [
            (token, String(repeating: " ", count: 1001), HTTPResponse.Status.contentTooLarge), (text, "{}", .unsupportedMediaType),
            ([:], "{}", .unauthorized),
        ] {
            // A refusal ends the connection.
            try await fixture.application.test(.live) { client in
                let reply = try await client.post(path, text: body, headers)
                #expect(reply.status == status)
                #expect(reply.json["jsonrpc"] == "2.0" && reply.json["id"] == JSON.null, "\(reply.text)")
                #expect(reply.json["error"]?["code"] == -32600)
            }
        }
        try await fixture.application.test(.live) { [text] client in
            let other = try await client.post("/v1/chat/completions", text: "{}", text)
            #expect(other.json["error"]?["type"] == "invalid_request_error")
        }
    }

    @Test func failuresOfHTTPAreToldInTheCallersDialect() async throws {
        var fixture = APIFixture()
        fixture.limits.bodyBytes = 1000
        try await fixture.application.test(.live) { client in
            let missing = try await client.post("/agents/nobody", a2a.call("ListTasks", [:]))
            #expect(missing.status == .notFound && missing.json["jsonrpc"] == "2.0" && missing.json["error"]?["message"] != nil)
        }
    }

    @Test(arguments: [("SendMessage", "ROLE_USER"), ("message/send", "user")])
    func `A client that accepts JSON only is answered in data`(method: String, role: String) async throws {
        @Sendable func ask(_ modes: JSON, _ text: String, _ client: some TestClientProtocol) async throws -> JSON {
            let message: JSON = ["messageId": "m1", "role": .string(role), "parts": [["text": .string(text)]]]
            let params: JSON = ["message": message, "configuration": ["acceptedOutputModes": modes]]
            return try await client.post("/agents/guide", ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": params]).json
        }
        @Sendable func part(_ reply: JSON) -> JSON? {
            let result = reply["result"]
            return (result?["task"] ?? result)?["artifacts"]?[0]?["parts"]?[0]
        }
        try await APIFixture().application.test(.live) { client in
            let data: JSON = method == "SendMessage" ? ["data": ["a": 1], "mediaType": "application/json"] : ["data": ["a": 1], "kind": "data"]
            for modes in [["application/json"], ["image/png", "Application/JSON; charset=utf-8"], ["application/*"]] as [JSON] {
                #expect(part(try await ask(modes, "{\"a\":\n1}", client)) == data)
            }
            for modes in [[], ["text/plain", "application/json"], ["text"], ["*/*"]] as [JSON] {
                #expect(part(try await ask(modes, "one", client))?["text"] == "one ")
            }
            let refused = try await ask(["image/png", "audio/wav"], "one", client)["error"]
            #expect(refused?["code"] == -32005 && refused?["message"]?.string?.hasSuffix("has only image/png, audio/wav.") == true)
            let wrong = try await ask("text/plain", "one", client)["error"]
            #expect(wrong?["code"] == -32602)
            // What the model says must be JSON: it is asked again, and then the task fails.
            let failed = try await ask(["application/json"], "no JSON", client)["result"]
            #expect((failed?["task"] ?? failed)?["status"]?["state"]?.string?.lowercased().hasSuffix("failed") == true)
        }
    }

    @Test(arguments: ["/.well-known", "/agents/guide/.well-known"]) func cardsHaveTheirFormerNameToo(folder: String) async throws {
        try await APIFixture().application.test(.live) { client in
            let card = try await client.get("\(folder)/agent-card.json")
            let former = try await client.get("\(folder)/agent.json")
            #expect(card.status == .ok && card.text == former.text)
        }
    }

    @Test func cardsNameThePublicAddress() async throws {
        try await APIFixture(publicURL: "https://agents.example.org/hector").application.test(.live) { client in
            let card = try await client.get("/.well-known/agent-card.json").json
            let url: JSON = "https://agents.example.org/hector/agents/guide/"
            #expect(card["url"] == url)
            #expect(card["supportedInterfaces"]?.array?.map { $0["url"] } == [url, url])
        }
    }
}
