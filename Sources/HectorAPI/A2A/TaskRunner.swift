import HectorCore
import ServiceLifecycle

/// Runs what outlives the connection that asked for it. When the server stops, and all connections have ended, nobody is left to
/// hear of it: it is cancelled.
struct TaskRunner: Service {
    typealias Work = @Sendable () async -> Void

    private let works: AsyncStream<Work>
    private let worksIn: AsyncStream<Work>.Continuation

    init() {
        (works, worksIn) = AsyncStream.makeStream()
    }

    /// Bounded by its callers: each holds a place among the calls at work.
    ///
    /// - Throws: `APIError.unavailable` where the server stops.
    func start(_ work: @escaping Work) throws(APIError) {
        guard case .enqueued = worksIn.yield(work) else { throw APIError(.unavailable, "The server is stopping; send the message again in a moment.") }
    }

    /// Once.
    func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await work in works { group.addTask { await work() } }
                group.cancelAll()
            }
        }
        worksIn.finish()
    }
}
