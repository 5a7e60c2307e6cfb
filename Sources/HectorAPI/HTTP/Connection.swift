import DequeModule
import NIOCore
import Synchronization

/// A client's connection, as those who answer its requests see it.
///
/// A client that shuts down its sending side counts as gone: from here it looks like one that closed its socket.
final class Connection: Sendable {
    private enum Presence {
        case present
        /// HTTP/1 has one request at work on a connection, so one waiter.
        case awaited(AsyncStream<Never>.Continuation)
        case gone
    }

    private struct State {
        var presence = Presence.present
        /// What is wrong with each request that was received and is not answered yet, nil for nothing.
        var refusals: Deque<APIError?> = []
    }

    private let state = Mutex(State())

    /// A request was received.
    /// - Parameter refusal: Why it must not be answered but with this.
    func received(refusal: APIError?) {
        state.withLock { $0.refusals.append(refusal) }
    }

    /// Called once for each request that is answered, in their order.
    /// - Returns: Why it must not be answered but with this.
    func takeRefusal() -> APIError? {
        state.withLock { $0.refusals.popFirst() ?? nil }
    }

    /// Returns when the client has gone, or the calling task is cancelled.
    func untilGone() async {
        let (end, waiter) = AsyncStream<Never>.makeStream()
        state.withLock {
            if case .gone = $0.presence { waiter.finish() } else { $0.presence = .awaited(waiter) }
        }
        for await _ in end {}
    }

    func clientWent() {
        let before = state.withLock { state in
            defer { state.presence = .gone }
            return state.presence
        }
        if case .awaited(let waiter) = before { waiter.finish() }
    }
}

extension APIContext {
    /// Returns when the client has gone, or the calling task is cancelled.
    func untilClientIsGone() async {
        if let connection { return await connection.untilGone() }
        for await _ in AsyncStream<Never>.makeStream().stream {}
    }

    /// Runs the operation as long as the client is there: when it goes, the operation is cancelled.
    func whileClientIsPresent<Value: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                await untilClientIsGone()
                return nil
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() ?? nil else { throw CancellationError() }
            return value
        }
    }
}
