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
    }

    private let state = Mutex(State())

    func append(_ block: MessageBlock) {
        let reader = state.withLock { state -> UnsafeContinuation<MessageBlock?, any Error>? in
            guard let reader = state.reader else {
                state.blocks.append(block)
                return nil
            }
            state.reader = nil
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

    /// The next block; waits while there is none. Nil at the end. For one reader at a time.
    func next() async throws -> MessageBlock? {
        try await withUnsafeThrowingContinuation { continuation in
            let result = state.withLock { state -> Result<MessageBlock?, any Error>? in
                guard state.blocks.isEmpty else { return .success(state.blocks.removeFirst()) }
                guard !state.isFinished else { return state.failure.map { .failure($0) } ?? .success(nil) }
                precondition(state.reader == nil, "a stream of messages has one reader")
                state.reader = continuation
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }
}
