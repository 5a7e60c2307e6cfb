import NIOCore
import Testing

@testable import HectorRPC

/// Two sessions that talk to each other without a socket.
struct HTTP2SessionTests {
    /// Notes what a stream is told.
    private final class Stream: HTTP2Stream {
        var events: [String] = []
        var data: [UInt8] = []
        var fields: [String] = []
        var credits = true
        weak var side: Side?

        override func headerReceived(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
            fields.append("\(String(decoding: name, as: UTF8.self))=\(String(decoding: value, as: UTF8.self))")
        }
        override func headersEnded(tooLarge: Bool) {
            events.append((events.contains("headers") ? "trailers" : "headers") + (tooLarge ? " too large" : ""))
        }
        override func dataReceived(_ bytes: UnsafeRawBufferPointer) {
            data.append(contentsOf: bytes)
            if credits { side?.session.consume(bytes.count, streamID: id) }
        }
        override func remoteEnded() { events.append("end") }
        override func closed(_ code: HTTP2ErrorCode) { events.append("closed \(code.rawValue)") }
        override func connectionLost(_ error: ConnectionError) { events.append("lost") }
    }

    private final class Side: HTTP2SessionOwner {
        private(set) var session: HTTP2Session!
        var opened: [Stream] = []
        var events: [String] = []
        var refuses = false
        var sendsInPlace = false
        /// The bytes of frames that were sent from where they lie.
        private(set) var inPlace = 0
        private var sent = ByteBuffer()

        init(_ role: HTTP2Session.Role, limits: RPCLimits = RPCLimits()) {
            session = HTTP2Session(role, owner: self, limits: limits, now: NIODeadline.now)
        }

        func requestReceived(_ head: consuming CallHead, _ id: Int32) {
            if refuses { return session.refuse(id) }
            let stream = Stream()
            stream.side = self
            head.fields.forEach { stream.fields.append("\(String(decoding: $0, as: UTF8.self))=\(String(decoding: $1, as: UTF8.self))") }
            var isTooLarge = false
            if case .failure = head.flaw { isTooLarge = true }
            stream.events.append("headers" + (isTooLarge ? " too large" : ""))
            opened.append(stream)
            session.accept(stream, id)
        }
        func goAwayReceived(_ code: HTTP2ErrorCode, debugData: String) { events.append("goaway \(code.rawValue)") }
        func callsEnded() {}
        func pingReceived() {}
        func pingAcknowledged(_ purpose: PingPurpose) { events.append("pong \(purpose)") }
        func settingsReceived() { events.append("settings") }

        func sendInPlace(_ frame: UnsafeRawBufferPointer, after output: inout ByteBuffer) {
            sent.writeBuffer(&output)
            output.clear()
            sent.writeBytes(frame)
            inPlace += frame.count
        }

        func output(atLeast count: Int = .max) -> [UInt8] {
            var isAll = false
            while !isAll {
                var rest = ByteBuffer()
                isAll = session.fill(&rest, atLeast: count)
                sent.writeBuffer(&rest)
            }
            defer { sent.clear() }
            return Array(sent.readableBytesView)
        }

        func take(_ bytes: [UInt8], pieces: Int) throws {
            var rest = bytes[...]
            while !rest.isEmpty {
                try rest.prefix(pieces).withUnsafeBytes { try session.receive($0) }
                rest = rest.dropFirst(pieces)
            }
        }
    }

    private func converse(_ client: Side, _ server: Side, pieces: Int = .max) throws {
        while true {
            let there = client.output()
            let back = server.output()
            if there.isEmpty, back.isEmpty { return }
            try server.take(there, pieces: pieces)
            try client.take(back, pieces: pieces)
        }
    }

    private func request(_ side: Side, body: [UInt8] = [], ended: Bool = true) throws -> Stream {
        var headers = HeaderFields()
        headers.append(":method", "POST")
        headers.append(":scheme", "http")
        headers.append(":path", "/a.B/C" as StaticString)
        headers.append(":authority", "localhost" as StaticString)
        let stream = Stream()
        stream.side = side
        stream.outgoing.append(body)
        stream.outgoingEnded = ended
        try side.session.submitRequest(headers, stream)
        return stream
    }

