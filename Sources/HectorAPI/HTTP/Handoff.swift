import HectorProviders
import Synchronization

/// Hands values from one task to another, one at a time: the sender goes on when the receiver has
/// dealt with the value. What an unbounded buffer would hide, a slow reader, the sender feels.
struct Handoff<Value: Sendable>: Sendable {
    private final class Turn: Sendable {
        let taken = Atomic(false)
    }

    struct Item: Sendable {
        let content: Value
        /// The sender waits until the receiver has dealt with it.
        let isAwaited: Bool
    }

    /// For one receiver.
    let values: AsyncStream<Item>
    private let valuesIn: AsyncStream<Item>.Continuation
    private let receipts: AsyncStream<Void>
    private let receiptsIn: AsyncStream<Void>.Continuation
    private let sending = Turn()

    init() {
        (values, valuesIn) = AsyncStream.makeStream()
        (receipts, receiptsIn) = AsyncStream.makeStream()
    }

    /// Returns when the receiver has dealt with the value.
    /// - Throws: `CancellationError` when the sender is cancelled; `ProviderError` for a value sent while the one
    ///   before it is still under way.
    func send(_ value: Value) async throws {
        guard !sending.taken.exchange(true, ordering: .acquiring) else {
            throw ProviderError(.failed, "The model's plugin sent a piece of the answer before the previous one was consumed.")
        }
        defer { sending.taken.store(false, ordering: .releasing) }
        valuesIn.yield(Item(content: value, isAwaited: true))
        var receipt = receipts.makeAsyncIterator()
        guard await receipt.next() != nil else { throw CancellationError() }
    }

    /// Adds a value for which no one waits, between those that are sent.
    func remark(_ value: Value) {
        valuesIn.yield(Item(content: value, isAwaited: false))
    }

    /// The receiver has dealt with the last value that is awaited.
    func dealtWith() {
        receiptsIn.yield()
    }

    /// No further value comes.
    func finish() {
        valuesIn.finish()
    }
}
