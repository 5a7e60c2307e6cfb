internal import NIOCore
internal import Synchronization

/// Messages on their way from a connection to one reader, handed over in blocks.
///
/// It is bounded by the stream's flow-control window, since what lies here has not been consumed, and for all streams of a
/// connection by `ConnectionCredit`.
final class InboundMessages: Sendable {
    private struct State {
        var blocks: [MessageBlock] = []
        var isFinished = false
        var failure: RPCError?
        var reader: UnsafeContinuation<MessageBlock?, any Error>?
        var awaitedSince: NIODeadline?

        /// What a reader gets without waiting: a block, or nil for the end. The outer nil: nothing yet.
        mutating func take() throws -> MessageBlock?? {
            guard blocks.isEmpty else { return .some(blocks.removeFirst()) }
            guard isFinished else { return .none }
            if let failure { throw failure }
            return .some(nil)
        }
    }

    private let state = Mutex(State())
    private let clock: (any EventLoop)?

    /// - Parameter clock: Whose time `awaitedSince` is; nil: it is not kept.
    init(clock: (any EventLoop)? = nil) { self.clock = clock }

    /// Since when the reader waits; nil while it does not.
    var awaitedSince: NIODeadline? { state.withLock { $0.awaitedSince } }

    func append(_ block: MessageBlock) {
        let reader = state.withLock { state -> UnsafeContinuation<MessageBlock?, any Error>? in
            guard let reader = state.reader else {
                state.blocks.append(block)
                return nil
            }
            state.reader = nil
            state.awaitedSince = nil
            return reader
        }
        reader?.resume(returning: block)
    }

    /// The end, good or bad. Messages before it are still delivered.
    func finish(_ failure: RPCError?) {
        let reader = state.withLock { state -> UnsafeContinuation<MessageBlock?, any Error>? in
            guard !state.isFinished else { return nil }
            state.isFinished = true
            state.failure = failure
            defer { state.reader = nil }
            return state.reader
        }
        if let failure { reader?.resume(throwing: failure) } else { reader?.resume(returning: nil) }
    }

    /// Throws away what nobody will read.
    func discard() { state.withLock { $0.blocks.removeAll() } }

    /// The next block, where it has come already.
    func nextIfReady() -> MessageBlock? {
        state.withLock { $0.blocks.isEmpty ? nil : $0.blocks.removeFirst() }
    }

    /// The next block; waits while there is none. Nil at the end. For one reader at a time.
    ///
    /// - Throws: Why the call is over, or that the task was cancelled while it waited.
    func next() async throws -> MessageBlock? {
        let ready = try state.withLock { state throws -> MessageBlock?? in try state.take() }
        if let ready { return ready }
        let since = clock?.now
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<MessageBlock?, any Error>? in
                    let ready = Result { try state.take() }
                    switch ready {
                    case .success(let block?): return .success(block)
                    case .failure(let failure): return .failure(failure)
                    case .success(nil): break
                    }
                    // The handler below may have run before there was anything to end.
                    if Task.isCancelled { return .failure(RPCError.cancelled) }
                    guard state.reader == nil else {
                        assertionFailure("a stream of messages has one reader")
                        return .failure(RPCError(.internalError, "a stream of messages has one reader at a time"))
                    }
                    state.reader = continuation
                    state.awaitedSince = since
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let reader = state.withLock { state in
                defer { (state.reader, state.awaitedSince) = (nil, nil) }
                return state.reader
            }
            reader?.resume(throwing: RPCError.cancelled)
        }
    }
}
