import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HectorAPI

/// The connection's rules on a channel without a socket, whose time the test sets.
@Suite struct ConnectionHandlerTests {
    struct Fixture {
        let channel = EmbeddedChannel()
        let connections: Connections

        init(_ limits: APILimits = APILimits()) throws {
            connections = Connections(limit: limits.connections, reserve: limits.connectionReserve)
            try FrontChannel.addHandlers(
                to: channel.pipeline.syncOperations, limits: limits, connections: connections, log: APIFixture.logger)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func send(_ text: String) throws {
            try channel.writeInbound(ByteBuffer(string: text))
        }

        /// The targets of the requests that came through, and their bodies' lengths.
        func received() throws -> [String] {
            var requests: [String] = []
            while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
                switch part {
                case .head(let head): requests.append(head.uri)
                case .body(let bytes): requests[requests.count - 1] += "+\(bytes.readableBytes)"
                case .end: requests[requests.count - 1] += "."
                }
            }
            return requests
        }

        func answer(_ status: HTTPResponseStatus = .ok, _ body: String? = "yes", length: Bool = true) throws {
            var headers = HTTPHeaders()
            if length { headers.add(name: "content-length", value: "\(body?.utf8.count ?? 0)") }
            try channel.writeOutbound(HTTPServerResponsePart.head(.init(version: .http1_1, status: status, headers: headers)))
            if let body { try channel.writeOutbound(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: body)))) }
            try channel.writeOutbound(HTTPServerResponsePart.end(nil))
        }

        /// The head of an answer whose body is still to come.
        func begin() throws {
            try channel.writeOutbound(HTTPServerResponsePart.head(.init(version: .http1_1, status: .ok)))
        }

        func sent() throws -> String {
            var text = ""
            while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
            return text
        }

        func bodyIsWanted() {
            channel.pipeline.triggerUserOutboundEvent(ConnectionHandler.BodyIsWanted(), promise: nil)
        }

        func advance(_ time: Duration) { channel.embeddedEventLoop.advanceTime(by: TimeAmount(time)) }
    }

    static let upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"

    func get(_ target: String, _ headers: String = "", version: String = "1.1", method: String = "GET") -> String {
        "\(method) \(target) HTTP/\(version)\r\nHost: localhost\r\n\(headers)\r\n"
    }

    func post(_ body: String, length: Int? = nil, _ headers: String = "") -> String {
        "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(length ?? body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    @Test func aStreamOfEventsIsNeverSilentForLong() throws {
        let fixture = try Fixture()
        try fixture.send(get("/events"))
        try fixture.channel.writeOutbound(HTTPServerResponsePart.head(.init(
            version: .http1_1, status: .ok, headers: ["content-type": "text/event-stream"])))
        _ = try fixture.sent()
        let comment = "4\r\n: \n\n\r\n"
        for _ in 1...3 {
            fixture.advance(.seconds(14))
            #expect(try fixture.sent() == "")
            fixture.advance(.seconds(1))
            #expect(try fixture.sent() == comment)
        }
        // An event counts, too.
        fixture.advance(.seconds(10))
        try fixture.channel.writeOutbound(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: "data: 1\n\n"))))
        #expect(try fixture.sent() == "9\r\ndata: 1\n\n\r\n")
        fixture.advance(.seconds(14))
        #expect(try fixture.sent() == "")
        fixture.advance(.seconds(1))
        #expect(try fixture.sent() == comment)
        try fixture.channel.writeOutbound(HTTPServerResponsePart.end(nil))
        #expect(try fixture.sent() == "0\r\n\r\n")
        // The connection goes on, and other answers have no comments.
        try fixture.send(get("/slow"))
        try fixture.begin()
        _ = try fixture.sent()
        fixture.advance(.seconds(15))
        #expect(try fixture.sent() == "")
    }

    @Test func behindAnOfferToUpgradeTheConnectionGoesOn() throws {
        let fixture = try Fixture()
        // All at once, and again byte by byte: the decoder stops in the middle of what it was given.
        let text = get("/1", Self.upgrade) + post("body", Self.upgrade) + get("/3")
        try fixture.send(text)
        #expect(try fixture.received() == ["/1.", "/a+4.", "/3."])
        for _ in 1...3 { try fixture.answer() }
        for byte in text.utf8 { try fixture.channel.writeInbound(ByteBuffer(bytes: [byte])) }
        #expect(try fixture.received() == ["/1.", "/a+1+1+1+1.", "/3."])
        for _ in 1...3 { try fixture.answer() }
        #expect(try fixture.sent().split(separator: "HTTP/1.1 200 OK").count == 6)
        #expect(fixture.channel.isActive)
    }

    @Test func anAnswerBeforeTheBodyEndsTheConnection() throws {
        let fixture = try Fixture()
        try fixture.send(post("begin", length: 1000))
        #expect(try fixture.received() == ["/a+5"])
        try fixture.answer(.forbidden)
        let answer = try fixture.sent()
        #expect(answer.contains("connection: close") && answer.hasSuffix("yes"))
        try fixture.send("rest of it\r\n\r\n")
        #expect(try fixture.received().isEmpty)
        fixture.advance(.seconds(2))
        #expect(!fixture.channel.isActive)
    }

    @Test func anAnswerBehindTheBodyLeavesTheConnection() throws {
        let fixture = try Fixture()
        try fixture.send(post("body"))
        try fixture.answer(.forbidden)
        #expect(try !fixture.sent().contains("close"))
        try fixture.send(get("/2"))
        #expect(try fixture.received().last == "/2.")
        fixture.advance(.seconds(61))
        #expect(fixture.channel.isActive, "a request is under way")
        try fixture.answer()
        fixture.advance(.seconds(61))
        #expect(!fixture.channel.isActive, "it is idle")
    }

    @Test func aClientThatAsksIsToldToContinueWhenItsBodyIsWanted() throws {
        let fixture = try Fixture()
        try fixture.send(post("", length: 4, "Expect: 100-continue\r\n"))
        #expect(try fixture.sent().isEmpty)
        fixture.bodyIsWanted()
        #expect(try fixture.sent() == "HTTP/1.1 100 Continue\r\n\r\n")
        try fixture.send("body")
        try fixture.answer()
        #expect(try fixture.sent().hasPrefix("HTTP/1.1 200 OK"))

        try fixture.send(post("body", "Expect: 100-continue\r\n"))
        fixture.bodyIsWanted()
        #expect(try fixture.sent().isEmpty, "the body is there already")
    }

    @Test func aBodyThatDoesNotMoveFails() throws {
        let fixture = try Fixture()
        try fixture.send(post("", length: 100_000))
        fixture.advance(.seconds(30))
        fixture.bodyIsWanted()
        for _ in 1...5 {
            try fixture.send(String(repeating: "x", count: 1024))
            fixture.advance(.seconds(10))
        }
        try fixture.send(String(repeating: "x", count: 1023))
        #expect(throws: APIError(.requestTimeout, "")) {
            fixture.advance(.seconds(10))
            try fixture.channel.throwIfErrorCaught()
        }
        try fixture.answer(.requestTimeout)
        #expect(try fixture.sent().contains("connection: close"))
    }

    @Test func headHasTheHeadersAndNoBody() throws {
        let fixture = try Fixture()
        try fixture.send(get("/1", method: "HEAD") + get("/2"))
        try fixture.answer()
        try fixture.answer()
        let answers = try fixture.sent()
        #expect(answers == "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes")
    }

    @Test func oldClientsGetOldAnswers() throws {
        let fixture = try Fixture()
        try fixture.send(get("/1", "Connection: keep-alive\r\n", version: "1.0"))
        try fixture.answer()
        #expect(try fixture.sent() == "HTTP/1.0 200 OK\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\nyes")
        // A stream has no length, so it ends with the connection.
        try fixture.send(get("/2", "Connection: keep-alive\r\n", version: "1.0"))
        try fixture.answer(length: false)
        #expect(try fixture.sent() == "HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nyes")
        fixture.advance(.seconds(2))
        #expect(!fixture.channel.isActive)

        let other = try Fixture()
        try other.send(get("/1", version: "1.0"))
        try other.answer()
        #expect(try other.sent().contains("connection: close"))
    }

    @Test func aHeadThatCannotBeReadIsAnsweredWithTheReason() throws {
        for (text, status) in [("rubbish\r\n\r\n", "400"), (get("/", "X: \(String(repeating: "x", count: 90_000))\r\n"), "431")] {
            let fixture = try Fixture()
            #expect(throws: HTTPParserError.self) { try fixture.send(text) }
            // The HTTP library's answer.
            try fixture.answer(.badRequest, nil)
            let answer = try fixture.sent()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && answer.contains(#"{"error":{"code":"#) && answer.contains("connection: close"))
        }
    }

    @Test func aBodyThatCannotBeReadIsTheClientsFault() throws {
        for rest in ["zz\r\nbody\r\n", "4;\u{0}\r\nbody\r\n"] {
            let fixture = try Fixture()
            #expect(throws: APIError(.invalidRequest, "")) {
                try fixture.send("POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\(rest)")
            }
        }
        let fixture = try Fixture()
        try fixture.send(post("", length: 10))
        #expect(throws: APIError(.cancelled, "")) {
            fixture.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            try fixture.channel.throwIfErrorCaught()
        }
    }

    @Test func aConnectionToldToStopEndsWithTheAnswerUnderWay() throws {
        let idle = try Fixture()
        idle.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(!idle.channel.isActive)

        // Told before the answer's head, or behind it.
        for isAnswering in [false, true] {
            let fixture = try Fixture()
            try fixture.send(get("/1"))
            if isAnswering { try fixture.begin() }
            fixture.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            #expect(fixture.channel.isActive)
            if !isAnswering { try fixture.begin() }
            #expect(try fixture.sent().contains("connection: close") == !isAnswering)
            try fixture.channel.writeOutbound(HTTPServerResponsePart.end(nil))
            fixture.advance(.seconds(2))
            #expect(!fixture.channel.isActive)
        }
    }

    @Test func whatFollowsABadRequestIsNotRead() throws {
        let fixture = try Fixture()
        try fixture.send("GET /1 HTTP/1.1\r\n\r\n" + get("/2"))
        #expect(try fixture.received().first == "/1.")
        try fixture.answer(.badRequest)
        #expect(try fixture.sent().contains("connection: close"))
        // An answer to the second would be taken for one to the first by those between.
        try fixture.answer()
        #expect(try fixture.sent().isEmpty)
    }
}

@Suite struct ConnectionsTests {
    @Test func theLongestIdleConnectionMakesRoom() throws {
        let connections = Connections(limit: 4, reserve: 1)
        let channels = (0..<6).map { _ in EmbeddedChannel() }
        for channel in channels { try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait() }
        var opened = channels[0..<3].map(connections.opened)
        connections.requestBegan(on: opened[0])
        connections.requestBegan(on: opened[1])
        connections.becameIdle(opened[1])
        opened.append(connections.opened(channels[3]))
        #expect(channels.map(\.isActive) == [true, true, false, true, true, true])
        opened.append(connections.opened(channels[4]))
        #expect(channels.map(\.isActive) == [true, false, false, true, true, true])
        // Where all have requests, none is closed.
        for connection in opened { connections.requestBegan(on: connection) }
        _ = connections.opened(channels[5])
        #expect(channels.filter(\.isActive).count == 4)
        #expect(connections[channels[0]] != nil && connections[channels[1]] == nil)
    }
}
