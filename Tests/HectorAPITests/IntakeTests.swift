import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HectorAPI

/// Bytes that bring nothing have an end, whatever they mean: white space, empty lines, zeros, extensions.
@Suite(.timeLimit(.minutes(1))) struct IntakeTests {
    typealias Fixture = ConnectionHandlerTests.Fixture

    static let limits = APILimits()
    static let chunked = "POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"

    /// Sends the text over and over, until the connection takes no more of it.
    private func flood(_ fixture: Fixture, _ text: String) -> (error: (any Error)?, sent: Int) {
        var sent = 0
        let piece = String(repeating: text, count: max(1, 4096 / text.utf8.count))
        do {
            while sent < 4 << 20 {
                sent += piece.utf8.count
                try fixture.send(piece)
            }
        } catch {
            return (error, sent)
        }
        return (nil, sent)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nX:", " "), ("GET / HTTP/1.1\r\nX:", "\t"), ("POST / HTTP/1.1\r\nContent-Length:", " "),
        ("POST / HTTP/1.1\r\nTransfer-Encoding:", " "), ("GET /healthz ", " "), ("GET ", " "), ("", "\r\n"), ("", "\n"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "\r\n"),
    ]) func aRequestsHeadHasAnEnd(start: String, rest: String) throws {
        let fixture = try Fixture()
        try fixture.send(start)
        let isBehindARequest = start.hasSuffix("\r\n\r\n")
        if isBehindARequest { try fixture.answer() }
        let (error, sent) = flood(fixture, rest)
        #expect(error is HTTPParserError)
        #expect(sent <= Self.limits.headBytes + 8192, "what is kept of it is bounded as well")
        _ = try fixture.sent()
        // The HTTP library's answer.
        try fixture.answer(.badRequest, nil)
        let answer = try fixture.sent()
        #expect(answer.hasPrefix("HTTP/1.1 4") && answer.contains("connection: close"), "\(answer)")
        #expect(answer.split(separator: "HTTP/1.1").count == 1)
        fixture.advance(.seconds(2))
        #expect(!fixture.channel.isActive)
    }

    @Test(arguments: [
        ("1;", "x"), ("", "0"), ("0\r\nA:", " "), ("0\r\n", "A: a\r\n"),
        // With some data every now and then.
        ("", "1;\(String(repeating: "x", count: 1000))\r\nd\r\n"),
        ("", "\(String(repeating: "0", count: 3000))1\r\nd\r\n"),
    ]) func soHasTheFramingOfABody(start: String, rest: String) throws {
        let fixture = try Fixture()
        try fixture.send(Self.chunked + start)
        let (error, sent) = flood(fixture, rest)
        #expect(error is APIError && sent <= Self.limits.headBytes + 8192, "\(String(describing: error)) after \(sent)")
        try fixture.answer(.badRequest)
        #expect(try fixture.sent().contains("connection: close"))
        fixture.advance(.seconds(2))
        #expect(!fixture.channel.isActive)
    }

    @Test func whatIsOrdinaryPasses() throws {
        // A head as long as may be, its body in the same bytes, a body byte by byte, and many requests at once.
        let fixture = try Fixture()
        let long = "POST /a HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 32_000))\r\nContent-Length: 60000\r\n\r\n"
        try fixture.send(long + String(repeating: "x", count: 60_000))
        #expect(try fixture.received() == ["/a+60000."])
        try fixture.answer()
        for start in stride(from: 0, to: long.utf8.count, by: 50) { try fixture.send(String(long.dropFirst(start).prefix(50))) }
        for _ in 0..<6000 { try fixture.send("xxxxxxxxxx") }
        #expect(try fixture.received().first?.hasSuffix("+10.") == true)
        try fixture.answer()
        try fixture.send(Self.chunked + String(repeating: "1\r\nx\r\n", count: 20_000))
        for _ in 0..<1000 { try fixture.send("1\r\nx\r\n") }
        try fixture.send("0\r\nTrailer: x\r\n\r\n\r\n")
        #expect(try fixture.received().first?.hasSuffix("+1.") == true)
        try fixture.answer()
        try fixture.send(String(repeating: "GET /b HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 3000))
        #expect(try fixture.received().count == 3000)
        #expect(fixture.channel.isActive)
    }
}

/// The same over real sockets.
extension FrontTests {
    @Test func whiteSpaceWithoutEndIsAnsweredOnce() async throws {
        try await sockets.serving(APIFixture()) { port in
            for start in ["GET / HTTP/1.1\r\nX:", "GET /healthz ", "\(IntakeTests.chunked)0\r\nA:"] {
                let answer = try await sockets.answer(port, ByteBuffer(string: start + String(repeating: " ", count: 1 << 20)))
                #expect(answer.hasPrefix("HTTP/1.1 4") && answer.contains("connection: close"), "\(answer)")
            }
        }
    }

    /// What follows an answer that ends the connection is counted, whatever it means.
    @Test func whatFollowsTheLastAnswerHasAnEnd() async throws {
        try await sockets.serving(APIFixture()) { port in
            let socket = try await sockets.connect(port)
            // Else the client itself would close when the server's side ends.
            try await socket.channel.setOption(.allowRemoteHalfClosure, value: true).get()
            try await socket.executeThenClose { _, outbound in
                try await outbound.write(request("POST /healthz HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked", "1;"))
                let piece = ByteBuffer(string: String(repeating: "x", count: 1 << 16))
                var taken = 0
                do {
                    while taken < 128 << 20 {
                        try await socket.channel.writeAndFlush(piece).get()
                        taken += piece.readableBytes
                    }
                } catch {}
                #expect(taken < 32 << 20)
            }
        }
    }
}
