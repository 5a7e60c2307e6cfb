/// Metrics in Prometheus' text format 0.0.4: <https://prometheus.io/docs/instrumenting/exposition_formats>.
struct PrometheusText {
    enum Kind: String {
        case counter, summary
    }

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// Begins a metric; all its samples follow.
    mutating func metric(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// - Parameter value: A number as it is written.
    mutating func sample(_ name: String, _ labels: [(name: String, value: String)], _ value: String) {
        let labels = labels.map { "\($0.name)=\"\(Self.escape($0.value))\"" }.joined(separator: ",")
        text += "\(name){\(labels)} \(value)\n"
    }

    private static func escape(_ value: String) -> String {
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension PrometheusText {
    init(_ report: CallReport) {
        let calls = "hector_rpc_calls_total"
        metric(calls, .counter, "Calls to replicas that ended, by method and gRPC status.")
        for method in report.methods {
            for (code, count) in method.codes { sample(calls, [("method", method.path), ("code", code)], "\(count)") }
        }
        let duration = "hector_rpc_call_duration_seconds"
        metric(duration, .summary, "Time of calls to replicas since the host started, from the request to the end of the response.")
        for method in report.methods {
            for (quantile, latency) in method.latencies {
                sample(duration, [("method", method.path), ("quantile", "\(quantile)")], "\(latency / .seconds(1))")
            }
            sample(duration + "_sum", [("method", method.path)], "\(method.total / .seconds(1))")
            sample(duration + "_count", [("method", method.path)], "\(method.codes.reduce(0) { $0 + $1.calls })")
        }
        let figures: [(String, String, KeyPath<CallReport.Connection, Int>)] = [
            ("received_bytes", "Bytes received on the connection that stands, TLS included.", \.bytesReceived),
            ("sent_bytes", "Bytes sent on the connection that stands, TLS included.", \.bytesSent),
            ("calls", "Calls begun on the connection that stands.", \.calls),
        ]
        for (name, help, figure) in figures {
            metric("hector_rpc_connection_\(name)_total", .counter, help)
            for connection in report.connections {
                sample("hector_rpc_connection_\(name)_total", [("peer", connection.peer)], "\(connection[keyPath: figure])")
            }
        }
    }
}
