internal import NIOCore
internal import Synchronization

/// Messages on their way from a writer to a stream, bounded: a writer who is ahead of the peer waits.
final class OutboundMessages: Sendable {
    private struct State {
        /// Written off the loop, on its way there.
        var pending: [UInt8] = []
        var isScheduled = false
        /// Bytes written and not yet sent.
        var unsent = 0
        var failure: RPCError?
        var writer: UnsafeContinuation<Void, any Error>?

        mutating func take() -> [UInt8] {
            isScheduled = false
            guard !pending.isEmpty else { return [] }
            defer { pending = [] }
            return pending
        }
    }

    private let state = Mutex(State())
    private let highWaterMark: Int

    init(highWaterMark: Int) {
        self.highWaterMark = highWaterMark
    }

    /// Counts a message that is added to the stream at once, on the loop.
    ///
    /// - Returns: What was written off the loop before it, and whether the writer may go on.
    func add(_ count: Int) throws -> (before: [UInt8], hasRoom: Bool) {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.unsent += count
            return (state.take(), state.unsent <= highWaterMark)
        }
    }

    /// Takes a message that was written off the loop.
    ///
    /// - Returns: Whether the loop must be told to `take`, and whether the writer may go on.
    func append(_ message: [UInt8]) throws -> (mustWake: Bool, hasRoom: Bool) {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.unsent += message.count
            if state.pending.isEmpty { state.pending = message } else { state.pending.append(contentsOf: message) }
            defer { state.isScheduled = true }
            return (!state.isScheduled, state.unsent <= highWaterMark)
        }
    }

    func take() -> [UInt8] { state.withLock { $0.take() } }

    /// So many bytes went out.
    func sent(_ count: Int) {
        let writer = state.withLock { state -> UnsafeContinuation<Void, any Error>? in
            state.unsent -= count
            guard state.unsent <= highWaterMark / 2, let writer = state.writer else { return nil }
            state.writer = nil
            return writer
        }
        writer?.resume()
    }

    /// Nothing more is sent: the writer is told why. The first failure counts.
    func fail(_ failure: RPCError) {
        let writer = state.withLock { state in
            if state.failure == nil { state.failure = failure }
            defer { state.writer = nil }
            return state.writer
        }
        writer?.resume(throwing: failure)
    }

    func waitForRoom() async throws {
        try await withUnsafeThrowingContinuation { continuation in
            let result = state.withLock { state -> Result<Void, any Error>? in
                if let failure = state.failure { return .failure(failure) }
                guard state.unsent > highWaterMark else { return .success(()) }
                precondition(state.writer == nil, "a stream of messages has one writer")
                state.writer = continuation
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }
}

/// A call whose messages are written one by one.
protocol WritableCall: HTTP2Stream, Sendable {
    var connection: ConnectionHandler { get }
    /// Something was added to `outgoing` (on the loop).
    func sendOutgoing()
}

extension WritableCall {
    /// Takes one message to be sent; callable from anywhere. Afterwards the writer waits while there is no room.
    ///
    /// - Returns: Whether there is room for more.
    @inline(__always)
    func write(_ message: consuming [UInt8], through outbound: OutboundMessages) throws -> Bool {
        if connection.eventLoop.inEventLoop {
            let (before, hasRoom) = try outbound.add(message.count)
            if !before.isEmpty { outgoing.append(before) }
            let count = message.count
            outgoing.append(message)
            sendOutgoing()
            connection.wrote(bytes: count)
            return hasRoom
        } else {
            let (mustWake, hasRoom) = try outbound.append(message)
            if mustWake { connection.eventLoop.execute { [self] in takePending(of: outbound) } }
            return hasRoom
        }
    }

    /// Adds to the stream what was written off the loop.
    func takePending(of outbound: OutboundMessages) {
        let pending = outbound.take()
        guard !pending.isEmpty else { return }
        outgoing.append(pending)
        sendOutgoing()
    }
}
