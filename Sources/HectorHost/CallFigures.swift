internal import HectorAPI
internal import HectorMembership
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

    func report() async -> CallReport {
        var report = CallReport()
        report.methods = metrics.methods.map { method in
            CallReport.Method(
                path: method.path,
                codes: method.codes.sorted { $0.key.rawValue < $1.key.rawValue }.map { (code: $0.key.name, calls: $0.value) },
                latencies: Self.quantiles.map { (quantile: $0, latency: method.latency($0)) }, total: method.total)
        }
        for (peer, connection) in connections.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            // One that has just closed has nothing to tell.
            guard let counters = await connection.counters() else { continue }
            report.connections.append(
                CallReport.Connection(
                    peer: peer, bytesReceived: counters.bytesReceived, bytesSent: counters.bytesSent, calls: counters.calls))
        }
        return report
    }

    private static let quantiles = [0.5, 0.9, 0.99]
}
