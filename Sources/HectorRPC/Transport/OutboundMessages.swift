internal import NIOCore
internal import Synchronization

/// Messages on their way from writers to a stream, bounded: a writer that is ahead of the peer waits.
///
/// Messages go out in the order in which they were written, whatever task wrote them. All waiting writers resume
/// together when there is room, so the limit can be exceeded by one message for each task that writes.
final class OutboundMessages: Sendable {
    private struct State {
        /// Written off the loop, on its way there.
        var pending: [UInt8] = []
        var isScheduled = false
        /// Bytes written and not yet sent.
        var unsent = 0
        var failure: RPCError?
        /// In the order in which they began to wait.
        var writers: [(id: UInt64, continuation: UnsafeContinuation<Void, any Error>)] = []
        var nextWriter: UInt64 = 0

        mutating func takeWriters() -> [(id: UInt64, continuation: UnsafeContinuation<Void, any Error>)] {
            guard !writers.isEmpty else { return [] }
            defer { writers = [] }
            return writers
        }

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

    /// `count` bytes went out.
    func sent(_ count: Int) {
        let writers = state.withLock { state in
            state.unsent -= count
            return state.unsent <= highWaterMark / 2 ? state.takeWriters() : []
        }
        for writer in writers { writer.continuation.resume() }
    }

    /// Nothing more is sent: the writers are told why. The first failure counts.
    func fail(_ failure: RPCError) {
        let writers = state.withLock { state in
            if state.failure == nil { state.failure = failure }
            return state.takeWriters()
        }
        for writer in writers { writer.continuation.resume(throwing: failure) }
    }

    /// Returns when there is room for more.
    ///
    /// - Throws: Why the call is over, or that the task was cancelled. What it has written is sent all the same.
    func waitForRoom() async throws {
        let hasRoom = try state.withLock { state in
            if let failure = state.failure { throw failure }
            return state.unsent <= highWaterMark
        }
        if !hasRoom { try await waitInTurn() }
    }

    private func waitInTurn() async throws {
        let id = state.withLock { state in
            state.nextWriter += 1
            return state.nextWriter
        }
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if let failure = state.failure { return .failure(failure) }
                    guard state.unsent > highWaterMark else { return .success(()) }
                    // The handler below may have run before there was anything to remove.
                    if Task.isCancelled { return .failure(RPCError.cancelled) }
                    state.writers.append((id, continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let writer = state.withLock { state in
                state.writers.firstIndex { $0.id == id }.map { state.writers.remove(at: $0).continuation }
            }
            writer?.resume(throwing: RPCError.cancelled)
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
