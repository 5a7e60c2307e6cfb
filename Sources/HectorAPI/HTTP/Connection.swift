import DequeModule
import HectorCore
import NIOCore
import Synchronization

/// A client's connection, as those who answer its requests see it.
///
/// A client that shuts down its sending side counts as gone: from here it looks like one that closed its socket.
final class Connection: Sendable {
    /// Set when the client has gone.
    let gone = Signal<Void>()
    /// Counts up over all connections: the smallest has been idle for longest. 0 while a whole request has come and is not answered.
    let idleSince: Atomic<Int>
    /// What is wrong with each request that was received and is not answered yet, nil for nothing.
    private let refusals = Mutex<Deque<APIError?>>([])

    /// - Parameter idleSince: See there.
    init(idleSince: Int = 1) { self.idleSince = Atomic(idleSince) }

    /// A request was received.
    /// - Parameter refusal: Why it must not be answered but with this.
    func received(refusal: APIError?) {
        refusals.withLock { $0.append(refusal) }
    }

    /// Called once for each request that is answered, in their order.
    /// - Returns: Why it must not be answered but with this.
    func takeRefusal() -> APIError? {
        refusals.withLock { $0.popFirst() ?? nil }
    }
}

extension APIContext {
    /// Set when the client has gone.
    var clientGone: Signal<Void> { connection?.gone ?? Signal() }

    /// Runs the operation as long as the client is there: when it goes, the operation is cancelled.
    func whileClientIsPresent<Value: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await clientGone.cancelling(operation)
    }
}
