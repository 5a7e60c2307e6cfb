package import HectorCore
package import HectorMesh

/// `GET /mesh`: a `MeshSnapshot` in its JSON form.
///
/// ```json
/// {
///   "mesh": "home", "host": "desk", "waiting": ["smollm"], "notices": ["…"],
///   "conditions": [{"code": "node_absent", "severity": "warning", "title": "…", "subject": "gpu-1", "text": "…", "since": 1767225600}],
///   "absent": [{"agent": "gpu-1", "addresses": ["10.0.0.2:7443"], "reason": "…"}],
///   "replicas": [{
///     "plugin": "echo-llm", "type": "llm_provider", "replica": "echo-llm-1", "host": "desk", "machine": "desk",
///     "path": "local", "version": "1.0.0", "state": "ready", "reason": "",
///     "in_flight": 1, "share": 0.25, "load": 6, "queued": 2, "load_age_ms": 300, "concurrency": 4,
///     "prefill_tokens_per_second": 1500, "decode_tokens_per_second": 48, "calls": 12, "success_rate": 1, "p50_ms": 1.25, "p99_ms": 7.5,
///     "certificate_expires": 1767225600
///   }]
/// }
/// ```
///
/// `machine` is the id of the machine, and `host` its name. `path` is `local` or `lan`; `state` one of `connecting checking ready ejected draining lost failed`.
/// `in_flight` are this host's calls; `share` (0 to 1) is the part of its calls to the plugin in the last ten seconds or so that went to the
/// replica. `load` are the calls of all hosts that the replica's process has, as it reported `load_age_ms` milliseconds ago, and `queued` the
/// ones that it has not begun; `concurrency` those with one answer that it works on at once before each gets slower, as it tells or as was
/// learned. The rates of tokens are what the plugin tells of itself, of all its calls together.
/// `calls` ended since the host knows the replica; rate and times are of the last 256 of them within ten minutes.
/// `success_rate` (0 to 1), `p50_ms`, `p99_ms` (milliseconds), `certificate_expires` (seconds since 1970), and all from `share` to the rates
/// of tokens are left out where they are not known; so is `agent` of an absent one that never said who it is.
///
/// `conditions` are what a person should know, the worst first; docs/conditions.md has all codes. `since` is in seconds since 1970.
/// `notices` are the texts of those that are not of absent nodes, for programs that know no conditions.
package struct MeshReport: Codable, Sendable, Equatable {
    package struct Replica: Codable, Sendable, Equatable {
        package var plugin: String
        package var type: String
        package var replica: String
        package var host: String
        /// Nil from a server of before.
        package var machine: String?
        package var path: String
        package var version: String
        package var state: String
        package var reason: String
        package var inFlight: Int
        package var share: Double?
        package var load: Int?
        package var queued: Int?
        package var loadAge: Double?
        package var concurrency: Double?
        package var prefillRate: Double?
        package var decodeRate: Double?
        package var calls: Int
        package var successRate: Double?
        package var p50: Double?
        package var p99: Double?
        package var certificateExpires: Int64?

        enum CodingKeys: String, CodingKey {
            case plugin, type, replica, host, machine, path, version, state, reason, share, load, queued, concurrency, calls
            case inFlight = "in_flight"
            case loadAge = "load_age_ms"
            case prefillRate = "prefill_tokens_per_second"
            case decodeRate = "decode_tokens_per_second"
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
            machine = status.machine
            path = status.path.rawValue
            version = status.version
            state = status.state.rawValue
            reason = status.reason
            inFlight = status.inFlight
            share = status.share
            load = status.load?.calls
            queued = status.load?.queued
            loadAge = status.load.map { $0.age / .milliseconds(1) }
            concurrency = status.concurrency
            prefillRate = status.prefillRate
            decodeRate = status.decodeRate
            calls = status.calls
            successRate = status.successRate
            p50 = status.p50.map { $0 / .milliseconds(1) }
            p99 = status.p99.map { $0 / .milliseconds(1) }
            certificateExpires = status.certificateExpiry
        }
    }

    package struct Condition: Codable, Sendable, Equatable {
        package var code: String
        /// `note`, `warning` or `error`.
        package var severity: String
        package var title: String
        package var subject: String
        package var node: String?
        package var text: String
        package var since: Int64

        package init(_ shown: ShownCondition, date: Int64) {
            let condition = shown.condition
            code = condition.kind.rawValue
            severity = condition.kind.entry.severity.rawValue
            title = condition.kind.entry.title
            subject = condition.subject
            node = condition.node
            text = condition.text
            since = date - shown.age.components.seconds
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
    /// Nil from a server of before.
    package var conditions: [Condition]?
    package var replicas: [Replica]

    /// - Parameter date: The time, in seconds since 1970.
    package init(_ snapshot: MeshSnapshot, date: Int64) {
        mesh = snapshot.mesh
        host = snapshot.host
        waiting = snapshot.waiting
        absent = snapshot.absent.map(Absent.init)
        notices = snapshot.conditions.map(\.condition).filter { $0.kind != .nodeAbsent }.map(\.text)
        conditions = snapshot.conditions.map { Condition($0, date: date) }
        replicas = snapshot.replicas.map(Replica.init)
    }
}
