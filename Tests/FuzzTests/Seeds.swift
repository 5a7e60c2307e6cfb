import HectorHandshake
import HectorProto
import Logging
import NIOCore
import NIOEmbedded
import SwiftProtobuf

@testable import HectorDiscovery
@testable import HectorRPC

/// The first inputs of each target: what our own code says and writes.
enum Seeds {
    static func of(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        switch target {
        case .http2Connection: conversations()
        case .grpcFraming: framings()
        case .handshakeLine: handshakes()
        case .pluginOutput: outputs()
        case .versionRange: ranges()
        case .yaml: configurations()
        case .txtRecords: try records()
        case .json: texts()
        case .eventStream: eventStreams()
        case .rpcMessage: rpcMessages()
        case .document: documents()
        }
    }

    /// What a client and a server of ours say to each other, both ways, at once and in pieces.
    private static func conversations() -> [(name: String, bytes: [UInt8])] {
        let calls: [(String, @Sendable (ClientConnection) async throws -> Void)] = [
            ("unary", { _ = try await $0.unary(Echo.unary, Text("hello")) }),
            ("metadata", {
                var metadata: Metadata = ["x-one": "1", "x-two": "two"]
                metadata.append([0, 255, 7], forBinary: "x-three")
                _ = try await $0.unary(Echo.unary, Text("hello"), options: CallOptions(timeout: .seconds(9), metadata: metadata))
            }),
            ("failure", { _ = try? await $0.unary(Echo.unary, Text("fail:so: 100 %")) }),
            ("stream", { try await $0.serverStreaming(Echo.stream, Text("20")) { for try await _ in $0 {} } }),
            ("cancel", { try await $0.serverStreaming(Echo.stream, Text("64")) { for try await _ in $0 { break } } }),
            ("large", { _ = try await $0.unary(Echo.unary, Text(String(repeating: "x", count: 3000))) }),
            ("many", { await ClientSide.calls($0) }),
        ]
        return calls.flatMap { name, body in
            let (there, back) = record(body)
            return [
                ("server-\(name)", [2, 0] + there), ("server-\(name)-bytewise", [2, 1] + there),
                ("client-\(name)", [3, 0] + back), ("client-\(name)-pieces", [3, 5] + back),
            ]
        }
    }

    private static func record(_ body: @escaping @Sendable (ClientConnection) async throws -> Void) -> (there: [UInt8], back: [UInt8]) {
        let server = ServerSide()
        let wire = Wire()
        let connection = ClientConnection(endpoint: .unix(path: "/nowhere"), security: .plaintext, limits: .fuzzed)
        let tasks = TaskCount()
        let channel = wire.channel
        tasks.run(on: EventLoopExecutor.of(wire.loop)) {
            guard (try? await connection.start(over: channel, tls: nil, keepalive: nil)) != nil else { return }
            try? await body(connection)
        }
        var (there, back): ([UInt8], [UInt8]) = ([], [])
        while true {
            wire.run()
            let more = wire.output()
            there += more
            if !more.isEmpty { _ = try? server.wire.channel.writeInbound(ByteBuffer(bytes: more)) }
            server.wire.run()
            let answer = server.wire.output()
            back += answer
            if !answer.isEmpty { _ = try? channel.writeInbound(ByteBuffer(bytes: answer)) }
            if more.isEmpty, answer.isEmpty { break }
        }
        wire.end()
        server.wire.end()
        return (there, back)
    }

    private static func framings() -> [(name: String, bytes: [UInt8])] {
        func message(_ length: Int, flag: UInt8 = 0) -> [UInt8] {
            [flag] + withUnsafeBytes(of: UInt32(length).bigEndian, Array.init) + Array(repeating: 7, count: length)
        }
        let several = message(0) + message(3) + message(200)
        return [
            ("one", [15, 255, 0] + message(20)), ("several", [15, 8, 3] + several), ("bytewise", [15, 8, 1] + several),
            ("unfinished", [15, 8, 2] + message(100).dropLast(50)), ("too-large", [4, 8, 0] + message(17)),
            ("compressed", [15, 8, 1] + message(2) + message(4, flag: 1)), ("packed", [31, 8, 4] + message(9, flag: 1) + message(2)), ("malformed", [15, 8, 0] + message(1, flag: 2)),
        ]
    }

