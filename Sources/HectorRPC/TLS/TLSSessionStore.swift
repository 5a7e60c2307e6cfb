internal import COpenSSL
internal import Synchronization

/// What a client needs to resume a connection: one reference to an OpenSSL session.
final class TLSSession: @unchecked Sendable { // Its reference count is atomic, and only one connection at a time offers it.
    let pointer: OpaquePointer

    /// Takes over the reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { SSL_SESSION_free(pointer) }
}

/// The newest session with each server. It lives and dies with a client's `TLSContext`: another identity or another
/// trust begins with none.
final class TLSSessionStore: Sendable {
    private struct State {
        var sessions: [Endpoint: TLSSession] = [:]
        /// The longest kept first.
        var order: [Endpoint] = []
    }

    private let state = Mutex(State())
    private let capacity: Int

    /// - Parameter capacity: Servers of which a session is kept.
    init(capacity: Int = 64) { self.capacity = capacity }

    func keep(_ session: TLSSession, for endpoint: Endpoint) {
        state.withLock { state in
            if state.sessions.updateValue(session, forKey: endpoint) != nil { state.order.removeAll { $0 == endpoint } }
            state.order.append(endpoint)
            if state.order.count > capacity { state.sessions[state.order.removeFirst()] = nil }
        }
    }

    /// Each session is offered once: reusing a ticket would let an observer link two connections (RFC 8446 §C.4), and a
    /// refused session is not offered again.
    func take(_ endpoint: Endpoint) -> TLSSession? {
        state.withLock { state in
            guard let session = state.sessions.removeValue(forKey: endpoint) else { return nil }
            state.order.removeAll { $0 == endpoint }
            return session
        }
    }

    var count: Int { state.withLock { $0.sessions.count } }
}
