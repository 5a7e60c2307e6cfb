import FoundationEssentials
import HTTPTypes
import HectorAgents
import HectorCore
import HectorProto
import HectorProviders
import Hummingbird
import HummingbirdTesting
import ScriptedProviders
import Synchronization
import Testing

@testable import HectorAPI

/// `/v1/responses`; what OpenAI's own client makes of it is tested in InteropTests.
@Suite struct ResponsesTests {
    private let path = "/v1/responses"

    private func header(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }

    @Test func `A stream is written byte by byte as OpenAI writes it`() async throws {
        try await APIFixture().application.test(.live) { client in
            // What a client wrote over several lines comes back on one.
            let body = "{\"model\": \"m\", \"input\": \"one\", \"stream\": true, \"metadata\": {\n  \"a\":\r\n \"b\"}}"
            let reply = try await client.post(path, text: body)
            let events = reply.text.components(separatedBy: "\n\n").dropLast()
            for event in events {
                let lines = event.components(separatedBy: "\n")
                let type = try JSON(parsing: lines[1].dropFirst("data: ".count).utf8)["type"]?.string ?? "?"
                #expect(lines.count == 2 && lines[0] == "event: \(type)", "\(lines)")
            }
            #expect(events.dropFirst(2).dropLast().map { $0 } == [
                """
                event: response.output_item.added
                data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"content":[],"id":"msg_id-1_0","role":"assistant","status":"in_progress","type":"message"}}
                """,
                """
                event: response.content_part.added
                data: {"type":"response.content_part.added","sequence_number":3,"output_index":0,"item_id":"msg_id-1_0","content_index":0,"part":{"annotations":[],"logprobs":[],"text":"","type":"output_text"}}
                """,
                """
                event: response.output_text.delta
                data: {"type":"response.output_text.delta","sequence_number":4,"output_index":0,"item_id":"msg_id-1_0","content_index":0,"logprobs":[],"delta":"one "}
                """,
                """
                event: response.output_text.done
                data: {"type":"response.output_text.done","sequence_number":5,"output_index":0,"item_id":"msg_id-1_0","content_index":0,"logprobs":[],"text":"one "}
                """,
                """
                event: response.content_part.done
                data: {"type":"response.content_part.done","sequence_number":6,"output_index":0,"item_id":"msg_id-1_0","content_index":0,"part":{"annotations":[],"logprobs":[],"text":"one ","type":"output_text"}}
                """,
                """
                event: response.output_item.done
                data: {"type":"response.output_item.done","sequence_number":7,"output_index":0,"item":{"content":[{"annotations":[],"logprobs":[],"text":"one ","type":"output_text"}],"id":"msg_id-1_0","role":"assistant","status":"completed","type":"message"}}
                """,
            ])
            let last = try JSON(parsing: (events.last ?? "").components(separatedBy: "\ndata: ")[1].utf8)
            #expect(last["response"] == (try await client.get("\(path)/resp_id-1").json))
            #expect(last["response"]?["metadata"] == ["a": "b"] && last["response"]?["created_at"] == 1_700_000_000)
        }
    }

    @Test func `What comes before reaches the model, and instructions do not stay`() async throws {
        let llm = ScriptedLLM()
        try await APIFixture(llm: llm).application.test(.live) { client in
            let first = try await client.post(path, ["model": "m", "input": "one", "instructions": "Be first."]).json
            let id = try #require(first["id"]), item = try #require(first["output"]?[0]?["id"])
            _ = try await client.post(path, ["model": "m", "input": "two", "instructions": "Be second.", "previous_response_id": id])
            _ = try await client.post(path, ["model": "guide", "input": [
                ["type": "item_reference", "id": item],
                ["type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"],
                ["type": "function_call", "call_id": "c2", "name": "g"],
                ["type": "function_call_output", "call_id": "c1", "output": [["type": "input_text", "text": "done"]]],
            ]])
        }
        let heard = llm.requests.map { $0.messages.map { "\($0.role): \($0.content)\($0.toolCalls.map { " \($0.id)" }.joined())" } }
        #expect(heard == [
            ["system: Be first.", "user: one"], ["system: Be second.", "user: one", "assistant: one ", "user: two"],
            ["system: Be brief.", "assistant: one  c1 c2", "tool: done"],
        ])
    }

    @Test func `Responses belong to the client's name`() async throws {
        let security = APISecurity(token: "the-admin", clients: [
            APIClient(name: "anna", token: "token-of-anna"), APIClient(name: "bert", token: "token-of-bert"),
        ])
        try await APIFixture(security: security).application.test(.live) { client in
            let sent = try await client.post(path, ["model": "m", "input": "one"], header("token-of-anna")).json
            let id = sent["id"]?.string ?? "", item = sent["output"]?[0]?["id"]?.string ?? ""
            func replies(_ id: String, _ item: String, _ token: String) async throws -> [String] {
                let all = [
                    try await client.get("\(path)/\(id)", header(token)), try await client.get("\(path)/\(id)/input_items", header(token)),
                    try await client.post(path, ["model": "m", "input": "a", "previous_response_id": .string(id)], header(token)),
                    try await client.post(path, ["model": "m", "input": [["type": "item_reference", "id": .string(item)]]], header(token)),
                    try await client.delete("\(path)/\(id)", header(token)),
                ]
                return all.map { "\($0.status.code) \($0.text.replacing(id, with: "ID").replacing(item, with: "ITEM"))" }
            }
            let foreign = try await replies(id, item, "token-of-bert")
            #expect(foreign == (try await replies("resp_nobody", "msg_nobody_0", "token-of-bert")))
            #expect(foreign.allSatisfy { $0.hasPrefix("404 ") }, "\(foreign)")
            let admin = try await client.get("\(path)/\(id)", header("the-admin"))
            #expect(admin.json == sent)
            let own = try await replies(id, item, "token-of-anna")
            #expect(own.allSatisfy { $0.hasPrefix("200 ") }, "\(own)")
            let gone = try await client.get("\(path)/\(id)", header("token-of-anna"))
            #expect(gone.status == .notFound)
        }
    }

    private func stored(_ id: String, at time: Instant = Instant(), text: String = "") throws -> StoredResponse {
        StoredResponse(
            id: id, json: Array(text.utf8), input: try JSONText(Array("\"\"".utf8)), conversation: [], output: [], created: time)
    }

    private func ids(_ store: ResponseStore, _ all: [String]) -> [String] {
        all.filter { (try? store.response($0, for: .anyone)) != nil }
    }

    @Test func `Stored responses are bounded in number, bytes and age, and fairly`() throws {
        var limits = APILimits()
        (limits.responses, limits.responseBytes, limits.responseAge) = (3, 6500, .seconds(60))
        let time = Mutex(Instant())
        let store = ResponseStore(limits: limits) { time.withLock { $0 } }
        for (id, owner) in [("b", "bert"), ("1", "anna"), ("2", "anna"), ("3", "anna")] { store.put(try stored(id), of: owner) }
        #expect(ids(store, ["b", "1", "2", "3"]) == ["b", "2", "3"])
        store.put(try stored("4", text: String(repeating: "x", count: 4000)), of: "anna")
        #expect(ids(store, ["b", "2", "3", "4"]) == ["b", "4"])
        let later = Instant().advanced(by: .seconds(61))
        time.withLock { $0 = later }
        store.put(try stored("5", at: later), of: "anna")
        #expect(ids(store, ["b", "4", "5"]) == ["5"])
    }

    @Test func `An item's id names its response`() {
        #expect(ResponseOutput.place(of: "msg_a-b_c_12")?.response == "resp_a-b_c" && ResponseOutput.place(of: "msg_a-b_c_12")?.index == 12)
        for wrong in ["", "msg", "msg_", "msg_a", "msg_a_", "msg_a_-1", "msg_a_b"] { #expect(ResponseOutput.place(of: wrong) == nil) }
    }
}
