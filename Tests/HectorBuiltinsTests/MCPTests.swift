import FoundationEssentials
import HectorCore
@testable import HectorBuiltins
import HectorProto
import HectorProviders
import Testing

private func json(_ text: String) throws -> JSONText { try JSONText(Array(text.utf8)) }

@Suite struct MCPSessionTests {
    private func shown(_ actions: [MCPSession.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .send(let message): "send \(message.text)"
            case .answered(let id, .success(let result)): "\(id) is \(result.text)"
            case .answered(let id, .failure(let failure)): "\(id) failed \(failure.code) \(failure.message)"
            case .progress(let id, let done, let total, let message): "\(id) at \(done) of \(total) \(message)"
            case .toolsChanged: "tools"
            case .log(let level, let text): "\(level): \(text)"
            }
        }
    }

    @Test func `Requests are numbered, and answered once`() throws {
        var session = MCPSession()
        let first = session.request("tools/list")
        let second = session.request("tools/call", ["name": "x"], wantsProgress: true)
        #expect(first.message.text == #"{"id":1,"jsonrpc":"2.0","method":"tools/list"}"#)
        #expect(second.message.text == #"{"id":2,"jsonrpc":"2.0","method":"tools/call","params":{"_meta":{"progressToken":2},"name":"x"}}"#)
        #expect(try shown(session.received(json(#"{"jsonrpc":"2.0","id":2,"result":{"a": 1}}"#))) == [#"2 is {"a": 1}"#])
        #expect(try session.received(json(#"{"jsonrpc":"2.0","id":2,"result":{}}"#)).isEmpty)
        #expect(try shown(session.received(json(#"{"jsonrpc":"2.0","id":"1","error":{"code":-32602,"message":"no"}}"#))) == ["1 failed -32602 no"])
        #expect(session.pending.isEmpty)
    }

    @Test func `A request that nobody waits for is called back once`() throws {
        var session = MCPSession()
        let id = session.request("tools/call").id
        #expect(session.cancel(id)?.text == #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"reason":"the caller needs the result no more","requestId":1}}"#)
        #expect(session.cancel(id) == nil)
        #expect(try session.received(json(#"{"id":1,"result":{}}"#)).isEmpty)
    }

    @Test func `The server's requests are answered: pings, and refusals`() throws {
        var session = MCPSession()
        #expect(try shown(session.received(json(#"{"jsonrpc":"2.0","id":"p-1","method":"ping"}"#))) == [#"send {"id":"p-1","jsonrpc":"2.0","result":{}}"#])
        #expect(try shown(session.received(json(#"{"jsonrpc":"2.0","id":1e0,"method":"roots/list"}"#)))
            == [#"send {"error":{"code":-32601,"message":"this client does not offer roots/list"},"id":1e0,"jsonrpc":"2.0"}"#])
    }

    @Test func `What the server tells by itself`() throws {
        var session = MCPSession()
        _ = session.request("tools/call")
        let batch = #"""
            [{"method":"notifications/progress","params":{"progressToken":1,"progress":2,"total":4,"message":"half"}},
             {"method":"notifications/progress","params":{"progressToken":9,"progress":2}},
             {"method":"notifications/tools/list_changed"}, {"method":"notifications/message","params":{"level":"error","data":{"a":1}}},
             {"method":"notifications/unheard"}, {"neither":1}, 7]
            """#
        #expect(try shown(session.received(json(batch))) == ["1 at 2.0 of 4.0 half", "tools", #"error: {"a":1}"#])
    }
}

@Suite struct MCPToolTests {
    @Test func `Tools come in pages, schemas byte for byte, and hints as annotations`() throws {
        var list = MCPToolList()
        #expect(try list.take(json(#"{"tools":[{"name":"a","description":"A","inputSchema":{"type": "object","x":1.0},"annotations":{"readOnlyHint":true,"destructiveHint":true}}],"nextCursor":"2"}"#)) == "2")
        #expect(try list.take(json(#"{"tools":[{"name":"b","title":"B","annotations":{"destructiveHint":true,"idempotentHint":true}},{"name":"c"}]}"#)) == nil)
        #expect(list.tools.map(\.name) == ["a", "b", "c"] && list.tools.map(\.description_p) == ["A", "B", ""])
        #expect(list.tools[0].parametersJson == #"{"type": "object","x":1.0}"#)
        #expect(list.tools.map(\.annotations.readOnly) == [true, false, false] && list.tools.map(\.annotations.idempotent) == [true, true, false])
        #expect(list.tools.map(\.annotations.asks) == [false, true, false])
    }

    @Test func `Names that hosts cannot take are left out, and told`() throws {
        var list = MCPToolList()
        _ = try list.take(json(#"{"tools":[{"name":"a/b"},{"name":""},{"name":"@x"},{"name":"ok"},{"name":"ok"},{}]}"#))
        #expect(list.tools.map(\.name) == ["ok"] && list.problems.count == 5)
        #expect(list.problems[0] == "the tool 'a/b' is left out: names are 1 to 64 of a-z, A-Z, 0-9, _, - and .")
    }

    private func result(_ text: String) throws -> (pieces: [String], hasFailed: Bool) {
        let result = MCPToolResult(try json(text))
        return (result.outputs.map { output in
            switch output.output {
            case .text(let text): text
            case .dataJson(let json): "data \(json)"
            case .image(let image): "\(image.mediaType) \(Array(image.data))"
            default: "?"
            }
        }, result.hasFailed)
    }

    @Test func `Each kind of content becomes output for the model`() throws {
        let content = #"""
            {"content":[{"type":"text","text":"one"},{"type":"text","text":"two"},{"type":"image","mimeType":"image/png","data":"AQID"},
            {"type":"audio","mimeType":"audio/wav","data":"AQID"},{"type":"resource","resource":{"uri":"file:///x","text":"inside"}},
            {"type":"resource","resource":{"uri":"file:///y","mimeType":"image/gif","blob":"AQ=="}},{"type":"resource","resource":{"uri":"file:///z","blob":"AQ=="}},
            {"type":"resource_link","uri":"file:///w","name":"w"},{"type":"later","x":1}]}
            """#
        #expect(try result(content).pieces == [
            "one", "\ntwo", "image/png [1, 2, 3]", "[audio/wav, 3 bytes, which are not passed on]", "\ninside", "image/gif [1]",
            "[file:///z, data, 1 bytes, which are not passed on]", "\nfile:///w – w", #"data {"type":"later","x":1}"#,
        ])
    }

    @Test func `Structured content is said once`() throws {
        #expect(try result(#"{"content":[{"type":"text","text":"{ \"a\": 1 }"}],"structuredContent":{"a":1.0}}"#).pieces == [#"data {"a":1.0}"#])
        #expect(try result(#"{"content":[{"type":"text","text":"hi"}],"structuredContent":{"result":"hi"}}"#).pieces == ["hi"])
        #expect(try result(#"{"content":[{"type":"text","text":"hi"}],"structuredContent":{"result":"hi","n":1}}"#).pieces == ["hi", #"data {"result":"hi","n":1}"#])
        let failed = try result(#"{"content":[{"type":"text","text":"no"}],"isError":true}"#)
        #expect(failed.pieces == ["no"] && failed.hasFailed)
    }

    @Test func `A server's environment is clean`() throws {
        let own = ["PATH": "/bin", "HOME": "/root", "SECRET": "x", "HECTOR_TOKEN": "x", "AWS_KEY": "x"]
        let command = try ServerProcess.Command(Settings(["command": #"["sh","-c","true"]"#, "env": #"{"KEY":"1","HOME":"/h"}"#]), own: own)
        #expect(command.environment == ["PATH": "/bin", "HOME": "/h", "KEY": "1"] && command.words == ["sh", "-c", "true"])
        #expect(try command.path() == "/bin/sh")
        #expect(throws: ProviderError.self) { try ServerProcess.Command(Settings(["command": "[]"]), own: own) }
        let absent = try ServerProcess.Command(Settings(["command": #"["no-such-program"]"#]), own: own)
        #expect(throws: ProviderError.self) { try absent.path() }
    }
}
