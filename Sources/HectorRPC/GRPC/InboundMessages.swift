internal import NIOCore
internal import Synchronization

/// Messages on their way from a connection to one reader, handed over in batches.
///
/// It is bounded by the stream's flow-control window: what lies here has not been consumed.
final class InboundMessages: Sendable {
    struct Batch {
        var messages: [ByteBuffer] = []
        /// Bytes to credit to the sender once the batch has been taken.
        var credit = 0
    }

    private struct State {
        var batch = Batch()
        var isFinished = false
        var failure: RPCError?
        var reader: UnsafeContinuation<Batch?, any Error>?
    }

    private let state = Mutex(State())

    func append(_ batch: Batch) {
        let reader = state.withLock { state -> UnsafeContinuation<Batch?, any Error>? in
            guard let reader = state.reader else {
                state.batch.messages.append(contentsOf: batch.messages)
                state.batch.credit += batch.credit
                return nil
            }
            state.reader = nil
            return reader
        }
        reader?.resume(returning: batch)
    }

    /// The end, good or bad. Messages before it are still delivered.
    func finish(_ failure: RPCError?) {
        let reader = state.withLock { state -> UnsafeContinuation<Batch?, any Error>? in
            guard !state.isFinished else { return nil }
            state.isFinished = true
            state.failure = failure
            defer { state.reader = nil }
            return state.reader
        }
        if let failure { reader?.resume(throwing: failure) } else { reader?.resume(returning: nil) }
    }

    /// All that is here; waits while there is nothing. Nil at the end. For one reader at a time.
    func next() async throws -> Batch? {
        try await withUnsafeThrowingContinuation { continuation in
            let result = state.withLock { state -> Result<Batch?, any Error>? in
                if !state.batch.messages.isEmpty {
                    defer { state.batch = Batch() }
                    return .success(state.batch)
                }
                guard !state.isFinished else { return state.failure.map { .failure($0) } ?? .success(nil) }
                precondition(state.reader == nil, "a response stream has one reader")
                state.reader = continuation
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }
}
