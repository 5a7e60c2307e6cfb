import DequeModule
import HectorCore
import NIOCore
import Synchronization

/// A client's connection, as those who answer its requests see it.
///
/// A client that shuts down its sending side counts as gone: from here it looks like one that closed its socket.
final class Connection: Sendable {
    /// Ends when the client has gone.
    let presence = Presence()
    /// Counts up over all connections: the smallest has been idle for longest. 0 while a whole request has come and is not answered.
    let idleSince: Atomic<Int>
    /// What is wrong with each request that was received and is not answered yet, nil for nothing.
    private let refusals = Mutex<Deque<Refusal?>>([])

    /// - Parameter idleSince: See there.
    init(idleSince: Int = 1) { self.idleSince = Atomic(idleSince) }

    /// A request was received.
    /// - Parameter refusal: Why it must not be answered but with this.
    func received(refusal: APIError?) {
        refusals.withLock { $0.append(refusal.map(Refusal.init)) }
    }

    /// Called once for each request that is answered, in their order.
    /// - Returns: Why it must not be answered but with this.
    func takeRefusal() -> Refusal? {
        refusals.withLock { $0.popFirst() ?? nil }
    }
}

/// Why a request must not be answered but with this. An object, as all requests have room for one.
final class Refusal: Sendable {
    let error: APIError

    init(_ error: APIError) { self.error = error }
}

extension APIContext {
    /// Runs the operation as long as the client is there: when it goes, the task is cancelled.
    func whileClientIsPresent<Value: Sendable>(
        _ operation: @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let connection else { return try await operation() }
        return try await connection.presence.during(operation)
    }
}
