internal import Histogram
internal import Synchronization

/// What calls came to: how many, how they ended, how long they took. One for all connections of a client or server, or
/// for several of them. Costs some tens of nanoseconds a call.
package final class RPCMetrics: Sendable {
    /// One method's calls.
    package struct MethodFigures: Sendable {
        /// For example `/hector.plugin.LLMProvider/Generate`.
        package let path: String
        /// Calls that ended, by the number of their status.
        fileprivate var counts = [Int](repeating: 0, count: StatusCode.allCases.count)
        /// In microseconds, to two digits.
        fileprivate var latencies = Histogram<UInt32>(
            highestTrackableValue: RPCMetrics.longest, numberOfSignificantValueDigits: .two)

        /// Calls that ended, by their status.
        package var codes: [StatusCode: Int] {
            var codes: [StatusCode: Int] = [:]
            for code in StatusCode.allCases where counts[code.rawValue] > 0 { codes[code] = counts[code.rawValue] }
            return codes
        }

        package var calls: Int { counts.reduce(0, +) }

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
    /// A peer chooses the paths of calls that are forwarded: methods beyond this number are counted together, as `other`.
    static let mostMethods = 256
    private static let other = "other"

    private struct State {
        var figures: [MethodFigures] = []
        var index: [String: Int] = [:]

        mutating func slot(_ path: String) -> Int {
            if let slot = index[path] { return slot }
            let path = figures.count < RPCMetrics.mostMethods ? path : RPCMetrics.other
            if let slot = index[path] { return slot }
            let slot = figures.count
            figures.append(MethodFigures(path: path))
            index[path] = slot
            return slot
        }

        mutating func record(_ slot: Int, _ code: StatusCode, _ nanoseconds: Int64) {
            figures[slot].counts[code.rawValue] += 1
            figures[slot].latencies.record(min(UInt64(max(0, nanoseconds)) / 1000, RPCMetrics.longest))
        }
    }

    private let state = Mutex(State())

    package init() {}

    /// All methods that were called, in the order of their first call.
    package var methods: [MethodFigures] { state.withLock { $0.figures.filter { $0.calls > 0 } } }

    /// Where a method's calls are counted.
    func slot(_ path: String) -> Int { state.withLock { $0.slot(path) } }

    func record(_ slot: Int, _ code: StatusCode, nanoseconds: Int64) {
        state.withLock { $0.record(slot, code, nanoseconds) }
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
