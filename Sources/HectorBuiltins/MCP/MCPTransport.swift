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
            try await post(message, connection, session, limits)
        }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask {
                    for await message in connection.outgoing {
                        do {
                            try await post(message, connection, session, limits)
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
    private func post(_ message: JSON, _ connection: MCPConnection, _ session: Session, _ limits: BuiltinLimits) async throws {
        let headers = headers(connection, session, accepting: "application/json, text/event-stream")
        let response = try await calls.send(.POST, "", message.encoded(), headers: headers)
        guard (200...299).contains(response.status.code) else { throw try await failure(response, connection, session) }
        if let id = response.headers.first(name: "mcp-session-id") { session.id.withLock { $0 = $0 ?? id } }
        let type = response.headers.first(name: "content-type") ?? ""
        if type.hasPrefix("text/event-stream") {
            try await read(response, calls, connection, limits)
        } else if type.hasPrefix("application/json") {
            let body = try await calls.body(of: response, upTo: limits.eventBytes)
            guard !body.isEmpty else { return }
            guard let text = try? JSONText(body) else { throw ProviderError(.failed, "\(server) answered with what is no JSON") }
            connection.received(text)
        }
    }

    /// Follows what the server says by itself, where it says anything, until the session is over.
    private func listen(_ connection: MCPConnection, _ session: Session, _ limits: BuiltinLimits) async throws {
        while !connection.isOver.isSet {
            let response = try? await connection.isOver.cancelling {
                try await stream.send(.GET, "", headers: headers(connection, session, accepting: "text/event-stream"))
            }
            guard let response, response.status.code == 200, response.headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true else {
                if response?.status.code == 404, session.id.withLock({ $0 }) != nil { connection.end(sessionLost) }
                // Most servers have nothing to say by themselves (405).
                if response != nil { return try await connection.isOver.wait() }
                try await timing.sleep(for: limits.streamPause)
                continue
            }
            _ = try? await connection.isOver.cancelling { try await read(response, stream, connection, limits) }
            try await timing.sleep(for: limits.streamPause)
        }
    }

    private func read(_ response: HTTPClientResponse, _ endpoint: HTTPEndpoint, _ connection: MCPConnection, _ limits: BuiltinLimits) async throws {
        try await endpoint.explaining {
            var events = EventStream(limit: limits.eventBytes)
            for try await part in response.body {
                for event in try events.read(part.readableBytesView) where event.name == "message" && !event.data.isEmpty {
                    guard let text = try? JSONText(event.data) else { throw ProviderError(.failed, "\(server) sent an event that is no JSON") }
                    connection.received(text)
                }
            }
        }
    }

    private var sessionLost: ProviderError { ProviderError(.unavailable, "\(server) has forgotten the session", cause: SessionLost()) }

    private func failure(_ response: HTTPClientResponse, _ connection: MCPConnection, _ session: Session) async throws -> ProviderError {
        if response.status.code == 404, session.id.withLock({ $0 }) != nil {
            connection.end(sessionLost)
            return sessionLost
        }
        return try await calls.refusal(response, hasKey: hasKey, unlike: "no address of streamable HTTP of the Model Context Protocol")
    }
}

/// The server knows the session no more, and did nothing of what was asked in it.
struct SessionLost: Error {}
