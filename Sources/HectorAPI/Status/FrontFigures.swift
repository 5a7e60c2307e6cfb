import CoreMetrics
import HTTPTypes
import HectorMetrics
import Hummingbird
import Synchronization

/// What the front's requests came to, by route and status. A request takes two short locks, to find what counts it and
/// what takes its time.
final class FrontFigures: Sendable {
    private static let requests = "hector_http_requests_total"
    private static let time = "hector_http_request_duration_seconds"
    /// Routes are many enough for this; what clients ask for otherwise is one.
    private static let other = "other"

    /// One route's.
    final class Route: Sendable {
        fileprivate let method: String
        fileprivate let path: String
        private let name: String
        private let metrics: MetricsRegistry
        /// By status, see `place`; a handle is made with the first request that it counts.
        private let counters = (0..<Route.places).map { _ in Handle<Counter>() }
        private let timer = Handle<Timer>()

        fileprivate init(_ method: String, _ path: String, in metrics: MetricsRegistry) {
            (self.method, self.path, self.metrics) = (method, path, metrics)
            name = path == FrontFigures.other ? path : "\(method) \(path)"
        }

        func answered(_ status: HTTPResponse.Status) {
            let place = Self.place(of: status.code)
            counters[place].get {
                Counter(
                    label: FrontFigures.requests,
                    dimensions: [("route", name), ("status", place == 0 ? FrontFigures.other : "\(status.code)")], factory: metrics)
            }.increment()
        }

        /// Its last byte is written.
        func ended(nanoseconds: Int64) {
            timer.get { Timer(label: FrontFigures.time, dimensions: [("route", name)], factory: metrics) }.recordNanoseconds(nanoseconds)
        }

        private static let perClass = 32
        private static let places = 1 + 5 * perClass

        /// 0 for a status that is not among the first of its class.
        private static func place(of status: Int) -> Int {
            let (hundreds, rest) = status.quotientAndRemainder(dividingBy: 100)
            return 1...5 ~= hundreds && rest < perClass ? 1 + (hundreds - 1) * perClass + rest : 0
        }
    }

    /// Made by the first request that counts with it.
    private final class Handle<Value: Sendable>: Sendable {
        private let value = Mutex<Value?>(nil)

        func get(_ make: () -> sending Value) -> Value {
            value.withLock { value in
                if let value { return value }
                let made = make()
                value = made
                return made
            }
        }
    }

    private final class Table: Sendable {
        /// Those of each path.
        let all: [String: [Route]]

        init(_ all: [Route]) { self.all = Dictionary(grouping: all, by: \.path) }
    }

    private let metrics: MetricsRegistry
    private let routes = AtomicLazyReference<Table>()
    private let other: Route

    init(_ metrics: MetricsRegistry) {
        self.metrics = metrics
        other = Route("", Self.other, in: metrics)
        metrics.describe(Self.requests, "Answered HTTP requests, by route and status.")
        metrics.describe(Self.time, "Time of HTTP requests, from the head of the request to the end of the answer.")
    }

    /// Takes over what the router answers. The first one counts: it has the routes of all.
    func learn(_ routes: [Router<APIContext>.RouteDescription]) {
        _ = self.routes.storeIfNil(Table(routes.map { Route($0.method.rawValue, "\($0.path)", in: metrics) }))
    }

    /// - Parameter path: As the router has it; nil where none was found.
    func route(_ method: HTTPRequest.Method, _ path: String?) -> Route {
        guard let path, let routes = routes.load() else { return other }
        let method = method == .head ? HTTPRequest.Method.get.rawValue : method.rawValue
        return routes.all[path]?.first { $0.method == method } ?? other
    }
}
