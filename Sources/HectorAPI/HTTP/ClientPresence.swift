import NIOCore
import Synchronization

/// Sits in a connection's pipeline and knows when the client has gone.
///
/// A client that shuts down its sending side counts as gone: from here it looks like one that closed its socket.
final class ClientPresence: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = NIOAny

    private enum State {
        case present
        /// HTTP/1 has one request at work on a connection, so one waiter.
        case awaited(AsyncStream<Never>.Continuation)
        case gone
    }

    private let state = Mutex(State.present)

    /// Returns when the client has gone, or the calling task is cancelled.
    func untilGone() async {
        let (end, waiter) = AsyncStream<Never>.makeStream()
        state.withLock {
            if case .gone = $0 { waiter.finish() } else { $0 = .awaited(waiter) }
        }
        for await _ in end {}
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { clientWent() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        clientWent()
        context.fireChannelInactive()
    }

    private func clientWent() {
        let before = state.withLock { state in
            defer { state = .gone }
            return state
        }
        if case .awaited(let waiter) = before { waiter.finish() }
    }
}

extension APIContext {
    /// Who is at the other end.
    func client() async throws -> ClientPresence {
        try await channel.pipeline.handler(type: ClientPresence.self).get()
    }

    /// Runs the operation as long as the client is there: when it goes, the operation is cancelled.
    func whileClientIsPresent<Value: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let client = try await client()
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                await client.untilGone()
                return nil
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() ?? nil else { throw CancellationError() }
            return value
        }
    }
}
