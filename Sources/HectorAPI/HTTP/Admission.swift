import HectorCore
import Hummingbird
import Synchronization

/// A call's place among those at work, taken when its body has come, so that slow clients hold no place. Where it is dropped,
/// for whatever reason, there is room again.
final class Permit: Sendable {
    final class Gauge: Sendable {
        fileprivate let count = Atomic(0)
        /// Calls that have left their place while they wait for a person: as many as have one at the most.
        fileprivate let away = Atomic(0)
        /// Calls at work.
        var current: Int { count.load(ordering: .relaxed) }
        private let most: Atomic<Int>
        /// Those that may be at work at once.
        var limit: Int {
            get { most.load(ordering: .relaxed) }
            set { most.store(newValue, ordering: .relaxed) }
        }

        init(limit: Int) { most = Atomic(limit) }
    }

    private let gauge: Gauge
    private let isTaken = Atomic(false)

    init(counting gauge: Gauge) { self.gauge = gauge }

    deinit {
        if isTaken.load(ordering: .relaxed) { gauge.count.subtract(1, ordering: .relaxed) }
    }

    /// - Throws: `APIError.overloaded` if the maximum number of calls is in progress.
    func check() throws(APIError) {
        guard gauge.count.load(ordering: .relaxed) < gauge.limit else { throw refusal }
    }

    /// As `check`, and takes the place.
    func take() throws(APIError) {
        guard gauge.count.add(1, ordering: .relaxed).newValue <= gauge.limit else {
            gauge.count.subtract(1, ordering: .relaxed)
            throw refusal
        }
        isTaken.store(true, ordering: .relaxed)
    }

    /// Leaves its place to another call while `body` waits for a person, and is back afterwards whether there is room or not. Where too many
    /// have done so, it keeps it.
    func whileAway<T>(_ body: () async throws -> T) async rethrows -> T {
        guard gauge.away.add(1, ordering: .relaxed).newValue <= gauge.limit, isTaken.exchange(false, ordering: .relaxed) else {
            defer { gauge.away.subtract(1, ordering: .relaxed) }
            return try await body()
        }
        gauge.count.subtract(1, ordering: .relaxed)
        defer {
            gauge.away.subtract(1, ordering: .relaxed)
            gauge.count.add(1, ordering: .relaxed)
            isTaken.store(true, ordering: .relaxed)
        }
        return try await body()
    }

    /// The response to the call, which keeps the place until it is written to the end, or fits into what a connection buffers.
    func kept(for response: Response) -> Response {
        let body = response.body
        // A body that is there as a whole goes out in one write with its head.
        if let length = body.contentLength, length <= APIContext.smallAnswer { return response }
        var response = response
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            defer { withExtendedLifetime(self) {} }
            try await body.write(writer)
        }
        return response
    }

    private var refusal: APIError {
        APIError(.overloaded, "\(gauge.limit) calls are already in progress; try again in a moment.")
    }
}