    private func respond(_ side: Side, _ stream: Stream, body: [UInt8]) {
        var headers = HeaderFields()
        headers.append(":status", "200" as StaticString)
        var trailers = HeaderFields()
        trailers.append("grpc-status", "0" as StaticString)
        stream.outgoing.append(body)
        stream.outgoingEnded = true
        stream.trailers = .own(trailers)
        side.session.submitResponse(headers, stream)
    }

    /// nghttp2 closes the stream of such a request while it finds that it need not be sent. Many of them, since memory that
    /// was freed looks as before until something else lies there.
    @Test func aRequestGivenUpBeforeItWasSent() throws {
        let client = Side(.client)
        let server = Side(.server)
        try converse(client, server)
        for round in 0..<200 {
            weak var gone: Stream?
            do {
                let stream = try request(client, body: Array(repeating: 1, count: round))
                gone = stream
                client.session.reset(stream, .cancel)
            }
            try converse(client, server)
            #expect(gone == nil)
        }
        #expect(client.session.streams.isEmpty)
        #expect(server.opened.isEmpty)
        let after = try request(client)
        try converse(client, server)
        #expect(server.opened.count == 1)
        #expect(after.events.isEmpty)
    }

    /// What nghttp2 refuses for want of memory ends the connection, which lives no longer than its use: a caller would wait to its
    /// deadline for an answer that was dropped, and a connection without keepalive would stay for ever.
    @Test(arguments: ["response", "reset", "ping", "notice", "goaway", "bytes"])
    func aStepThatFailsIsTheEndOfTheSession(step: String) throws {
        let client = Side(.client)
        let server = Side(.server)
        _ = try request(client)
        try converse(client, server)
        let stream = try #require(server.opened.first)
        #expect(server.session.end == nil)
        if step == "bytes" { respond(server, stream, body: [1]) }
        server.session.exhaustMemory()
        switch step {
        case "response": respond(server, stream, body: [1])
        case "reset": server.session.reset(stream, .internalError)
        case "ping": server.session.ping(.keepalive)
        case "notice": server.session.announceShutdown()
        case "goaway": server.session.goAway(.noError, debugData: "bye")
        // The fields wait for their way into the header table.
        default: _ = server.output()
        }
        #expect(server.session.end.map(String.init(describing:))?.contains("Out of memory") == true)
    }

    @Test(arguments: [Int.max, 1, 13])
    func aCall(pieces: Int) throws {
        let (client, server) = (Side(.client), Side(.server))
        let body = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        let call = try request(client, body: body)
        try converse(client, server, pieces: pieces)
        #expect(client.events == ["settings"] && server.events == ["settings"])
        let served = try #require(server.opened.first)
        #expect(served.fields.first == ":method=POST")
        #expect(served.data == body)
        #expect(served.events == ["headers", "end"])
        respond(server, served, body: body)
        try converse(client, server, pieces: pieces)
        #expect(call.data == body)
        #expect(call.fields == [":status=200", "grpc-status=0"])
        #expect(call.events == ["headers", "trailers", "end", "closed 0"])
        #expect(served.events == ["headers", "end", "closed 0"])
        #expect(client.session.streams.isEmpty && server.session.streams.isEmpty)
    }

    /// Large frames go out from where they lie, in order with all others. A body that its caller kept stays as it was.
    @Test(arguments: [1, 65_536, .max]) func largeFramesInPlace(atLeast: Int) throws {
        let (client, server) = (Side(.client), Side(.server))
        client.sendsInPlace = true
        try converse(client, server)
        let pattern = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        let body = pattern
        for _ in 0..<3 { _ = try request(client, body: body) }
        _ = try request(client, body: [1, 2, 3])
        try server.take(client.output(atLeast: atLeast), pieces: .max)
        try converse(client, server)
        #expect(server.opened.map(\.data) == [pattern, pattern, pattern, [1, 2, 3]])
        #expect(server.opened.allSatisfy { $0.events == ["headers", "end"] })
        #expect(client.inPlace > 3 * (body.count - 2 * TLSEngine.recordSize))
        #expect(body == pattern)
    }

