package import HectorMesh

/// `GET /mesh`: a `MeshSnapshot` in its JSON form.
///
/// ```json
/// {
///   "mesh": "home", "host": "desk", "waiting": ["smollm"], "notices": ["…"],
///   "absent": [{"agent": "gpu-1", "addresses": ["10.0.0.2:7443"], "reason": "…"}],
///   "replicas": [{
///     "plugin": "echo-llm", "type": "llm_provider", "replica": "echo-llm-1", "host": "desk",
///     "path": "local", "version": "1.0.0", "state": "ready", "reason": "",
///     "in_flight": 0, "calls": 12, "success_rate": 1, "p50_ms": 1.25, "p99_ms": 7.5,
///     "certificate_expires": 1767225600
///   }]
/// }
/// ```
///
/// `path` is `local` or `lan`; `state` one of `connecting checking ready ejected draining lost failed`.
/// `calls` ended since the host knows the replica; rate and times are of the last 256 of them within ten minutes.
/// `success_rate` (0 to 1), `p50_ms`, `p99_ms` (milliseconds) and `certificate_expires` (seconds since
/// 1970) are left out where they are not known; so is `agent` of an absent one that never said who it is.
package struct MeshReport: Codable, Sendable, Equatable {
    package struct Replica: Codable, Sendable, Equatable {
        package var plugin: String
        package var type: String
        package var replica: String
        package var host: String
        package var path: String
        package var version: String
        package var state: String
        package var reason: String
        package var inFlight: Int
        package var calls: Int
        package var successRate: Double?
        package var p50: Double?
        package var p99: Double?
        package var certificateExpires: Int64?

        enum CodingKeys: String, CodingKey {
            case plugin, type, replica, host, path, version, state, reason, calls
            case inFlight = "in_flight"
            case successRate = "success_rate"
            case p50 = "p50_ms"
            case p99 = "p99_ms"
            case certificateExpires = "certificate_expires"
        }

        package init(_ status: ReplicaStatus) {
            plugin = status.plugin
            type = status.type
            replica = status.replica
            host = status.host
            path = status.path.rawValue
            version = status.version
            state = status.state.rawValue
            reason = status.reason
            inFlight = status.inFlight
            calls = status.calls
            successRate = status.successRate
            p50 = status.p50.map { $0 / .milliseconds(1) }
            p99 = status.p99.map { $0 / .milliseconds(1) }
            certificateExpires = status.certificateExpiry
        }
    }

    package struct Absent: Codable, Sendable, Equatable {
        package var node: String?
        package var addresses: [String]
        package var reason: String

        package init(_ absent: AbsentNode) {
            node = absent.node
            addresses = absent.addresses
            reason = absent.reason
        }

        // The keys are what users' scripts read.
        private enum CodingKeys: String, CodingKey {
            case node = "agent"
            case addresses, reason
        }
    }

    package var mesh: String
    package var host: String
    package var waiting: [String]
    package var absent: [Absent]
    package var notices: [String]
    package var replicas: [Replica]

    package init(_ snapshot: MeshSnapshot) {
        mesh = snapshot.mesh
        host = snapshot.host
        waiting = snapshot.waiting
        absent = snapshot.absent.map(Absent.init)
        notices = snapshot.notices
        replicas = snapshot.replicas.map(Replica.init)
    }
}
