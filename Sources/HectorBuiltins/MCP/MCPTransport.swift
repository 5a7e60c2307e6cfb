import AsyncHTTPClient
import Glibc
internal import HectorCore
internal import HectorPlugin
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A way to a server: makes one session, and keeps it until it ends.
protocol MCPTransport: Sendable {
    /// What the server is called in messages.
    var server: String { get }

    /// Makes a session and hands it over when messages can be sent; returns or throws when it is over.
    func run(
        limits: BuiltinLimits, onChange: @escaping @Sendable () -> Void, _ use: @escaping @Sendable (MCPConnection) async throws -> Void
    ) async throws
}

/// A program of this machine: messages are lines on its standard input and output.
struct StdioTransport: MCPTransport {
    let command: ServerProcess.Command
    var server: String { quoted(command.words[0].split(separator: "/").last.map(String.init) ?? command.words[0]) }

    func run(
        limits: BuiltinLimits, onChange: @escaping @Sendable () -> Void, _ use: @escaping @Sendable (MCPConnection) async throws -> Void
    ) async throws {
        let process = try await ServerProcess.start(command, patience: limits.stopTime)
        let connection = MCPConnection(server: server, limits: limits, onChange: onChange)
        let ended: Result<Void, any Error>
        do {
            let channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .takingOwnershipOfDescriptors(input: process.output, output: process.input) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            try await channel.executeThenClose { incoming, outgoing in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    defer { group.cancelAll() }
                    group.addTask { try await Self.read(incoming, connection, server, limits) }
                    group.addTask {
                        for await message in connection.outgoing { try await outgoing.write(ByteBuffer(bytes: message.encoded() + [UInt8(ascii: "\n")])) }
                    }
                    group.addTask {
                        try await use(connection)
                        try await connection.isOver.wait()
                    }
                    try await group.next()
                }
            }
            ended = .success(())
        } catch {
            ended = .failure(error)
        }
        process.stop()
        _ = try? await process.end.wait()
        let reason = ProviderError(.unavailable, "\(server) ended with \(process.end.value ?? "no status")")
        connection.end(reason)
        if case .failure(let error) = ended, !(error is ChannelError), !(error is IOError) { throw error }
        throw reason
    }

    private static func read(
        _ incoming: NIOAsyncChannelInboundStream<ByteBuffer>, _ connection: MCPConnection, _ server: String, _ limits: BuiltinLimits
    ) async throws {
        var lines = LineReader(limit: limits.eventBytes)
        for try await part in incoming {
            for line in lines.read(part.readableBytesView) {
                guard !line.isTruncated else { throw ProviderError(.failed, "\(server) sent a message that is longer than \(limits.eventBytes) bytes") }
                if let message = try? JSONText(Array(line.text.utf8)) {
                    connection.received(message)
                } else if !line.text.allSatisfy(\.isWhitespace) {
                    PluginLogLine.write(level: "warning", "\(server) wrote to its standard output what is no message: \(singleLine(line.text))")
                }
            }
        }
    }
}

/// A server reached by HTTP (the protocol's streamable HTTP).
struct HTTPTransport: MCPTransport {
    /// For requests: who is silent for too long has lost them.
    let calls: HTTPEndpoint
    /// For the stream of what the server says by itself, which may be silent for ever.
    let stream: HTTPEndpoint
    let timing: Timing
    let hasKey: Bool
    var server: String { calls.url }

    /// The session as the server knows it.
    private final class Session: Sendable {
        let id = Mutex<String?>(nil)
    }