    /// Large messages are whole one after the other, and a small one need not wait for them.
    @Test func largeMessagesTakeTurns() throws {
        let (client, server) = (Side(.client), Side(.server))
        try converse(client, server)
        for _ in 0..<3 { _ = try request(client, body: Array(repeating: 1, count: 300_000)) }
        _ = try request(client, body: [1, 2, 3])
        var ended: [[Int]] = []
        while true {
            var piece = ByteBuffer()
            let isAll = client.session.fill(&piece, atLeast: 65_536)
            try server.take(Array(piece.readableBytesView), pieces: .max)
            let now = server.opened.indices.filter { server.opened[$0].events.contains("end") }
            if now != ended.last ?? [] { ended.append(now) }
            if isAll { break }
        }
        #expect(ended == [[3], [0, 3], [0, 1, 3], [0, 1, 2, 3]])
    }

    /// Whoever is held up by its reader's window holds up nobody else, nor does who is given up, or gives up.
    @Test func turnsPassOn() throws {
        var limits = RPCLimits()
        limits.streamWindow = 100_000
        let (client, server) = (Side(.client), Side(.server, limits: limits))
        try converse(client, server)
        let calls = try (0..<5).map { _ in try request(client, body: Array(repeating: 1, count: 300_000)) }
        var first = ByteBuffer()
        _ = client.session.fill(&first, atLeast: 65_536)
        try server.take(Array(first.readableBytesView), pieces: .max)
        // The first one is not read, the second is given up by its caller, the third by the server.
        server.opened[0].credits = false
        client.session.reset(calls[1], .cancel)
        try server.take(client.output(), pieces: .max)
        server.session.reset(server.opened[2], .cancel)
        try converse(client, server)
        #expect(server.opened.map { $0.events.contains("end") } == [false, false, false, true, true])
        server.opened[0].credits = true
        server.session.consume(server.opened[0].data.count, streamID: server.opened[0].id)
        try converse(client, server)
        #expect(server.opened[0].data.count == 300_000)
        #expect(server.opened[0].events == ["headers", "end"])
    }

    /// A stream that always has something to send does not keep large messages from their turns, whether whoever has the turn
    /// has sent all or is held up by its reader's window.
    @Test(arguments: [false, true]) func turnsPassOnWhileOthersSend(holderIsHeldUp: Bool) throws {
        var limits = RPCLimits()
        limits.streamWindow = 200_000
        let (client, server) = (Side(.client), Side(.server, limits: limits))
        try converse(client, server)
        let busy = try request(client, body: [1], ended: false)
        for _ in 0..<3 { _ = try request(client, body: Array(repeating: 1, count: 300_000)) }
        for round in 0..<200 {
            busy.outgoing.append(Array(repeating: 1, count: 100_000))
            client.session.resume(busy)
            var piece = ByteBuffer()
            _ = client.session.fill(&piece, atLeast: 65_536)
            try server.take(Array(piece.readableBytesView), pieces: .max)
            if round == 0, holderIsHeldUp { server.opened[1].credits = false }
            try client.take(server.output(), pieces: .max)
        }
        #expect(server.opened.map { $0.events.contains("end") } == [false, !holderIsHeldUp, true, true])
    }

