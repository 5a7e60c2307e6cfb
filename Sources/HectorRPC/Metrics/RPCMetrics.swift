internal import Histogram
internal import Synchronization

/// What calls came to: how many, how they ended, how long they took. One for all connections of a client or server, or
/// for several of them. Costs some tens of nanoseconds a call.
package final class RPCMetrics: Sendable {
    /// One method's calls.
    package struct MethodFigures: Sendable {
        /// For example `/hector.plugin.LLMProvider/Generate`.
        package let path: String
        /// Calls that ended, by their status.
        package fileprivate(set) var codes: [StatusCode: Int] = [:]
        /// In microseconds, to two digits.
        fileprivate var latencies = Histogram<UInt32>(
            highestTrackableValue: RPCMetrics.longest, numberOfSignificantValueDigits: .two)

        package var calls: Int { codes.values.reduce(0, +) }

        /// How long they took: on a server from the request's head to the end of the response, on a client from the
        /// request to the response's end.
        ///
        /// - Parameter quantile: From 0 to 1; 0.99: all but one call of a hundred took no longer.
        package func latency(_ quantile: Double) -> Duration {
            .microseconds(latencies.valueAtPercentile(quantile * 100))
        }

        /// How long all of them took together, to two digits.
        package var total: Duration { .microseconds(latencies.mean * Double(latencies.totalCount)) }

        fileprivate init(path: String) { self.path = path }
    }

    /// Longer calls count as long as this: an hour.
    private static let longest: UInt64 = 3_600_000_000
    /// A peer chooses the paths of calls that are forwarded: methods beyond so many count together, as `other`.
    private static let mostMethods = 256
    private static let other = "other"

    private struct State {
        var figures: [MethodFigures] = []
        var index: [String: Int] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// All methods that were called, in the order of their first call.
    package var methods: [MethodFigures] { state.withLock { $0.figures.filter { !$0.codes.isEmpty } } }

    /// Where a method's calls are counted.
    func slot(_ path: String) -> Int {
        state.withLock { state in
            if let slot = state.index[path] { return slot }
            let path = state.figures.count < Self.mostMethods ? path : Self.other
            if let slot = state.index[path] { return slot }
            let slot = state.figures.count
            state.figures.append(MethodFigures(path: path))
            state.index[path] = slot
            return slot
        }
    }

    func record(_ slot: Int, _ code: StatusCode, nanoseconds: Int64) {
        let microseconds = min(UInt64(max(0, nanoseconds)) / 1000, Self.longest)
        state.withLock { state in
            state.figures[slot].codes[code, default: 0] += 1
            state.figures[slot].latencies.record(microseconds)
        }
    }
}

/// What went over one connection so far.
package struct ConnectionCounters: Sendable, Equatable {
    /// Bytes on the wire, TLS included.
    package var bytesReceived = 0
    package var bytesSent = 0
    /// Calls that were begun.
    package var calls = 0
}
