import HectorProviders
import Logging
import NIOCore
import NIOPosix
import ScriptedProviders
import ServiceLifecycle
import Synchronization
import Testing

@testable import HectorAPI

/// The front over real sockets, with clients that misbehave.
@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    /// A model that says when it starts, talks without end, and says how it ended.
    struct Endless {
        let started: AsyncStream<Void>
        let ended: AsyncStream<Bool>
        let llm: ScriptedLLM

        /// - Parameter chunk: What it goes on saying; nil waits in silence.
        init(chunk: String?) {
            let (started, start) = AsyncStream<Void>.makeStream()
            let (ended, end) = AsyncStream<Bool>.makeStream()
            self.started = started
            self.ended = ended
            llm = ScriptedLLM { _, onChunk in
                start.yield()
                do {
                    while true {
                        guard let chunk else {
                            try await Task.sleep(for: .seconds(3600))
                            continue
                        }
                        try await onChunk(.text(chunk))
                    }
                } catch {
                    end.yield(Task.isCancelled)
                    throw error
                }
            }
        }
    }

    typealias Socket = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Runs the front on a free port.
    func serving(
        _ fixture: APIFixture, logger: Logger = APIFixture.logger, _ body: @escaping @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        let (ports, bound) = AsyncStream<Int>.makeStream()
        let service = try fixture.api.service(port: 0, logger: logger) { host, port in
            #expect(host == "127.0.0.1")
            bound.yield(port)
        }
        let group = ServiceGroup(services: [service], logger: APIFixture.logger)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports {
                try await body(port)
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// - Parameter goesOn: Whether it goes on sending when the server has said that nothing more comes.
    func connect(_ port: Int, goesOn: Bool = false) async throws -> Socket {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.socketOption(.so_rcvbuf), value: 4096)
            .channelOption(.allowRemoteHalfClosure, value: goesOn)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
    }

    /// A connection that says nothing, and has the client's side only.
    func hold(_ port: Int) async throws -> any Channel {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connect(host: "127.0.0.1", port: port).get()
    }

    func post(_ path: String, _ body: String, connection: String = "close") -> ByteBuffer {
        ByteBuffer(string: """
            POST \(path) HTTP/1.1\r
            Host: localhost\r
            Connection: \(connection)\r
            Content-Type: application/json\r
            X-Request-Id: from-the-test\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """)
    }

    func get(_ path: String) -> ByteBuffer {
        ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    }

    func chat(stream: Bool, connection: String = "close") -> ByteBuffer {
        let body = #"{"model":"m","stream":\#(stream),"messages":[{"role":"user","content":"one"}]}"#
        return post("/v1/chat/completions", body, connection: connection)
    }

    static let calls = [
        ("/v1/chat/completions", #"{"model":"guide","stream":false,"messages":[{"role":"user","content":"one"}]}"#),
        ("/v1/chat/completions", #"{"model":"m","stream":true,"messages":[{"role":"user","content":"one"}]}"#),
        ("/agents/guide", #"{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"one"}]}}}"#),
        ("/agents/guide", #"{"jsonrpc":"2.0","id":1,"method":"SendStreamingMessage","params":{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"one"}]}}}"#),
    ]

    /// A task of A2A goes on: see `A2ATests`.
    @Test(arguments: calls.prefix(2)) func aClientThatGoesCancelsTheProvider(path: String, body: String) async throws {
        let model = Endless(chunk: nil)
        try await serving(APIFixture(llm: model.llm)) { port in
            try await connect(port).executeThenClose { _, outbound in
                try await outbound.write(post(path, body))
                for await _ in model.started { break }
            }
            for await cancelled in model.ended {
                #expect(cancelled)
                break
            }
        }
    }

    @Test func aClientThatGoesInTheMiddleOfAStreamCancelsTheProvider() async throws {
        let model = Endless(chunk: "word ")
        try await serving(APIFixture(llm: model.llm)) { port in
            try await connect(port).executeThenClose { inbound, outbound in
                try await outbound.write(chat(stream: true))
                for try await _ in inbound { break }
                // The stream's opening goes out before the model is asked.
                for await _ in model.started { break }
            }
            for await _ in model.ended { break }
        }
    }

    @Test func aClientThatTakesNothingIsCutOff() async throws {
        var fixture = APIFixture()
        fixture.limits.writeTimeout = .milliseconds(200)
        let model = Endless(chunk: String(repeating: "word ", count: 10_000))
        fixture.llm = model.llm
        try await serving(fixture) { port in
            let socket = try await connect(port)
            try await socket.channel.setOption(.autoRead, value: false).get()
            try await socket.executeThenClose { _, outbound in
                try await outbound.write(chat(stream: true))
                for await _ in model.ended { break }
            }
        }
    }

    /// Answers that nobody reads pile up at the socket, and no further ones are made. They are so short that nothing else waits for them to be written.
    @Test func `A client that sends requests and reads nothing is answered as it reads`() async throws {
        let requests = 2_000
        let asked = Counter()
        var fixture = APIFixture()
        fixture.llm = ScriptedLLM { _, onChunk in
            asked.count.add(1, ordering: .relaxed)
            try await onChunk(.text(String(repeating: "word ", count: 2_000)))
            return 1
        }
        try await serving(fixture) { port in
            let socket = try await connect(port)
            try await socket.channel.setOption(.autoRead, value: false).get()
            try await socket.executeThenClose { inbound, outbound in
                for _ in 1...requests { try await outbound.write(chat(stream: false, connection: "keep-alive")) }
                var (seen, rounds) = (0, 0)
                while rounds < 20 {
                    try await Task.sleep(for: .milliseconds(20))
                    let now = asked.count.load(ordering: .relaxed)
                    (seen, rounds) = (now, now == seen && now > 0 ? rounds + 1 : 0)
                }
                #expect(seen < requests * 2 / 3)

                try await socket.channel.setOption(.autoRead, value: true).get()
                for try await _ in inbound where asked.count.load(ordering: .relaxed) == requests { break }
                #expect(asked.count.load(ordering: .relaxed) == requests)
            }
        }
    }

    private final class Counter: Sendable {
        let count = Atomic(0)
    }

    @Test func cancellingATaskCancelsTheProvider() async throws {
        let model = Endless(chunk: nil)
        try await serving(APIFixture(llm: model.llm)) { port in
            async let answer = answer(port, post("/agents/guide", Self.calls[2].1))
            for await _ in model.started { break }
            func call(_ method: String) -> ByteBuffer {
                post("/agents/guide", #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{"id":"id-1"}}"#)
            }
            let working = try await self.answer(port, call("GetTask"))
            #expect(working.contains("TASK_STATE_WORKING"))
            let cancel = try await self.answer(port, call("CancelTask"))
            #expect(cancel.contains("TASK_STATE_CANCELED"))
            for await cancelled in model.ended {
                #expect(cancelled)
                break
            }
            let ended = try await answer
            #expect(ended.contains("TASK_STATE_CANCELED"))
        }
    }

    @Test func callsBeyondTheBoundAreRefusedUntilThereIsRoom() async throws {
        var fixture = APIFixture()
        fixture.limits.concurrentCalls = 1
        let model = Endless(chunk: nil)
        fixture.llm = model.llm
        try await serving(fixture) { port in
            try await connect(port).executeThenClose { _, outbound in
                try await outbound.write(chat(stream: true))
                for await _ in model.started { break }
                let refused = try await answer(port, chat(stream: true))
                #expect(refused.hasPrefix("HTTP/1.1 503") && refused.contains("Retry-After: 1"))
                let status = try await answer(port, get("/mesh"))
                #expect(status.hasPrefix("HTTP/1.1 200"))
            }
            for await _ in model.ended { break }
            // The place is free when the answer is torn down, a moment after the provider's end.
            while try await answer(port, post("/v1/chat/completions", "{")).hasPrefix("HTTP/1.1 503") {}
        }
    }

    @Test func aConnectionCarriesManyCalls() async throws {
        try await serving(APIFixture()) { port in
            try await connect(port).executeThenClose { inbound, outbound in
                var input = inbound.makeAsyncIterator()
                for stream in [false, true, false, true] {
                    try await outbound.write(chat(stream: stream, connection: "keep-alive"))
                    var text = ""
                    while !text.hasSuffix(stream ? "0\r\n\r\n" : "}"), let bytes = try await input.next() {
                        text += String(buffer: bytes)
                    }
                    #expect(text.hasPrefix("HTTP/1.1 200"))
                    #expect(text.contains("one "))
                }
            }
        }
    }

    @Test(arguments: [
        "rubbish\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 40_000))\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n\(String(repeating: "X: x\r\n", count: 200))\r\n",
        "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ]) func rubbishEndsItsConnectionOnly(rubbish: String) async throws {
        try await serving(APIFixture()) { port in
            let text = try await answer(port, ByteBuffer(string: rubbish))
            #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 4"))
            let status = try await answer(port, get("/healthz"))
            #expect(status.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func aRequestSentDropByDropIsCutOff() async throws {
        var fixture = APIFixture()
        fixture.limits.idleTimeout = .milliseconds(100)
        try await serving(fixture) { port in
            let text = try await answer(port, ByteBuffer(string: "POST /v1/chat/completions HTTP/1.1\r\nHost: loc"))
            #expect(text.isEmpty)
        }
    }

    /// What comes back until the server closes.
    func answer(_ port: Int, _ request: ByteBuffer) async throws -> String {
        try await connect(port).executeThenClose { inbound, outbound in
            var text = ""
            // A reset is a way of closing too, and so is to be closed before all has been sent.
            do {
                try await outbound.write(request)
                for try await bytes in inbound { text += String(buffer: bytes) }
            } catch is IOError {
            } catch ChannelError.ioOnClosedChannel {}
            return text
        }
    }
}