    /// A reader that credits nothing stops the writer at its window, and others go on.
    @Test func flowControl() throws {
        var limits = RPCLimits()
        limits.streamWindow = 70_000
        limits.connectionWindow = 100_000
        let (client, server) = (Side(.client), Side(.server, limits: limits))
        try converse(client, server)
        let calls = try (0..<5).map { _ in try request(client, body: Array(repeating: 1, count: 200_000), ended: false) }
        let last = try request(client)
        for call in calls { #expect(call.id > 0) }
        let there = client.output()
        // Before the first byte is taken, nobody credits.
        try server.take(there, pieces: .max)
        for stream in server.opened.dropLast() { stream.credits = false }
        try converse(client, server)
        #expect(server.opened.count == 6)
        #expect(server.opened.last?.events == ["headers", "end"])
        #expect(last.events.isEmpty)
        for stream in server.opened.dropLast() { server.session.consume(stream.data.count, streamID: stream.id) }
        for stream in server.opened { stream.credits = true }
        try converse(client, server)
        for stream in server.opened.dropLast() { #expect(stream.data.count > 70_000) }
    }

    @Test func resetEndsBothSides() throws {
        let (client, server) = (Side(.client), Side(.server))
        let call = try request(client, body: [1], ended: false)
        try converse(client, server)
        let served = try #require(server.opened.first)
        client.session.reset(call, .cancel)
        client.session.reset(call, .internalError)
        try converse(client, server)
        #expect(served.events == ["headers", "closed 8"])
        #expect(call.events.isEmpty)
        #expect(client.session.streams.isEmpty && server.session.streams.isEmpty)
    }

    @Test func refusedStreams() throws {
        let (client, server) = (Side(.client), Side(.server))
        server.refuses = true
        let call = try request(client, body: Array(repeating: 1, count: 1000))
        try converse(client, server)
        #expect(call.events == ["closed 7"])
    }

    /// A request that waits for its turn was never sent; one that was sent may have been processed.
    @Test func moreStreamsThanThePeerTakes() throws {
        var limits = RPCLimits()
        limits.maximumConcurrentStreams = 1
        let (client, server) = (Side(.client), Side(.server, limits: limits))
        try converse(client, server)
        let (first, second) = (try request(client), try request(client))
        try converse(client, server)
        #expect(server.opened.count == 1)
        #expect(!client.session.isUnsent(first))
        #expect(client.session.isUnsent(second))
        respond(server, server.opened[0], body: [])
        try converse(client, server)
        #expect(server.opened.count == 2)
        #expect(!client.session.isUnsent(second))
    }

    @Test func goodbye() throws {
        let (client, server) = (Side(.client), Side(.server))
        let call = try request(client)
        try converse(client, server)
        server.session.goAway(.noError)
        let late = try request(client)
        try converse(client, server)
        #expect(client.events.contains("goaway 0"))
        #expect(late.events == ["closed 7"])
        respond(server, server.opened[0], body: [5])
        try converse(client, server)
        #expect(call.data == [5])
        #expect(call.events.last == "closed 0")
    }

    @Test func pings() throws {
        let (client, server) = (Side(.client), Side(.server))
        client.session.ping(.keepalive)
        client.session.ping(.drain)
        try converse(client, server)
        #expect(client.events == ["settings", "pong keepalive", "pong drain"])
    }

    @Test func headersThatAreTooLarge() throws {
        var limits = RPCLimits()
        limits.maximumHeaderListSize = 250
        let (client, server) = (Side(.client), Side(.server, limits: limits))
        _ = try request(client)
        try converse(client, server)
        let large = Stream()
        var headers = HeaderFields()
        headers.append(":method", "POST")
        headers.append(":scheme", "http")
        headers.append(":path", "/a.B/C" as StaticString)
        headers.append(":authority", "localhost" as StaticString)
        headers.append("x-large", String(repeating: "x", count: 500))
        large.outgoingEnded = true
        try client.session.submitRequest(headers, large)
        try converse(client, server)
        #expect(server.opened.map { $0.events } == [["headers", "end"], ["headers too large", "end"]])
        #expect(!server.opened[1].fields.contains { $0.hasPrefix("x-large") })
    }

    @Test func connectionLost() throws {
        let (client, server) = (Side(.client), Side(.server))
        let (call, given) = (try request(client), try request(client))
        try converse(client, server)
        client.session.reset(given, .cancel)
        client.session.connectionLost(ConnectionError(.closed, "over"))
        #expect(call.events == ["lost"])
        #expect(given.events.isEmpty)
        #expect(client.session.streams.isEmpty)
    }

    /// The error names the rule that was broken.
    @Test(arguments: [Int.max, 1])
    func brokenRules(pieces: Int) throws {
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        let server = Side(.server)
        // DATA on stream 0.
        try server.take(preface + settings + [0, 0, 1, 0, 0, 0, 0, 0, 0, 1], pieces: pieces)
        #expect(!server.output().isEmpty)
        guard case .finished(let violation) = server.session.end else {
            Issue.record("the session has not ended")
            return
        }
        #expect(violation?.contains("DATA") == true)

        let other = Side(.server)
        let error = #expect(throws: ConnectionError.self) { try other.take(Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8), pieces: pieces) }
        #expect(error?.code == .protocolViolation)
    }
}
