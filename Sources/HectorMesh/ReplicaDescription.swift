package import HectorCore

/// One replica, the same for as long as it is known.
package struct ReplicaID: Hashable, Sendable, CustomStringConvertible {
    package let plugin: PluginKey
    /// The machine's id: this host's own, or the node's from its certificate.
    package let host: String
    /// Unique among the plugin's replicas on that machine.
    package let replica: String

    package init(_ plugin: PluginKey, host: String, replica: String) {
        self.plugin = plugin
        self.host = host
        self.replica = replica
    }

    package var description: String { "\(replica)@\(host)" }
}

/// What a source knows of a replica, apart from how it is doing.
package struct ReplicaDescription: Sendable, Equatable {
    package internal(set) var id: ReplicaID
    /// The machine's name, for people.
    package var host: String
    package var path: ReplicaStatus.Path
    /// The plugin's version, for example `1.2.0`; empty until known.
    package var version: String
    /// When its certificate ends, in seconds since 1970; nil for a local one.
    package var certificateExpiry: Int64?
    /// Whether each call costs money. If so, a call that was answered, even with an error, is not repeated.
    package var metered: Bool
    /// What replicas must have in common to stand in for one another: the same text, the same data behind them. Nil where it does not
    /// matter, or is not known.
    package var store: String?
    /// Names of the methods that it can be called with; nil: all that its kind has.
    package var methods: Set<String>?
    /// What its plugin can do beyond what every plugin of its kind can; nil: not known before it is ready.
    package var abilities: Abilities?
    /// The process behind it, where that serves other names or kinds as well: equal texts of one host, one process. Calls in flight
    /// count for all of its replicas. Nil: a process of its own.
    package var capacity: String?
    /// The most calls that its process accepts at once; further calls wait. Nil: no limit.
    package var concurrency: Int?
    /// Hosts that share its machine, this one among them. Nil: unknown, or a child of this host.
    package var hosts: Int?
    /// Whether it is a gRPC server that is neither a child of this host nor under a node: nothing says how many hosts call it.
    package var isForeign: Bool

    package init(
        id: ReplicaID, host: String, path: ReplicaStatus.Path,
        version: String = "", certificateExpiry: Int64? = nil, metered: Bool = false, store: String? = nil,
        methods: Set<String>? = nil, abilities: Abilities? = [], capacity: String? = nil, concurrency: Int? = nil, hosts: Int? = nil,
        isForeign: Bool = false
    ) {
        self.id = id
        self.host = host
        self.path = path
        self.version = version
        self.certificateExpiry = certificateExpiry
        self.metered = metered
        self.store = store
        self.methods = methods
        self.abilities = abilities
        self.capacity = capacity
        self.concurrency = concurrency
        self.hosts = hosts
        self.isForeign = isForeign
    }

    package var plugin: PluginKey { id.plugin }

    /// What `store` is for content with that digest.
    static func store(digest: String) -> String { "digest \(digest)" }

    /// Identifies the content behind its name; nil where that is not known.
    var digest: String? {
        store.flatMap { $0.hasPrefix("digest ") && plugin.kind != .database ? String($0.dropFirst("digest ".count)) : nil }
    }

    /// It has all methods, serves one name and has no limit, as most do.
    var isPlain: Bool { methods == nil && capacity == nil && concurrency == nil }

    var isSharedByHosts: Bool { hosts ?? 1 > 1 }

    /// Hosts that can call it: of a child of this host only this one, of a machine that does not say any number.
    var mostHosts: Double { hosts.map { Double(max(1, $0)) } ?? (path == .local ? 1 : Competition.mostUnknown) }

    var process: Capacities.ID? { capacity.map { Capacities.ID(host: id.host, capacity: $0) } }

    /// - Parameter method: Nil where it does not matter.
    func has(_ method: String?) -> Bool {
        guard let methods, let method else { return true }
        return methods.contains(method)
    }

    /// Whether it can take a call with those needs, or may be found able to.
    func mayMeet(_ needs: UInt64) -> Bool {
        abilities.map { needs & ~$0.rawValue == 0 } ?? true
    }

    /// The number before the first dot, 0 where the version does not begin with one: replicas of
    /// unknown version belong together, and yield to any known one.
    var major: Int {
        let digits = version.drop { $0 == "v" }.prefix { $0.isASCII && $0.isNumber }
        return Int(digits) ?? 0
    }
}

/// What a replica's source says of it. Ejection is the replica set's own finding and not among these.
package enum ReplicaState<Handle: Sendable>: Sendable {
    /// Being started or dialled for the first time.
    case connecting(reason: String = "")
    /// Connected; its identity or first health check is under way.
    case checking(reason: String = "")
    /// Takes calls over this connection, which is a new one each time this is said.
    case ready(Handle)
    /// Finishes its calls and takes no new ones.
    case draining(reason: String)
    /// Its process or node is gone; being started or dialled again.
    case lost(reason: String)
    /// Given up; needs a person.
    case failed(reason: String)
}

extension ReplicaState {
    /// The state that the program that runs the replica reports. Nil for a ready one, which needs a connection.
    package init?(_ condition: ReplicaCondition) {
        switch condition {
        case .starting(let reason): self = .connecting(reason: reason)
        case .ready: return nil
        case .unhealthy(let reason): self = .checking(reason: reason)
        case .restarting(let reason): self = .lost(reason: reason)
        case .stopping(let reason): self = .draining(reason: reason)
        case .failed(let reason): self = .failed(reason: reason)
        }
    }
}

extension ReplicaState<any CallTarget> {
    /// Whether nothing has changed: a replica that is ready over another connection than before is not the same.
    func isSame(as other: ReplicaState) -> Bool {
        switch (self, other) {
        case (.ready(let a), .ready(let b)): a.isSame(as: b)
        case (.connecting(let a), .connecting(let b)), (.checking(let a), .checking(let b)), (.draining(let a), .draining(let b)),
            (.lost(let a), .lost(let b)), (.failed(let a), .failed(let b)): a == b
        default: false
        }
    }
}

extension ReplicaState {
    /// The same without the connection.
    var condition: ReplicaState<Void> {
        switch self {
        case .connecting(let reason): .connecting(reason: reason)
        case .checking(let reason): .checking(reason: reason)
        case .ready: .ready(())
        case .draining(let reason): .draining(reason: reason)
        case .lost(let reason): .lost(reason: reason)
        case .failed(let reason): .failed(reason: reason)
        }
    }

    var connection: Handle? {
        if case .ready(let connection) = self { connection } else { nil }
    }
}