    private static func handshakes() -> [(name: String, bytes: [UInt8])] {
        let certificate = Array(repeating: UInt8(0x30), count: 300)
        let ours = [
            ("unix", HandshakeLine(appVersion: 1, address: .unix(path: "/tmp/plugin1/socket")).text),
            ("tcp", HandshakeLine(appVersion: 1, address: .tcp(host: "127.0.0.1", port: 12345), certificateDER: certificate).text),
            ("ipv6", "1|1|tcp|[::1]:10000|grpc|"), ("multiplex", "1|1|unix|/tmp/s|grpc||false"),
            ("netrpc", "1|1|tcp|127.0.0.1:1|netrpc"), ("version", "1|7|unix|/tmp/s|grpc"), ("log", "starting up…\r\n1|1|unix|/tmp/s|grpc"),
        ]
        return ours.enumerated().map { ($1.0, [UInt8($0 % 3)] + Array(($1.1 + "\n").utf8)) }
    }

    private static func outputs() -> [(name: String, bytes: [UInt8])] {
        let deep = String(repeating: "[", count: 20) + String(repeating: "]", count: 20)
        let texts = [
            ("hclog", #"{"@level":"info","@message":"loaded","@timestamp":"2026-01-31T12:00:00.000Z","n":1.5,"l":[1,{"a":null}]}"# + "\n"),
            ("deep", #"{"@message":"m","a":\#(deep)}"# + "\n{\"@caller\":\"a.go:1\",\"@level\":\"error\",\"@message\":\"\\u00e4\"}\n"),
            ("python", "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 1\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\nValueError: 2\n[INFO] on\n"),
            ("others", "thread 'main' panicked at a.rs:1:2:\nboom\nnote: x\nTypeError: x\n    at f (a.js:1:1)\n\nException in thread \"main\" E: x\n\tat a.B(B.java:1)\nCaused by: y\nend\n"),
            ("panic", "[WARN] soon\r\npanic: nil map\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:3\n"),
            ("group", "  + Exception Group Traceback (most recent call last):\n  | ExceptionGroup: two\n  +-+---- 1 ----\n    | ValueError: 1\n    +----\nend\n"),
        ]
        return texts.enumerated().map { ($1.0, [UInt8($0 % 3), UInt8($0)] + Array($1.1.utf8)) }
    }

    private static func ranges() -> [(name: String, bytes: [UInt8])] {
        let texts = [
            ("caret", "1.9.0\n^1.2"), ("both", "2.0.0-rc.1\n>=0.1.0 <2.0.0 || =3.x"), ("tilde", "1.2.3+build\n~1.2.3, *"),
            ("extreme", "1.0.9007199254740991\n>=1.0.9223372036854775807"), ("largest", "0.0.0-99999999999999999999\n<=1.0.9007199254740991"),
        ]
        return texts.map { ($0, Array($1.utf8)) }
    }

    private static func configurations() -> [(name: String, bytes: [UInt8])] {
        let files = [
            ("host", UInt8(0), """
                server:
                  listen: 127.0.0.1:8080
                mesh:
                  name: home
                  tls: {ca: ca.pem, certificate: host.pem, key: host.key}
                  sources:
                    avahi: false
                    static: ["gpu-1.example.org:7443", "[fe80::1]:7443"]
                plugins:
                  llms:
                    echo:
                      type: plugin
                      path: ./echo-llm
                      config: {api_key: "${KEY}", retries: 3, nested: [1, 2, {a: b}]}
                agents:
                  helper:
                    name: Helper
                    llm: echo
                    prompt: |
                      You help.
                """),
            ("agent", 1, """
                agent:
                  name: gpu-1
                  listen: "[::]:7443"
                  drain_timeout: 30s
                mesh:
                  name: home
                  tls: &tls {ca: ca.pem, certificate: a.pem, key: a.key}
                plugins:
                  llms:
                    echo: {type: plugin, path: ~/echo-llm}
                """),
            ("aliases", 0, "a: &a [x, &b {k: v}]\nb: *a\nc: *b\n? [1, 2]\n: !!str 3\nd: *nothing\na: again\n"),
            ("tokens", 0, "%YAML 1.1\n%TAG ! tag:x,2000:\n---\n\"\\u263A \\x41\\n\": 'it''s'\n>-\n  folded\n  text\n...\n---\nsecond\n"),
        ]
        return files.map { ($0, [$1] + Array($2.utf8)) }
    }

    private static func records() throws -> [(name: String, bytes: [UInt8])] {
        func listing(_ choice: UInt8, _ strings: [[UInt8]]) -> [UInt8] {
            [choice, UInt8(strings.count)] + strings.flatMap { [UInt8($0.count)] + $0 } + [choice]
        }
        let records = try (0..<3).map { index in
            try NodeRecord(
                id: "00000000-0000-4000-8000-00000000000\(index)", mesh: index == 2 ? "other" : "home", name: "gpu-\(index)",
                plugins: ["echo", "smollm"], version: "0.1.0", proto: 1
            ).text()
        }
        return [
            ("one", listing(4, records[0])), ("three", records.enumerated().flatMap { listing(UInt8($0 << 4 | 4), $1) }),
            ("restart", listing(4, records[0]) + listing(0x14, records[1]) + [0, 1, 4] + [0x12, 0x03]),
            ("foreign", listing(4, [Array("txtvers=2".utf8), Array("=".utf8), Array("ID=x".utf8), [0xFF], []])),
        ]
    }

    private static func texts() -> [(String, [UInt8])] {
        [
            ("chat", #"{"model":"a","messages":[{"role":"user","content":"x\ny"}],"temperature":0.5,"stream":true}"#),
            ("log", #"{"@level":"info","@message":"m","n":[1,-2.5e3,null,false,{"a":{}}]}"#),
            ("escapes", #""\ud83d\ude00\ud800\u00e9\"\\\/\b""#), ("characters", #"["ä€😀", " "]"#),
        ].map { ($0, [1] + Array($1.utf8)) }
    }

    private static func eventStreams() -> [(name: String, bytes: [UInt8])] {
        [
            ("data", "data: {\"a\": 1}\n\ndata: [DONE]\n\n"), ("all", "\u{FEFF}id: 7\r\nevent: message\r\nretry: 1500\r\ndata: a\r\ndata: b\r\n\r\n"),
            ("comment", ": ping\n\n:\ndata\n\n"), ("returns", "data: x\r\rdata: y\r\r"), ("half", "data: unfinished"),
        ].map { ($0.0, [7] + Array($0.1.utf8)) }
    }

    private static func rpcMessages() -> [(name: String, bytes: [UInt8])] {
        [
            ("request", #"{"jsonrpc": "2.0", "id": "a\n1", "method": "ping"}"#),
            ("notification", #"{"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": "1", "progress": 0.5}}"#),
            ("result", #"{"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": "12:00"}]}}"#),
            ("failure", #"{"jsonrpc": "2.0", "id": "2", "error": {"code": -32602, "message": "no such tool"}}"#),
            ("batch", #"[{"jsonrpc": "2.0", "id": 1, "result": {}}, {"id": null}, 7, {"method": "x", "id": 1.5e3}]"#),
        ].map { ($0.0, Array($0.1.utf8)) }
    }

    private static func documents() -> [(name: String, bytes: [UInt8])] {
        let page = "<!doctype html><title>A &amp; B</title><script>x</script><h1 class='a'>One</h1><p>Two<br>three &#x41;<table><tr><td>1<td>2</table><pre> a\n b</pre>"
        let word = "<w:document><w:body><w:p><w:pPr><w:pStyle w:val=\"Heading1\"/></w:pPr><w:r><w:t>Title</w:t></w:r></w:p><w:p><w:r><w:t xml:space=\"preserve\">a </w:t><w:tab/></w:r></w:p></w:body></w:document>"
        // One stored entry, its central directory, and the end of it.
        func u16(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8 & 255)] }
        func u32(_ value: Int) -> [UInt8] { u16(value & 65_535) + u16(value >> 16) }
        let (name, content) = (Array("word/document.xml".utf8), Array(word.utf8))
        let sizes = u32(0) + u32(content.count) + u32(content.count) + u16(name.count) + u16(0)
        let local = u32(0x0403_4B50) + u16(20) + u16(0) + u16(0) + u32(0) + sizes + name + content
        let central = u32(0x0201_4B50) + u16(20) + u16(20) + u16(0) + u16(0) + u32(0) + sizes + u16(0) + u16(0) + u16(0) + u32(0) + u32(0) + name
        let end = u32(0x0605_4B50) + u16(0) + u16(0) + u16(1) + u16(1) + u32(central.count) + u32(local.count) + u16(0)
        return [
            ("html", [0] + Array(page.utf8)), ("broken", [0] + Array("<p <b a=\"<i>&#xD800; &lt <!-- <".utf8)), ("xml", [1] + Array(word.utf8)),
            ("docx", [2] + local + central + end),
        ]
    }
}
