package import CoreMetrics
internal import Synchronization

/// All metrics of a program, as swift-metrics counts them and as Prometheus reads them.
///
/// A program makes one and gives it to `MetricsSystem`, so that what packages of others count is in it; our own code takes it as an
/// argument. Counting costs no lock: handles (`Counter`, `Gauge`, `Timer`) are made once, and kept. What is counted elsewhere anyway,
/// for example by calls on their own event loop, is asked for when somebody reads: see `collect`.
package final class MetricsRegistry: MetricsFactory {
    /// Adds metrics while somebody reads.
    package typealias Collector = @Sendable (inout PrometheusText) async -> Void

    /// Series of one metric. Those beyond this number are counted together, and all their labels are `other`: values that clients choose
    /// cannot fill the memory.
    package static let mostSeries = 1000

    private struct Family {
        let kind: PrometheusText.Kind
        var series: [(labels: PrometheusText.Labels, figure: any Figure)] = []
        /// Where among `series` these labels are.
        var index: [[String]: Int] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var helps: [String: String] = [:]
        var collectors: [Collector] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// What people are told of a metric.
    package func describe(_ name: String, _ help: String) { state.withLock { $0.helps[name] = help } }

    /// Asks `collector` each time somebody reads; before what is counted here, in the order of these calls.
    package func collect(_ collector: @escaping Collector) { state.withLock { $0.collectors.append(collector) } }

    /// All there is now.
    package func text() async -> PrometheusText {
        let (families, helps, collectors) = state.withLock { ($0.families, $0.helps, $0.collectors) }
        var text = PrometheusText()
        for collector in collectors { await collector(&text) }
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            text.metric(name, family.kind, helps[name] ?? "")
            for (labels, figure) in family.series { figure.write(name, labels, to: &text) }
        }
        return text
    }

    // MARK: Handles

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        figure(label, dimensions) { CounterFigure() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        figure(label, dimensions) { GaugeFigure() }
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate ? figure(label, dimensions) { SumFigure() } : figure(label, dimensions) { GaugeFigure() }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        figure(label, dimensions) { TimeFigure() }
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    /// The same one for the same name and labels. One whose name is taken by another kind of metric is not told.
    private func figure<F: Figure>(_ label: String, _ dimensions: [(String, String)], _ make: () -> F) -> F {
        let name = Self.name(label)
        var labels: PrometheusText.Labels = dimensions.map { (Self.name($0.0, colons: false), $0.1) }
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: F.kind)
            defer { state.families[name] = family }
            if family.series.count >= Self.mostSeries, family.index[Self.key(labels)] == nil {
                labels = labels.map { ($0.name, "other") }
            }
            let key = Self.key(labels)
            guard family.kind == F.kind else { return make() }
            if let known = family.index[key] { return family.series[known].figure as? F ?? make() }
            let figure = make()
            family.index[key] = family.series.count
            family.series.append((labels, figure))
            return figure
        }
    }

    private func remove(_ handler: AnyObject) {
        state.withLock { state in
            for name in Array(state.families.keys) {
                guard let place = state.families[name]?.series.firstIndex(where: { $0.figure === handler }) else { continue }
                state.families[name]?.series.remove(at: place)
                let series = state.families[name]?.series ?? []
                state.families[name]?.index = Dictionary(
                    series.enumerated().map { (Self.key($1.labels), $0) }, uniquingKeysWith: { first, _ in first })
            }
        }
    }

    private static func key(_ labels: PrometheusText.Labels) -> [String] { labels.flatMap { [$0.name, $0.value] } }

    /// As Prometheus allows: letters, digits, `_`, and of metrics `:`.
    private static func name(_ name: String, colons: Bool = true) -> String {
        var bytes = name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            case UInt8(ascii: ":") where colons: byte
            default: UInt8(ascii: "_")
            }
        }
        if bytes.isEmpty || bytes[0] <= UInt8(ascii: "9") { bytes.insert(UInt8(ascii: "_"), at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
