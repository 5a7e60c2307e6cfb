import NIOCore
import NIOPosix
import Synchronization

/// An HTTP server that says exactly what a test wants, and no more.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        /// For example `POST /v1/chat/completions`.
        var line: String
        /// In lower case, as a whole.
        var head: String
        var body: String
    }

    enum Part: Sendable {
        case bytes(String)
        /// Nothing more until the client goes.
        case silence
    }

    private let seen = Mutex<[Request]>([])
    /// How many clients went while nothing was said to them.
    private let left = Mutex(0)
    let port: Int
    var url: String { "http://127.0.0.1:\(port)/v1" }

    var requests: [Request] { seen.withLock { $0 } }
    var departures: Int { left.withLock { $0 } }

    private init(port: Int) { self.port = port }

    /// What a client is told with a status and a body.
    static func answer(_ status: String, _ body: String, type: String = "application/json", _ headers: String = "") -> [Part] {
        [.bytes("HTTP/1.1 \(status)\r\ncontent-type: \(type)\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)")]
    }

    /// A stream of events that ends where the connection does.
    static func events(_ events: [String]) -> [Part] {
        [.bytes("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")] + events.map { .bytes("data: \($0)\n\n") }
    }

    static func run(
        port: Int = 0, _ script: @escaping @Sendable (Request) -> [Part], _ body: @escaping @Sendable (ScriptedServer) async throws -> Void
    ) async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel) }
            }
        let server = ScriptedServer(port: listener.channel.localAddress?.port ?? 0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await listener.executeThenClose { clients in
                    try await withThrowingDiscardingTaskGroup { group in
                        for try await client in clients { group.addTask { try? await server.serve(client, script) } }
                    }
                }
            }
            defer { group.cancelAll() }
            try await body(server)
        }
    }

    private func serve(_ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ script: @Sendable (Request) -> [Part]) async throws {
        try await client.executeThenClose { incoming, outgoing in
            var text = ""
            // There is only one.
            var parts = incoming.makeAsyncIterator()
            while let part = try await parts.next() {
                text += String(buffer: part)
                while let request = Self.take(from: &text) {
                    seen.withLock { $0.append(request) }
                    var isLast = false
                    for part in script(request) {
                        switch part {
                        case .bytes(let bytes):
                            isLast = isLast || bytes.contains("connection: close")
                            try await outgoing.write(ByteBuffer(string: bytes))
                        case .silence:
                            while let _ = try? await parts.next() {}
                            left.withLock { $0 += 1 }
                            return
                        }
                    }
                    if isLast { return }
                }
            }
        }
    }

    private static func take(from text: inout String) -> Request? {
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let head = text[..<end.lowerBound].lowercased()
        let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
        let rest = Array(text[end.upperBound...].utf8)
        guard rest.count >= length else { return nil }
        let line = text.prefix { $0 != "\r\n" && $0 != "\r" }.split(separator: " ").prefix(2).joined(separator: " ")
        text = String(decoding: rest[length...], as: UTF8.self)
        return Request(line: line, head: head, body: String(decoding: rest[..<length], as: UTF8.self))
    }
}
