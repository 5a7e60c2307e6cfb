internal import HectorMembership
internal import HectorMetrics
internal import HectorRPC
internal import Synchronization

/// What this host's calls to replicas came to, and the connections that they go over.
final class CallFigures: ConnectionFigures {
    let metrics = RPCMetrics()
    /// By replica of this machine, or by node.
    private let connections = Mutex<[String: ClientConnection]>([:])

    func opened(_ peer: String, _ connection: ClientConnection) {
        connections.withLock { $0[peer] = connection }
    }

    /// Of no effect where there is another connection already.
    func closed(_ peer: String, _ connection: ClientConnection) {
        connections.withLock { if $0[peer] === connection { $0[peer] = nil } }
    }

    func write(to text: inout PrometheusText) async {
        metrics.methods.write(to: &text)
        var traffic: [(peer: String, counters: ConnectionCounters)] = []
        for (peer, connection) in connections.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            // One that has just closed has nothing to tell.
            if let counters = await connection.counters() { traffic.append((peer, counters)) }
        }
        Self.write(traffic, to: &text)
    }

    static func write(_ traffic: [(peer: String, counters: ConnectionCounters)], to text: inout PrometheusText) {
        let figures: [(String, String, KeyPath<ConnectionCounters, Int>)] = [
            ("received_bytes", "Bytes received on the connection that stands, TLS included.", \.bytesReceived),
            ("sent_bytes", "Bytes sent on the connection that stands, TLS included.", \.bytesSent),
            ("calls", "Calls begun on the connection that stands.", \.calls),
        ]
        for (name, help, figure) in figures {
            let name = "hector_rpc_connection_\(name)_total"
            text.metric(name, .counter, help)
            for (peer, counters) in traffic { text.sample(name, [("peer", peer)], counters[keyPath: figure]) }
        }
    }
}

extension [RPCMetrics.MethodFigures] {
    func write(to text: inout PrometheusText) {
        let calls = "hector_rpc_calls_total"
        text.metric(calls, .counter, "Calls to replicas that ended, by method and gRPC status.")
        for method in self {
            for (code, count) in method.codes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                text.sample(calls, [("method", method.path), ("code", code.name)], count)
            }
        }
        let duration = "hector_rpc_call_duration_seconds"
        text.metric(
            duration, .summary, "Time of calls to replicas since the host started, from the request to the end of the response.")
        for method in self {
            text.summary(
                duration, [("method", method.path)], quantiles: PrometheusText.quantiles.map { ($0, method.latency($0)) },
                sum: method.total, count: method.calls)
        }
    }
}
