internal import HectorCore
internal import HectorPlugin
import Synchronization

/// A session with a server while it lasts: requests and their answers, whichever way they travel.
final class MCPConnection: Sendable {
    /// What comes for a request.
    enum Event: Sendable {
        case progress(done: Double, total: Double, message: String)
        case answer(Result<JSONText, RPCFailure>)
        /// It could not be sent, or its answer cannot come any more.
        case lost(ProviderError)
    }

    private struct State {
        var session = MCPSession()
        var waiters: [Int: AsyncStream<Event>.Continuation] = [:]
        /// Why it is over.
        var end: ProviderError?
        /// Of the protocol, once both sides agree.
        var version: String?
    }

    /// Requests wait here for their turn to be sent, beside those that `post` sends.
    let outgoing: AsyncStream<JSON>
    /// Set when the session is over.
    let isOver = Signal<Void>()
    private let queue: AsyncStream<JSON>.Continuation
    private let state = Mutex(State())
    private let server: String
    private let limits: BuiltinLimits
    private let onChange: @Sendable () -> Void
    /// Sends a request and takes what comes in response to it; nil where one stream carries all messages.
    private let post: (@Sendable (JSON, MCPConnection) async throws -> Void)?

    /// - Parameters:
    ///   - server: What it is called in messages.
    ///   - onChange: The server's tools are others than before.
    init(
        server: String, limits: BuiltinLimits, onChange: @escaping @Sendable () -> Void,
        post: (@Sendable (JSON, MCPConnection) async throws -> Void)? = nil
    ) {
        self.server = server
        self.limits = limits
        self.onChange = onChange
        self.post = post
        (outgoing, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(limits.queuedMessages))
    }

    /// Asks, and waits for the answer. A cancelled task waits no longer, and the server is told.
    ///
    /// - Throws: `RPCFailure` where the server refuses; `ProviderError` where no answer can come; `CancellationError`.
    func request(
        _ method: String, _ parameters: [String: JSON] = [:], onProgress: (@Sendable (Double, Double, String) async throws -> Void)? = nil
    ) async throws -> JSONText {
        try await answer { $0.request(method, parameters, wantsProgress: onProgress != nil) } onProgress: { try await onProgress?($0, $1, $2) }
    }

    /// Agrees with the server on a version of the protocol.
    ///
    /// - Returns: What the server says of itself.
    func initialize() async throws -> JSONText {
        let result = try await answer { $0.initialization() } onProgress: { _, _, _ in }
        let version = result["protocolVersion"]?.string ?? ""
        guard MCPSession.versions.contains(version) else {
            throw ProviderError(.failedPrecondition, "\(server) speaks version \(quoted(version)) of the Model Context Protocol; known are \(MCPSession.versions.joined(separator: ", "))")
        }
        state.withLock { $0.version = version }
        return result
    }

    /// Why it is over; nil while it is not.
    var endReason: ProviderError? { state.withLock { $0.end } }

    /// Of the protocol; nil before both sides agree.
    var version: String? { state.withLock { $0.version } }

    func notify(_ method: String) { send(RPCMessage.notification(method)) }

    /// Queues a message that has no answer.
    func send(_ message: JSON) {
        // A server that takes nothing for so long loses answers to its own requests; ours are counted before.
        queue.yield(message)
    }

    /// Takes a message of the server.
    func received(_ text: JSONText) {
        let events = state.withLock { state in
            state.session.received(text).compactMap { action -> (AsyncStream<Event>.Continuation, Event)? in
                switch action {
                case .send(let message): queue.yield(message)
                case .answered(let id, let result): return state.waiters[id].map { ($0, .answer(result)) }
                case .progress(let id, let done, let total, let message):
                    return state.waiters[id].map { ($0, .progress(done: done, total: total, message: message)) }
                case .toolsChanged: onChange()
                case .log(let level, let text): PluginLogLine.write(level: level, "\(server): \(text)")
                }
                return nil
            }
        }
        for (waiter, event) in events { waiter.yield(event) }
    }

    /// The session is over: nothing that is awaited comes any more.
    func end(_ reason: ProviderError) {
        let waiters = state.withLock { state in
            if state.end == nil { state.end = reason }
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.yield(.lost(reason)) }
        queue.finish()
        isOver.set()
    }

    private func answer(
        _ begin: (inout MCPSession) -> (id: Int, message: JSON), onProgress: (Double, Double, String) async throws -> Void
    ) async throws -> JSONText {
        // Of a server that tells much, the newest counts; an answer is the last of all.
        let (events, waiter) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(limits.progressMessages))
        let (id, message) = try state.withLock { state in
            if let end = state.end { throw end }
            guard state.waiters.count < limits.calls else { throw ProviderError(.exhausted, "\(server) has \(limits.calls) requests to answer; no more are sent") }
            let begun = begin(&state.session)
            state.waiters[begun.id] = waiter
            return begun
        }
        defer { forget(id) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            if let post {
                group.addTask {
                    do {
                        try await post(message, self)
                        waiter.yield(.lost(ProviderError(.unavailable, "\(self.server) ended its response without an answer")))
                    } catch let error as ProviderError {
                        waiter.yield(.lost(error))
                    } catch {
                        waiter.finish()
                    }
                }
            } else {
                send(message)
            }
            for await event in events {
                switch event {
                case .progress(let done, let total, let message): try await onProgress(done, total, message)
                case .answer(let result): return try result.get()
                case .lost(let reason): throw reason
                }
            }
            throw CancellationError()
        }
    }

    /// Tells the server that nobody waits any more, where it has not answered.
    private func forget(_ id: Int) {
        let cancellation = state.withLock { state in
            state.waiters[id] = nil
            return state.session.cancel(id)
        }
        if let cancellation { queue.yield(cancellation) }
    }
}

/// A line for the log of the host, which reads it from standard error.
enum PluginLogLine {
    static func write(level: String, _ text: String) {
        let word =
            switch level {
            case "emergency", "alert", "critical", "error": "ERROR"
            case "warning": "WARN"
            case "notice", "info": "INFO"
            default: "DEBUG"
            }
        // Where nobody reads it, nobody is left to tell.
        try? HectorCore.write("[\(word)] \(singleLine(text, limit: 4_000))\n".utf8, to: 2)
    }
}
