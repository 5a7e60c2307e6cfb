package import HectorCore
package import HectorProto
internal import Synchronization

extension Backoff {
    /// Between attempts to connect, from the beginning of one to that of the next (gRPC's doc/connection-backoff.md).
    package static let connecting = Backoff(first: .seconds(1), multiplier: 1.6, longest: .seconds(120), jitter: 0.8...1.2)
}

/// A client that keeps one connection to a server, and makes another when it is lost.
///
///     try await withThrowingTaskGroup { group in
///         group.addTask { await client.run() }
///         try await client.unary(…)
///         group.cancelAll()
///     }
///
/// A call waits while a first connection is being made. When the server could not be reached, calls fail at once until it
/// can be, those with `waitForReady` excepted. A call that the server never began to process is sent once more.
package final class RPCClient: Sendable {
    private struct State {
        var connectivity: ClientConnectivity
        var connection: ClientConnection?
        /// Counts the changes of the two, so that none is missed between a look and a wait.
        var changes = 0
        var waiters = Waiters()
    }

    package let endpoint: Endpoint
    private let connector: ClientConnector
    private let timing: Timing
    private let state: Mutex<State>

    package init(
        _ endpoint: Endpoint, _ connector: ClientConnector, backoff: Backoff = .connecting, timing: Timing
    ) {
        self.endpoint = endpoint
        self.connector = connector
        self.timing = timing
        state = Mutex(State(connectivity: ClientConnectivity(backoff, keepalive: connector.keepalive)))
    }

    /// Connects and connects again until the task is cancelled; then closes, and calls under way fail.
    package func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let now = timing.now()
                let wait = state.withLock { $0.connectivity.wait(now: now) }
                if wait > .zero {
                    guard (try? await timing.sleep(until: now + wait)) != nil else { break }
                }
                let keepalive = change { state in
                    state.connectivity.attemptBegins(now: timing.now(), random: timing.random)
                    return state.connectivity.keepalive
                }
                do {
                    let connection = try await connector.connect(to: endpoint, keepalive: keepalive)
                    change { state in
                        state.connection = connection
                        state.connectivity.connected()
                    }
                    let reason = await connection.waitUntilNotReady()
                    change { state in
                        state.connection = nil
                        state.connectivity.lost(reason ?? ConnectionError(.closed, "the client was stopped"))
                    }
                    // The calls that it has may take their time.
                    group.addTask {
                        _ = await connection.waitUntilClosed()
                        await connection.close()
                    }
                } catch {
                    let error = error as? ConnectionError ?? ConnectionError(.closed, "\(error)", cause: error)
                    change { $0.connectivity.attemptFailed(error) }
                }
            }
            change { $0.connectivity.ended() }
        }
    }

    // MARK: calls

    /// One message there, one back.
    ///
    /// - Throws: `RPCError`. Cancelling the task cancels the call on both sides.
    package func unary<Q, R>(_ method: Method<Q, R>, _ request: Q, options: CallOptions = CallOptions()) async throws -> R {
        try await withConnection(options) { try await $0.unary(method, request, options: $1) }
    }

    /// One message there, one back, with the metadata of the response.
    package func unaryResponse<Q, R>(
        _ method: Method<Q, R>, _ request: Q, options: CallOptions = CallOptions()
    ) async throws -> Response<R> {
        try await withConnection(options) { try await $0.unaryResponse(method, request, options: $1) }
    }

    /// One message there, any number back. The body runs once: a call that it has begun is not sent again.
    package func serverStreaming<Q, R, T: Sendable>(
        _ method: Method<Q, R>, _ request: Q, options: CallOptions = CallOptions(),
        _ body: (MessageStream<R>) async throws -> T
    ) async throws -> T {
        var hasBegun = false
        return try await withConnection(options, isRepeatable: { !hasBegun }) { connection, options in
            try await connection.serverStreaming(method, request, options: options) {
                hasBegun = true
                return try await body($0)
            }
        }
    }

    /// Any number of messages there, one back. The body runs once: a call that it has begun is not sent again.
    package func clientStreaming<Q, R>(
        _ method: Method<Q, R>, options: CallOptions = CallOptions(), _ body: (RequestWriter<Q>) async throws -> Void
    ) async throws -> R {
        var hasBegun = false
        return try await withConnection(options, isRepeatable: { !hasBegun }) { connection, options in
            try await connection.clientStreaming(method, options: options) {
                hasBegun = true
                try await body($0)
            }
        }
    }

    /// Any number of messages each way. The body runs once: a call that it has begun is not sent again.
    package func bidirectionalStreaming<Q, R, T: Sendable>(
        _ method: Method<Q, R>, options: CallOptions = CallOptions(),
        _ body: (RequestWriter<Q>, MessageStream<R>) async throws -> T
    ) async throws -> T {
        var hasBegun = false
        return try await withConnection(options, isRepeatable: { !hasBegun }) { connection, options in
            try await connection.bidirectionalStreaming(method, options: options) {
                hasBegun = true
                return try await body($0, $1)
            }
        }
    }

    /// Runs a call, of whichever kind, on the connection.
    ///
    /// - Parameters:
    ///   - options: Whether to wait for a connection, and for how long.
    ///   - isRepeatable: Asked when the server did not begin to process the call: whether the body may run once more.
    ///   - body: Makes the call, with what is left of the options' time.
    /// - Throws: What the body throws, or `RPCError` where there is no connection.
    package func withConnection<T>(
        _ options: CallOptions = CallOptions(), isRepeatable: () -> Bool = { true },
        _ body: (ClientConnection, CallOptions) async throws -> T
    ) async throws -> T {
        let deadline = options.timeout.map { timing.now() + $0 }
        var options = options
        var hasRepeated = false
        while true {
            let connection = try await connection(waitForReady: options.waitForReady, until: deadline)
            if let deadline { options.timeout = max(.zero, deadline - timing.now()) }
            do {
                return try await body(connection, options)
            } catch let error as RPCError where error.code == .unavailable && error.progress == .notProcessed {
                guard !hasRepeated, isRepeatable() else { throw error }
                hasRepeated = true
            }
        }
    }

    // MARK: -

    private func connection(waitForReady: Bool, until deadline: Instant?) async throws -> ClientConnection {
        while true {
            let (decision, connection, seen) = state.withLock { state in
                (state.connectivity.decide(waitForReady: waitForReady), state.connection, state.changes)
            }
            switch decision {
            case .use:
                // One that is lost and not yet found to be is waited for like none.
                if let connection, connection.isReady { return connection }
            case .fail(let error): throw error.failure(.notProcessed)
            case .wait: break
            }
            if let deadline, timing.now() >= deadline {
                throw RPCError(.deadlineExceeded, "there was no connection to \(endpoint) before the deadline", progress: .notProcessed)
            }
            if Task.isCancelled { throw RPCError(.cancelled, "the call was cancelled", progress: .notProcessed) }
            await withTaskGroup(of: Void.self) { race in
                race.addTask { [self] in await state.wait(in: \.waiters) { $0.changes != seen } }
                if let deadline { race.addTask { [timing] in try? await timing.sleep(until: deadline) } }
                await race.next()
                race.cancelAll()
            }
        }
    }

    @discardableResult
    private func change<T: Sendable>(_ body: (inout State) -> T) -> T {
        let (result, waiters) = state.withLock { state in
            let result = body(&state)
            state.changes += 1
            return (result, state.waiters.removeAll())
        }
        for waiter in waiters { waiter.resume() }
        return result
    }
}
