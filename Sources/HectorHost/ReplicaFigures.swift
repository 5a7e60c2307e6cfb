internal import HectorMesh
internal import HectorMetrics

extension [ReplicaStatus] {
    /// What is known of each replica, as metrics.
    func write(to text: inout PrometheusText) {
        func write(_ name: String, _ kind: PrometheusText.Kind, _ help: String, _ value: (ReplicaStatus) -> Double?) {
            text.metric(name, kind, help)
            for replica in self {
                guard let value = value(replica) else { continue }
                let labels = [
                    (name: "plugin", value: replica.plugin), ("type", replica.type), ("replica", replica.replica), ("host", replica.host),
                ]
                // Whole numbers as such.
                if let whole = Int(exactly: value) { text.sample(name, labels, whole) } else { text.sample(name, labels, value) }
            }
        }
        write("hector_replica_ready", .gauge, "1 for a replica that takes calls, 0 for another one.") { $0.state == .ready ? 1 : 0 }
        write("hector_replica_in_flight", .gauge, "This host's calls that the replica has.") { Double($0.inFlight) }
        write("hector_replica_load", .gauge, "Calls of all hosts that the replica's process has, where it tells.") {
            $0.load.map { Double($0.calls) }
        }
        write("hector_replica_share", .gauge, "The part of this host's calls to the plugin in the last ten seconds or so that went to the replica.") {
            $0.share
        }
        write("hector_replica_ejections_total", .counter, "How often the replica was excluded after failures or a lost connection.") {
            Double($0.ejections)
        }
    }
}
