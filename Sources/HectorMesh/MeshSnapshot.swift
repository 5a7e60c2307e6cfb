package import HectorCore

/// What is known of every replica at one moment: what `hector mesh status` shows.
package struct MeshSnapshot: Sendable, Equatable {
    /// The mesh's name.
    package var mesh: String
    /// This host's name.
    package var host: String
    /// By plugin, then by host, then by replica.
    package var replicas: [ReplicaStatus]
    /// Plugins that agents use and that no replica carries yet.
    package var waiting: [String]
    /// Nodes that are known and not connected.
    package var absent: [AbsentNode]
    /// What a person should know, the worst first.
    package var conditions: [ShownCondition]

    package init(
        mesh: String, host: String, replicas: [ReplicaStatus] = [], waiting: [String] = [], absent: [AbsentNode] = [],
        conditions: [ShownCondition] = []
    ) {
        self.mesh = mesh
        self.host = host
        self.replicas = replicas
        self.waiting = waiting
        self.absent = absent
        self.conditions = conditions
    }
}

/// A node that is known and not connected: none of its replicas takes calls.
package struct AbsentNode: Sendable, Equatable {
    /// Its id; nil for an address whose node has not identified itself yet.
    package var node: String?
    /// The addresses that are tried, the likeliest first.
    package var addresses: [String]
    /// What happened at the last attempt, and what to do.
    package var reason: String

    package init(node: String?, addresses: [String], reason: String) {
        self.node = node
        self.addresses = addresses
        self.reason = reason
    }
}

/// One replica of one plugin.
package struct ReplicaStatus: Sendable, Equatable {
    /// How a call reaches the replica.
    package enum Path: String, Sendable {
        /// A child process of this host.
        case local
        /// A child process under a node, over the network.
        case lan
    }

    package enum State: String, Sendable {
        /// Known, but no connection stands yet.
        case connecting
        /// Connected; its first health check is under way.
        case checking
        /// Takes calls.
        case ready
        /// Excluded after failures until a probe succeeds, or for a while at its own request.
        case ejected
        /// Finishes its calls and takes no new ones.
        case draining
        /// Its process or node is gone; being started or dialled again.
        case lost
        /// Given up; needs a person.
        case failed
    }

    /// How busy its process is, as it said last.
    package struct Load: Sendable, Equatable {
        /// Calls that it has, of all hosts: those of this host now, and those of others as it said.
        package var calls: Int
        /// Of those, the ones that it has not begun; nil where it does not say.
        package var queued: Int?
        /// How long ago it said so.
        package var age: Duration

        package init(calls: Int, queued: Int? = nil, age: Duration) {
            self.calls = calls
            self.queued = queued
            self.age = age
        }
    }

    package var plugin: String
    /// The manifest's word, for example `llm_provider`.
    package var type: String
    package var replica: String
    /// The name of the machine it runs on, for people.
    package var host: String
    /// The id of that machine.
    package var machine: String
    package var path: Path
    /// The plugin's version; empty until known.
    package var version: String
    package var state: State
    /// Why it takes no calls, for people; empty when it does. A ready one that is left out has one too:
    /// another major version serves.
    package var reason: String
    package var inFlight: Int
    /// 0 ... 1: of the calls that this host sent to the plugin in the last ten seconds or so, the part that went here. Nil where it sent none.
    package var share: Double?
    /// Nil where it reports nothing.
    package var load: Load?
    /// Calls with one answer that its process works on at once before each gets slower, as it says or as was learned; nil until known.
    package var concurrency: Double?
    /// Tokens of prompts that it reads in a second, as it said last; nil where it does not say.
    package var prefillRate: Double?
    /// Tokens that it generates in a second, of all calls together.
    package var decodeRate: Double?
    /// Calls finished since this host knows the replica.
    package var calls: Int
    /// 0 ... 1; this and what follows are of its last calls (`MeshLimits`). Nil where there are none.
    package var successRate: Double?
    /// Of the calls that succeeded: time until the answer, of streams until the first message.
    package var p50: Duration?
    package var p99: Duration?
    /// How often it was ejected since this host knows it.
    package var ejections: Int
    /// When its certificate ends, in seconds since 1970; nil for a local one.
    package var certificateExpiry: Int64?

    package init(
        plugin: String, type: String, replica: String, host: String, machine: String? = nil, path: Path, version: String = "",
        state: State, reason: String = "", inFlight: Int = 0, share: Double? = nil, load: Load? = nil, concurrency: Double? = nil,
        prefillRate: Double? = nil, decodeRate: Double? = nil, calls: Int = 0,
        successRate: Double? = nil, p50: Duration? = nil, p99: Duration? = nil, ejections: Int = 0,
        certificateExpiry: Int64? = nil
    ) {
        self.plugin = plugin
        self.type = type
        self.replica = replica
        self.host = host
        self.machine = machine ?? host
        self.path = path
        self.version = version
        self.state = state
        self.reason = reason
        self.inFlight = inFlight
        self.share = share
        self.load = load
        self.concurrency = concurrency
        self.prefillRate = prefillRate
        self.decodeRate = decodeRate
        self.calls = calls
        self.successRate = successRate
        self.p50 = p50
        self.p99 = p99
        self.ejections = ejections
        self.certificateExpiry = certificateExpiry
    }
}

extension MeshSnapshot {
    /// Replicas that were given up.
    package var givenUp: [MeshCondition] {
        replicas.filter { $0.state == .failed }.map { replica in
            MeshCondition(
                .replicaGivenUp, "\(replica.host)/\(replica.replica)", node: replica.path == .lan ? replica.host : nil,
                "\(replica.replica) on \(replica.host) was given up\(replica.reason.isEmpty ? "" : ": \(replica.reason)")")
        }
    }

    /// Replicas that were drained on their machines, for all hosts.
    package var drainedThere: [MeshCondition] {
        replicas.filter { $0.state == .draining && $0.reason.hasPrefix(ReplicaCondition.drainedThere) }.map { replica in
            MeshCondition(
                .replicaDrained, "\(replica.replica)@\(replica.machine) itself", node: replica.host,
                "\(replica.replica)@\(replica.machine) gets no new calls of any host, since it was \(replica.reason): run `hector-plugin-agent undrain` there when that may end")
        }
    }

    /// Why no replica of the plugin takes calls; nil when one does.
    package func whyNotReady(plugin: String) -> String? {
        let replicas = replicas.filter { $0.plugin == plugin }
        if replicas.contains(where: { $0.state == .ready }) { return nil }
        guard !replicas.isEmpty else { return "No replica of the plugin \"\(plugin)\" is known yet." }
        let states = replicas.map { replica in
            let reason = replica.reason.isEmpty ? "" : " (\(replica.reason))"
            return "\(replica.replica) on \(replica.host) is \(replica.state.rawValue)\(reason)"
        }
        return "No replica of the plugin \"\(plugin)\" is ready: \(states.joined(separator: "; "))."
    }
}
