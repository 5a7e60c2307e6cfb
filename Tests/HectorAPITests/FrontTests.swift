import HectorCore
import HectorProviders
import Logging
import NIOCore
import ScriptedProviders
import Synchronization
import Testing

@testable import HectorAPI

/// What holds for every request, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct FrontTests {
    let sockets = ConnectionTests()

    func request(_ head: String, _ body: String = "") -> ByteBuffer {
        ByteBuffer(string: head.split(separator: "\n").joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    func rpc(_ method: String, _ params: String) -> ByteBuffer {
        sockets.post("/agents/guide", #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#)
    }

    @Test func pipelinedRequestsAreAnsweredInTheirOrder() async throws {
        try await sockets.serving(APIFixture()) { port in
            let text = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let many = ByteBuffer(string: String(repeating: text, count: 100) + "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let answers = try await sockets.answer(port, many)
            #expect(answers.split(separator: "HTTP/1.1 200 OK").count == 100)
            #expect(answers.contains("HTTP/1.1 404") && answers.contains("/nothing"))
        }
    }

    @Test(arguments: [
        // Two ways to say where a body ends, or none that is valid.
        "Content-Length: 4\nTransfer-Encoding: chunked", "Content-Length: 4\nContent-Length: 5", "Transfer-Encoding: chunked\nTransfer-Encoding: x",
        "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, identity", "Content-Length: +4", "Content-Length: 4, 5",
        "Transfer-Encoding : chunked", " Content-Length: 4", "Content-Length:4\n\tx",
    ]) func whatCouldBeReadInTwoWaysIsRefused(headers: String) async throws {
        let log = LogLines()
        try await sockets.serving(APIFixture(), logger: Logger(label: "test") { _ in log.handler }) { port in
            let smuggled = "0\r\n\r\nGET /mesh HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            let answer = try await sockets.answer(port, request(
                "POST /agents/guide HTTP/1.1\nHost: localhost\nContent-Type: application/json\n\(headers)", smuggled))
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
            #expect(!answer.contains("replicas"), "the second request was taken for one")
            #expect(answer.lowercased().contains("connection: close"))
        }
        #expect(log.all.allSatisfy { !$0.hasPrefix("error") && !$0.hasPrefix("warning") }, "\(log.all)")
    }

    @Test func aClientThatGoesInTheMiddleOfItsBodyIsNoFaultOfOurs() async throws {
        let log = LogLines()
        try await sockets.serving(APIFixture(), logger: Logger(label: "test") { _ in log.handler }) { port in
            for path in ["/agents/guide", "/v1/chat/completions"] {
                let half = request("POST \(path) HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 100", "{")
                try await sockets.connect(port).executeThenClose { _, outbound in try await outbound.write(half) }
                let answer = try await sockets.connect(port).executeThenClose { inbound, outbound in
                    try await outbound.write(half)
                    outbound.finish()
                    return try await inbound.reduce(into: "") { $0 += String(buffer: $1) }
                }
                #expect(!answer.contains("internal_error"))
            }
        }
        #expect(log.all.allSatisfy { !$0.hasPrefix("error") && !$0.hasPrefix("warning") }, "\(log.all)")
    }

    @Test func aRefusedBodyIsNotReadToItsEnd() async throws {
        try await sockets.serving(APIFixture()) { port in
            for head in [
                "POST /mesh HTTP/1.1\nHost: evil.example\nContent-Length: 4000000", "POST /healthz HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked",
                "POST /agents/guide HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 100000000000",
            ] {
                let socket = try await sockets.connect(port, goesOn: true)
                try await socket.executeThenClose { inbound, outbound in
                    try await outbound.write(request(head))
                    let piece = ByteBuffer(string: "10000\r\n" + String(repeating: "x", count: 1 << 16) + "\r\n")
                    var taken = 0
                    do {
                        while taken < 256 << 20 {
                            try await socket.channel.writeAndFlush(piece).get()
                            taken += piece.readableBytes
                        }
                    } catch {}
                    // What sockets buffer, and what is taken so that the client can read its answer.
                    #expect(taken < 32 << 20, "\(taken) of \(head)")
                }
                // A client that stops in time reads it.
                let answer = try await sockets.answer(port, request(head, "400\r\n"))
                #expect(answer.hasPrefix("HTTP/1.1 4") && answer.contains("connection: close"), "\(answer)")
            }
        }
    }

    @Test func aClientWithABodySomewhatTooLongLearnsWhy() async throws {
        try await sockets.serving(APIFixture()) { port in
            let body = String(repeating: " ", count: 5 << 20)
            let answer = try await sockets.answer(port, sockets.post("/v1/chat/completions", body))
            #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer.prefix(200))")
        }
    }

    @Test func aBodyThatStopsEndsItsRequest() async throws {
        var fixture = APIFixture()
        fixture.limits.bodyTimeout = .milliseconds(50)
        try await sockets.serving(fixture) { port in
            let answer = try await sockets.answer(port, request(
                "POST /agents/guide HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 1000", "{"))
            #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.contains("connection: close"), "\(answer)")
        }
    }

    @Test func answersThatNoOneReadsAreBoundedAndCutOff() async throws {
        var fixture = APIFixture(llm: ScriptedLLM { _, onChunk in
            try await onChunk(.text(String(repeating: "a", count: 3 << 20)))
            return 1
        })
        fixture.limits.writeTimeout = .seconds(4)
        fixture.limits.answerMemory = 1
        try await sockets.serving(fixture) { port in
            let question = String(repeating: "q", count: 4_000_000)
            let message = #"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"\#(question)"}]}}"#
            _ = try await sockets.answer(port, rpc("SendMessage", message))
            let task = rpc("GetTask", #"{"id":"id-1"}"#)
            try await sockets.connect(port).executeThenClose { inbound, outbound in
                try await outbound.write(task)
                var unread = inbound.makeAsyncIterator()
                // Its answer is under way, and it takes no more of it: there is no room for another one.
                _ = try await unread.next()
                let refused = try await sockets.answer(port, task)
                #expect(refused.hasPrefix("HTTP/1.1 503"))
                #expect(refused.contains("Retry-After: 1") && refused.contains(#""jsonrpc":"2.0""#), "\(refused.prefix(1000))")
                // It is cut off when there is room again, while its client is still there.
                while try await !sockets.answer(port, task).hasPrefix("HTTP/1.1 200") {}
            }
        }
    }

    @Test func bodiesShareTheMemoryThatTheyMayUse() async throws {
        var fixture = APIFixture()
        fixture.limits.requestMemory = 5000
        let model = ConnectionTests.Endless(chunk: nil)
        fixture.llm = model.llm
        try await sockets.serving(fixture) { port in
            try await sockets.connect(port).executeThenClose { _, outbound in
                let text = String(repeating: "x", count: 1000)
                try await outbound.write(rpc("SendMessage", #"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"\#(text)"}]}}"#))
                for await _ in model.started { break }
                let long = #"{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"\#(String(repeating: "x", count: 9000))"}]}}"#
                let refused = try await sockets.answer(port, rpc("SendMessage", long))
                #expect(refused.hasPrefix("HTTP/1.1 503") && refused.contains("Retry-After: 1"), "\(refused)")
            }
            // Its client has gone, and the task goes on until it is cancelled.
            _ = try await sockets.answer(port, rpc("CancelTask", #"{"id":"id-1"}"#))
            for await _ in model.ended { break }
            while try await sockets.answer(port, rpc("GetTask", #"{"id":"\#(String(repeating: "x", count: 200))"}"#)).hasPrefix("HTTP/1.1 503") {}
        }
    }

    @Test func aSlowBodyHoldsNoPlaceAmongTheCalls() async throws {
        var fixture = APIFixture()
        fixture.limits.concurrentCalls = 1
        try await sockets.serving(fixture) { port in
            try await sockets.connect(port).executeThenClose { _, outbound in
                try await outbound.write(request(
                    "POST /v1/chat/completions HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 1000", "{"))
                for stream in [true, false] {
                    let answer = try await sockets.answer(port, sockets.chat(stream: stream))
                    #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
                }
            }
        }
    }

    @Test func strangersWhoHoldConnectionsKeepNoOneOut() async throws {
        var fixture = APIFixture()
        fixture.limits.connections = 16
        try await sockets.serving(fixture) { port in
            var strangers: [any Channel] = []
            for _ in 1...40 { strangers.append(try await sockets.hold(port)) }
            for _ in 1...3 {
                let answer = try await sockets.answer(port, sockets.get("/healthz"))
                #expect(answer.hasPrefix("HTTP/1.1 200"))
            }
            // The first was closed, the last was not.
            try await strangers[0].closeFuture.get()
            #expect(strangers[39].isActive)
            for stranger in strangers { stranger.close(promise: nil) }
        }
    }

    @Test(arguments: ConnectionTests.calls.filter { $0.1.contains("tream") && !$0.1.contains(#""stream":false"#) })
    func aStreamThatPausesSaysSo(path: String, body: String) async throws {
        var fixture = APIFixture()
        fixture.limits.streamPause = .milliseconds(20)
        let model = ConnectionTests.Endless(chunk: nil)
        fixture.llm = model.llm
        try await sockets.serving(fixture) { port in
            try await sockets.connect(port).executeThenClose { inbound, outbound in
                try await outbound.write(sockets.post(path, body))
                var input = inbound.makeAsyncIterator()
                var text = ""
                // On a busy machine the first event may come after a pause, too.
                while !text.contains("data: {") || !text.hasSuffix("\r\n: \n\n\r\n"), let bytes = try await input.next() { text += String(buffer: bytes) }
                #expect(text.lowercased().contains("x-accel-buffering: no\r\n") && text.lowercased().contains("cache-control: no-store\r\n"))
            }
            if !path.contains("agents") { for await _ in model.ended { break } }
        }
    }
}
