import HectorRPC
import NIOCore
import NIOPosix
import SwiftProtobuf
import Testing

/// Servers that break the rules: a call ends with an error that says so, in time and within bounds.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct HostileServerTests {
    /// A call to a server that answers the greeting with these bytes, and then floods it, where it is to.
    private func call(answeredBy bytes: [UInt8], flood: [UInt8]? = nil, timeout: Duration = .seconds(10)) async throws -> Text {
        let path = "/tmp/hector-hostile-\(UInt32.random(in: 0 ... .max)).sock"
        let group = MultiThreadedEventLoopGroup.singleton
        let (peers, arrived) = AsyncStream.makeStream(of: RawPeer.self)
        let listener = try await RawPeer.listen(at: path, on: group) { arrived.yield($0) }
        defer { listener.close(promise: nil) }
        return try await withThrowingTaskGroup(of: Text?.self) { tasks in
            tasks.addTask {
                var iterator = peers.makeAsyncIterator()
                guard let peer = await iterator.next() else { return nil }
                await peer.send(Raw.settings)
                _ = await peer.has { $0.frames.contains { $0.kind == Raw.Kind.data.rawValue } }
                await peer.send(bytes)
                if let flood { _ = await peer.flood(Raw.many(500, flood)) }
                return nil
            }
            tasks.addTask {
                let client = try await ClientConnection.connect(to: .unix(path: path), security: .plaintext, on: group)
                do {
                    let answer = try await client.unary(Echo.unary, Text("hello"), options: CallOptions(timeout: timeout))
                    await client.close()
                    return answer
                } catch {
                    await client.close()
                    throw error
                }
            }
            defer { tasks.cancelAll() }
            while let answer = try await tasks.next() { if let answer { return answer } }
            throw RPCError(.unknown, "no answer")
        }
    }

    private static let head = Raw.frame(.headers, flags: Raw.endHeaders, stream: 1, Raw.field(":status", "200") + Raw.field("content-type", "application/grpc"))
    private static let end = Raw.frame(.headers, flags: 5, stream: 1, Raw.field("grpc-status", "0"))
    private static let answer = Raw.frame(.data, stream: 1, Raw.message("hello"))

    @Test func informationalResponsesAreSkipped() async throws {
        let early = Raw.frame(.headers, flags: Raw.endHeaders, stream: 1, Raw.field(":status", "103") + Raw.field("link", "x"))
        try await #expect(call(answeredBy: early + early + Self.head + Self.answer + Self.end).value == "hello")
    }

    @Test(arguments: [
        ("SETTINGS", Raw.settings), ("PING", Raw.ping), ("empty DATA", Raw.frame(.data, stream: 1)), ("WINDOW_UPDATE", Raw.windowUpdate(1, 1)),
        ("GOAWAY", Raw.frame(.goAway, stream: 0, Raw.number(1) + Raw.number(0))),
    ]) func floods(name: String, frame: [UInt8]) async throws {
        let error = await #expect(throws: RPCError.self) {
            try await call(answeredBy: Self.head, flood: frame)
        }
        #expect(error?.code == .unavailable || error?.code == .internalError, "\(name): \(String(describing: error))")
        if name != "empty DATA", name != "GOAWAY" { #expect((error?.cause as? ConnectionError)?.code == .protocolViolation, "\(name): \(String(describing: error))") }
    }

    /// Python's servers send whatever text an exception has.
    @Test(arguments: [false, true]) func aStatusTextThatIsTooLongIsCut(isTrailersOnly: Bool) async throws {
        let fields = Raw.field("grpc-status", "13") + Raw.field("grpc-message", String(repeating: "x", count: 20_000)) + Raw.field("x-more", "y")
        let block = (isTrailersOnly ? Raw.field(":status", "200") + Raw.field("content-type", "application/grpc") : []) + fields
        let trailers = Raw.frame(.headers, flags: 1, stream: 1, Array(block.prefix(16_000)))
            + Raw.frame(.continuation, flags: 4, stream: 1, Array(block.dropFirst(16_000)))
        let error = await #expect(throws: RPCError.self) { try await call(answeredBy: (isTrailersOnly ? [] : Self.head) + trailers) }
        #expect(error?.code == .internalError && error?.origin == .peer)
        #expect(error?.message == String(repeating: "x", count: 4096) + "…")
    }

    private static let broken: [String: [UInt8]] = {
        let status = Raw.field(":status", "200")
        let open = Raw.frame(.headers, stream: 1, status)
        var large = open
        large += Raw.many(6, Raw.frame(.continuation, stream: 1, Raw.field("a", String(repeating: "b", count: 16_000))))
        large += Raw.frame(.continuation, flags: 4, stream: 1)
        var cut = head
        cut += Raw.frame(.data, stream: 1, Raw.message("hello").dropLast())
        cut += end
        var goodbye = Raw.number(0)
        goodbye += Raw.number(11)
        goodbye += Array("too_many_pings".utf8)
        return [
            "garbage": Array("HTTP/1.1 200 OK\r\n\r\n".utf8),
            // Forbidden once our SETTINGS are acknowledged.
            "PUSH_PROMISE": Raw.settingsAck + Raw.frame(.pushPromise, flags: 4, stream: 1, Raw.number(2)),
            "headers without end": open + Raw.many(100, Raw.frame(.continuation, stream: 1, Raw.field("a", "b"))),
            "headers of 100 KiB": large,
            "a message of 4 GiB": head + Raw.frame(.data, stream: 1, [0, 255, 255, 255, 255]),
            "two messages": head + Raw.many(2, answer) + end,
            "no message": head + end,
            "an end inside a message": cut,
            "an end without a status": head + answer + Raw.frame(.data, flags: 1, stream: 1),
            "a window that overflows": Raw.windowUpdate(0, 0x7FFF_FFFF),
            "a reset": Raw.reset(1, 2),
            "a refusal": Raw.reset(1, 7),
            "a goodbye": Raw.frame(.goAway, stream: 0, goodbye),
            "a stream of its own": Raw.frame(.headers, flags: 4, stream: 2, status),
        ]
    }()

    @Test(arguments: broken.keys.sorted()) func brokenAnswers(name: String) async throws {
        let bytes = try #require(Self.broken[name])
        let error = await #expect(throws: RPCError.self) { try await call(answeredBy: bytes) }
        #expect(error?.code != .deadlineExceeded, "\(name): \(String(describing: error))")
    }

    @Test func silenceEndsWithTheDeadline() async throws {
        let error = await #expect(throws: RPCError.self) { try await call(answeredBy: Self.head, timeout: .milliseconds(100)) }
        #expect(error?.code == .deadlineExceeded)
    }
}
