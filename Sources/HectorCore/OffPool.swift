internal import Dispatch

/// The thread for long work on foreign data.
private let longWork = DispatchQueue(label: "hector.long-work")

/// Does work whose time grows with foreign data: what is small at once, what is large on a thread of its own, one after the
/// other. Threads of Swift's pool are two on a small machine, and everything waits for them.
///
/// - Parameter bytes: The size of the data.
package func offPool<Value: Sendable>(bytes: Int, _ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    guard bytes > 256 << 10 else { return try work() }
    return try await withCheckedThrowingContinuation { continuation in
        longWork.async { continuation.resume(with: Result { try work() }) }
    }
}
