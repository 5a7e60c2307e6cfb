import HectorCore
@testable import HectorBuiltins
import HectorProto
import HectorProviders
import Testing

private func json(_ text: String) throws -> JSONText { try JSONText(Array(text.utf8)) }

@Suite struct A2ACardTests {
    private func card(_ members: String) throws -> A2ACard { try A2ACard(json(#"{"name": "Chef", \#(members)}"#), most: 4_096) }

    @Test func `The newest form that is spoken here is chosen, and of its address the path`() throws {
        let both = try card(#"""
            "description": "Cooks.", "skills": [{"id": "s", "name": "Soup", "description": "Hot."}, {"id": "pie"}], "capabilities": {"streaming": true},
            "supportedInterfaces": [{"url": "http://x/old", "protocolBinding": "JSONRPC", "protocolVersion": "0.3"},
             {"url": "grpc://x", "protocolBinding": "GRPC", "protocolVersion": "1.0"}, {"url": "https://inside:1/new/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
            "url": "http://x/older"
            """#)
        #expect(both.form == .v1 && both.path == "/new/" && both.streams)
        #expect(both.description == "Asks the agent Chef. Cooks. Skills: Soup: Hot.; pie.")
        let old = try card(#""url": "http://x/a2a", "preferredTransport": "JSONRPC", "protocolVersion": "0.3.0""#)
        #expect(old.form == .v03 && old.path == "/a2a" && !old.streams && old.description == "Asks the agent Chef.")
        let further = try card(#""url": "http://x", "preferredTransport": "GRPC", "additionalInterfaces": [{"url": "http://x/j", "transport": "JSONRPC"}]"#)
        #expect(further.form == .v03 && further.path == "/j")
    }

    @Test(arguments: [
        (#"{"name": "Chef", "supportedInterfaces": [{"url": "http://x", "protocolBinding": "HTTP+JSON", "protocolVersion": "1.0"}]}"#, "names no interface of JSON-RPC in A2A 1.0 or 0.3; it offers HTTP+JSON 1.0"),
        (#"{"name": "Chef"}"#, "names no interface of JSON-RPC in A2A 1.0 or 0.3"),
        (#"{"name": "Chef", "url": "ftp://x"}"#, "names the address 'ftp://x', which is not one of http or https"),
        (#"{"object": "list"}"#, "is no card of an A2A agent"), (#"[]"#, "is no card of an A2A agent"),
    ]) func `A card that cannot be used says why`(text: String, reason: String) throws {
        #expect(throws: A2ACard.Unusable(reason: reason)) { try A2ACard(json(text), most: 4_096) }
    }
}

@Suite struct A2AReplyTests {
    /// What the results say, joined by `|`, and how it ended.
    private func shown(_ results: String...) throws -> String {
        var reply = A2AReply(most: 3)
        var said: [String] = []
        for result in results {
            for output in try reply.take(json(result)) {
                switch output.output {
                case .text(let text): said.append(text)
                case .dataJson(let data): said.append("data " + data)
                case .progress(let progress): said.append("progress " + progress.message)
                default: said.append("?")
                }
            }
        }
        return said.joined(separator: "|") + " => \(reply.ending.map { "\($0)" } ?? "goes on") \(reply.task ?? "")"
    }

    @Test func `A stream of either form is put together`() throws {
        #expect(try shown(
            #"{"task": {"id": "t", "status": {"state": "TASK_STATE_SUBMITTED"}}}"#,
            #"{"statusUpdate": {"taskId": "t", "status": {"state": "TASK_STATE_WORKING", "message": {"parts": [{"text": "thinks"}]}}}}"#,
            #"{"artifactUpdate": {"taskId": "t", "artifact": {"artifactId": "a", "parts": [{"text": "one "}]}}}"#,
            #"{"artifactUpdate": {"taskId": "t", "append": true, "artifact": {"artifactId": "a", "parts": [{"text": "two"}]}}}"#,
            #"{"artifactUpdate": {"taskId": "t", "artifact": {"artifactId": "b", "parts": [{"text": "three"}, {"data": {"x": 1}}]}}}"#,
            #"{"task": {"id": "t", "artifacts": [{"artifactId": "a", "parts": [{"text": "one two"}]}], "status": {"state": "TASK_STATE_COMPLETED"}}}"#)
            == #"progress |progress thinks|one |two|\#n\#nthree|data {"x": 1} => completed t"#)
        #expect(try shown(
            #"{"kind": "task", "id": "t", "status": {"state": "working"}}"#,
            #"{"kind": "artifact-update", "taskId": "t", "artifact": {"artifactId": "a", "parts": [{"kind": "text", "text": "one"}]}}"#,
            #"{"kind": "artifact-update", "taskId": "t", "append": false, "artifact": {"artifactId": "a", "parts": [{"kind": "file", "file": {"name": "f", "bytes": "AA=="}}]}}"#,
            #"{"kind": "status-update", "taskId": "t", "status": {"state": "completed", "message": {"parts": [{"text": "bye"}]}}, "final": true}"#)
            == "progress |one|\n[What follows replaces an earlier part of this answer:]\n|\n[a file that is not passed on: f] => completed t")
    }

    @Test func `Messages, last words, failures and questions`() throws {
        #expect(try shown(#"{"message": {"messageId": "m", "parts": [{"text": "a"}, {"text": "b"}]}}"#) == "a|\n\nb => completed ")
        #expect(try shown(#"{"kind": "message", "parts": [{"text": "a"}]}"#) == "a => completed ")
        #expect(try shown(#"{"id": "t", "status": {"state": "TASK_STATE_COMPLETED", "message": {"parts": [{"text": "in the status"}]}}}"#) == "in the status => completed t")
        #expect(try shown(#"{"id": "t", "status": {"state": "failed", "message": {"parts": [{"text": "no\noven"}]}}}"#).hasSuffix(#"failed("no\\noven") t"#))
        #expect(try shown(#"{"id": "t", "status": {"state": "TASK_STATE_INPUT_REQUIRED", "message": {"parts": [{"text": "Which?"}]}}}"#).hasSuffix(#"needsInput("Which?") t"#))
        #expect(try shown(#"{"id": "t", "status": {"state": "auth-required"}}"#).hasSuffix(#"needsInput("somebody must authorize it") t"#))
        #expect(try shown(#"{"id": "t", "status": {"state": "TASK_STATE_REJECTED"}}"#).hasSuffix(#"failed("it refuses the task") t"#))
        #expect(try shown(#"{"something": 1}"#, "[]", "7") == " => goes on ")
    }

    @Test func `What was used is told, and artifacts are bounded`() throws {
        var reply = A2AReply(most: 3)
        _ = try reply.take(json(#"{"statusUpdate": {"taskId": "t", "status": {"state": "TASK_STATE_COMPLETED"}, "metadata": {"urn:hector:a2a:turn:1": {"tokens": 40, "tool_calls": 2}}}}"#))
        #expect(reply.spent?.tokens == 40 && reply.spent?.toolCalls == 2)
        for id in 0..<3 { _ = try reply.take(json(#"{"artifactUpdate": {"artifact": {"artifactId": "\#(id)", "parts": []}}}"#)) }
        #expect(throws: A2AReply.TooManyArtifacts.self) { try reply.take(json(#"{"artifactUpdate": {"artifact": {"artifactId": "4", "parts": []}}}"#)) }
    }
}
