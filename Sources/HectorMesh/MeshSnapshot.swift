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
    /// What the operator should know, one sentence each: a source that is off and why.
    package var notices: [String]

    package init(
        mesh: String, host: String, replicas: [ReplicaStatus] = [], waiting: [String] = [], absent: [AbsentNode] = [],
        notices: [String] = []
    ) {
        self.mesh = mesh
        self.host = host
        self.replicas = replicas
        self.waiting = waiting
        self.absent = absent
        self.notices = notices
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

    package var plugin: String
    /// The manifest's word, for example `llm_provider`.
    package var type: String
    package var replica: String
    /// The machine it runs on.
    package var host: String
    package var path: Path
    /// The plugin's version; empty until known.
    package var version: String
    package var state: State
    /// Why it takes no calls, for people; empty when it does. A ready one that is left out has one too:
    /// another major version serves.
    package var reason: String
    package var inFlight: Int
    /// Calls finished since this host knows the replica.
    package var calls: Int
    /// 0 ... 1; this and what follows are of its last calls (`MeshLimits`). Nil where there are none.
    package var successRate: Double?
    /// Of the calls that succeeded: time until the answer, of streams until the first message.
    package var p50: Duration?
    package var p99: Duration?
    /// When its certificate ends, in seconds since 1970; nil for a local one.
    package var certificateExpiry: Int64?

    package init(
        plugin: String, type: String, replica: String, host: String, path: Path, version: String = "",
        state: State, reason: String = "", inFlight: Int = 0, calls: Int = 0,
        successRate: Double? = nil, p50: Duration? = nil, p99: Duration? = nil, certificateExpiry: Int64? = nil
    ) {
        self.plugin = plugin
        self.type = type
        self.replica = replica
        self.host = host
        self.path = path
        self.version = version
        self.state = state
        self.reason = reason
        self.inFlight = inFlight
        self.calls = calls
        self.successRate = successRate
        self.p50 = p50
        self.p99 = p99
        self.certificateExpiry = certificateExpiry
    }
}
