internal import CoreMetrics
internal import Synchronization

/// One series of a metric.
protocol Figure: AnyObject, Sendable {
    static var kind: PrometheusText.Kind { get }

    func write(_ name: String, _ labels: PrometheusText.Labels, to text: inout PrometheusText)
}

/// Counts; one atomic operation.
final class CounterFigure: Figure, CounterHandler {
    static let kind = PrometheusText.Kind.counter

    private let count = Atomic<Int64>(0)

    func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { count.store(0, ordering: .relaxed) }

    func write(_ name: String, _ labels: PrometheusText.Labels, to text: inout PrometheusText) {
        text.sample(name, labels, Int(count.load(ordering: .relaxed)))
    }
}

/// The value that was set last.
final class GaugeFigure: Figure, MeterHandler, RecorderHandler {
    static let kind = PrometheusText.Kind.gauge

    private let bits = Atomic<UInt64>(0)

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func record(_ value: Int64) { set(value) }

    func record(_ value: Double) { set(value) }

    func increment(by amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, found) = bits.compareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = found
        }
    }

    func decrement(by amount: Double) { increment(by: -amount) }

    func write(_ name: String, _ labels: PrometheusText.Labels, to text: inout PrometheusText) {
        text.sample(name, labels, Double(bitPattern: bits.load(ordering: .relaxed)))
    }
}

/// How many values there were, and their sum: a summary without quantiles.
final class SumFigure: Figure, RecorderHandler {
    static let kind = PrometheusText.Kind.summary

    private let state = Mutex((count: 0, sum: 0.0))

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        state.withLock {
            $0.count += 1
            $0.sum += value
        }
    }

    func write(_ name: String, _ labels: PrometheusText.Labels, to text: inout PrometheusText) {
        let (count, sum) = state.withLock { $0 }
        text.sample(name + "_sum", labels, sum)
        text.sample(name + "_count", labels, count)
    }
}

/// Durations; one atomic operation.
final class TimeFigure: Figure, TimerHandler {
    static let kind = PrometheusText.Kind.summary

    private let times = TimeHistogram()

    func recordNanoseconds(_ duration: Int64) { times.record(nanoseconds: duration) }

    func write(_ name: String, _ labels: PrometheusText.Labels, to text: inout PrometheusText) {
        let times = times.reading()
        text.summary(
            name, labels, quantiles: PrometheusText.quantiles.map { ($0, times.quantile($0)) }, sum: times.sum, count: times.count)
    }
}