    func run(
        limits: BuiltinLimits, onChange: @escaping @Sendable () -> Void, _ use: @escaping @Sendable (MCPConnection) async throws -> Void
    ) async throws {
        let session = Session()
        let connection = MCPConnection(server: server, limits: limits, onChange: onChange) { message, connection in
            try await post(message, isAnswered: true, connection, session, limits)
        }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask {
                    for await message in connection.outgoing {
                        do {
                            try await post(message, isAnswered: false, connection, session, limits)
                        } catch let error as ProviderError {
                            PluginLogLine.write(level: "warning", "\(server): a notification was not taken: \(error)")
                        }
                    }
                    try await connection.isOver.wait()
                }
                group.addTask {
                    try await use(connection)
                    try await listen(connection, session, limits)
                }
                try await group.next()
            }
        } catch {
            connection.end(error as? ProviderError ?? ProviderError(.unavailable, "the session with \(server) ended"))
            throw error
        }
        if let reason = connection.endReason, reason.cause is SessionLost { throw reason }
        if let id = session.id.withLock({ $0 }) {
            // Best effort: it forgets us by itself, too.
            _ = try? await calls.send(.DELETE, "", headers: [("mcp-session-id", id)], within: limits.stopTime)
        }
    }

    private func headers(_ connection: MCPConnection, _ session: Session, accepting type: String) -> [(String, String)] {
        var headers = [("accept", type)]
        if let id = session.id.withLock({ $0 }) { headers.append(("mcp-session-id", id)) }
        if let version = connection.version { headers.append(("mcp-protocol-version", version)) }
        return headers
    }

    /// Sends a message, and takes what the server says in response.
    private func post(_ message: JSON, isAnswered: Bool, _ connection: MCPConnection, _ session: Session, _ limits: BuiltinLimits) async throws {
        let headers = headers(connection, session, accepting: "application/json, text/event-stream")
        let response = try await calls.send(.POST, "", message.encoded(), headers: headers)
        guard (200...299).contains(response.status.code) else { throw try await failure(response, connection, session, limits) }
        if let id = response.headers.first(name: "mcp-session-id") { session.id.withLock { $0 = $0 ?? id } }
        let type = response.headers.first(name: "content-type") ?? ""
        if type.hasPrefix("text/event-stream") {
            try await follow(response, resumes: isAnswered, connection, session, limits)
        } else if type.hasPrefix("application/json") {
            let body = try await calls.body(of: response, upTo: limits.eventBytes)
            guard !body.isEmpty else { return }
            guard let text = try? JSONText(body) else { throw ProviderError(.failed, "\(server) answered with what is no JSON") }
            connection.received(text)
        }
    }

    /// Reads what comes for a request until it is answered: then the task is cancelled. A stream that ends before goes on behind its last event, where the
    /// server numbers its events.
    private func follow(_ response: HTTPClientResponse, resumes: Bool, _ connection: MCPConnection, _ session: Session, _ limits: BuiltinLimits) async throws {
        var place = StreamPlace(pause: limits.resumePause)
        var broken = await read(response, calls, connection, limits, &place)
        var failures = 0
        while resumes, !place.id.isEmpty, failures < limits.resumptions {
            try Task.checkCancellation()
            // Silence for so long is no broken stream: the request is lost.
            if let error = broken as? ProviderError, error.code != .unavailable || error.cause as? HTTPClientError == .readTimeout { throw error }
            let before = place.id
            try await timing.sleep(for: place.pause)
            let headers = headers(connection, session, accepting: "text/event-stream") + [("last-event-id", place.id)]
            do {
                let next = try await calls.send(.GET, "", headers: headers)
                guard next.status.code == 200, next.headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true else {
                    // It does not keep what it says, or has forgotten the session: no reason to ask again, since the call has begun.
                    broken = ProviderError(.unavailable, "\(server) ended its answer in the middle, and does not go on with it (status \(next.status.code))")
                    break
                }
                broken = await read(next, calls, connection, limits, &place)
            } catch let error as ProviderError where error.code == .unavailable {
                broken = error
            }
            failures = place.id == before ? failures + 1 : 0
        }
        if let broken { throw broken }
    }

    /// Follows what the server says by itself, where it says anything, until the session is over.
    private func listen(_ connection: MCPConnection, _ session: Session, _ limits: BuiltinLimits) async throws {
        var place = StreamPlace(pause: limits.streamPause)
        while !connection.isOver.isSet {
            let headers = headers(connection, session, accepting: "text/event-stream") + (place.id.isEmpty ? [] : [("last-event-id", place.id)])
            let response = try? await connection.isOver.cancelling { try await stream.send(.GET, "", headers: headers) }
            guard let response, response.status.code == 200, response.headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true else {
                if response?.status.code == 404, session.id.withLock({ $0 }) != nil { connection.end(sessionLost) }
                // Most servers have nothing to say by themselves (405).
                if response != nil { return try await connection.isOver.wait() }
                try await timing.sleep(for: limits.streamPause)
                continue
            }
            let before = place
            place = (try? await connection.isOver.cancelling {
                var place = before
                _ = await read(response, stream, connection, limits, &place)
                return place
            }) ?? before
            try await timing.sleep(for: place.pause)
        }
    }

    /// Where a stream of events goes on when it has ended.
    private struct StreamPlace {
        /// Of the last event; empty where the server does not number them.
        var id = ""
        /// Before it is asked for again.
        var pause: Duration
    }

    /// - Returns: What ended it; nil where the server did.
    private func read(
        _ response: HTTPClientResponse, _ endpoint: HTTPEndpoint, _ connection: MCPConnection, _ limits: BuiltinLimits, _ place: inout StreamPlace
    ) async -> (any Error)? {
        var events = EventStream(limit: limits.eventBytes)
        var parts = response.body.makeAsyncIterator()
        do {
            while let part = try await endpoint.explaining({ try await parts.next() }) {
                for event in try await endpoint.explaining({ try events.read(part.readableBytesView) }) where event.name == "message" && !event.data.isEmpty {
                    guard let text = try? JSONText(event.data) else { throw ProviderError(.failed, "\(server) sent an event that is no JSON") }
                    connection.received(text)
                }
                if !events.lastID.isEmpty { place.id = events.lastID }
                if let pause = events.retry { place.pause = min(max(pause, limits.resumePause), limits.longestResumePause) }
            }
        } catch {
            return error
        }
        return nil
    }

    private var sessionLost: ProviderError { ProviderError(.unavailable, "\(server) has forgotten the session", cause: SessionLost()) }

    private func failure(_ response: HTTPClientResponse, _ connection: MCPConnection, _ session: Session, _ limits: BuiltinLimits) async throws -> ProviderError {
        if response.status.code == 404, session.id.withLock({ $0 }) != nil {
            connection.end(sessionLost)
            return sessionLost
        }
        if connection.version == nil, [400, 404, 405, 406].contains(response.status.code), await speaksOlderTransport(limits) {
            return ProviderError(
                .failedPrecondition,
                "\(server) speaks the transport HTTP+SSE of 2024, which is not spoken here: write the server's address of streamable HTTP as url (mostly /mcp), or start it as a command; mcp-proxy translates for a server that has only that")
        }
        return try await calls.refusal(response, hasKey: hasKey, unlike: "no address of streamable HTTP of the Model Context Protocol")
    }

    /// Whether a stream of events is there that begins with the address of messages, as before streamable HTTP.
    private func speaksOlderTransport(_ limits: BuiltinLimits) async -> Bool {
        let found = try? await timing.limit(limits.otherTransportTime) {
            let response = try await stream.send(.GET, "", headers: [("accept", "text/event-stream")])
            guard response.status.code == 200, response.headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true else { return false }
            var events = EventStream(limit: limits.errorBytes)
            for try await part in response.body {
                if let first = try events.read(part.readableBytesView).first { return first.name == "endpoint" }
            }
            return false
        }
        return found == true
    }
}

/// The server knows the session no more, and did nothing of what was asked in it.
struct SessionLost: Error {}
