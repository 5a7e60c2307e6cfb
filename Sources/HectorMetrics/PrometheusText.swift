/// Metrics in Prometheus' text format 0.0.4: <https://prometheus.io/docs/instrumenting/exposition_formats>.
package struct PrometheusText: Sendable {
    package enum Kind: String, Sendable {
        case counter, gauge, summary
    }

    package typealias Labels = [(name: String, value: String)]

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var text = ""

    package init() {}

    /// Begins a metric; all its samples follow.
    package mutating func metric(_ name: String, _ kind: Kind, _ help: String) {
        if !help.isEmpty { text += "# HELP \(name) \(Self.escape(help, quotes: false))\n" }
        text += "# TYPE \(name) \(kind.rawValue)\n"
    }

    package mutating func sample(_ name: String, _ labels: Labels, _ value: Int) { sample(name, labels, text: "\(value)") }

    package mutating func sample(_ name: String, _ labels: Labels, _ value: Double) { sample(name, labels, text: "\(value)") }

    /// Of durations: the quantiles, their sum in seconds, and their number.
    ///
    /// - Parameter quantiles: What share of them was no longer than how long; the share from 0 to 1.
    package mutating func summary(
        _ name: String, _ labels: Labels, quantiles: [(quantile: Double, time: Duration)], sum: Duration, count: Int
    ) {
        for (quantile, time) in quantiles { sample(name, labels + [("quantile", "\(quantile)")], time / .seconds(1)) }
        sample(name + "_sum", labels, sum / .seconds(1))
        sample(name + "_count", labels, count)
    }

    /// Which quantiles are told of durations.
    package static let quantiles = [0.5, 0.9, 0.99]

    private mutating func sample(_ name: String, _ labels: Labels, text value: String) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.name)=\"\(Self.escape($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    private static func escape(_ value: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"" where quotes: escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
