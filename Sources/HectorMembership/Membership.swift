internal import HectorCore
internal import HectorDiscovery
internal import HectorMesh
internal import HectorTrust

/// Who is in the mesh and how they are reached: paths that sources tell of, nodes that proved who they are. A pure value: inputs are
/// what sources and connections say, outputs are actions, in the order in which they are to be done.
///
/// A path that fails says nothing about the node: that is gone when its last connection is.
struct Membership: Sendable {
    enum Action: Sendable {
        case start(PathKey, NodeSighting)
        /// Other addresses, or a node that is announced again.
        case update(PathKey, NodeSighting)
        case stop(PathKey)
        /// All replicas of the node, and the connection over which they are reached; nil where none stands.
        case publish(node: String, [PublishedReplica], over: LinkID?)
        /// No path leads to the node any more.
        case forget(node: String)
        case log(MembershipEvent, timesUnsaid: Int)
    }

    private struct Path: Sendable {
        var sighting: NodeSighting
        /// The node that it last led to.
        var node: String?
        /// Why it leads nowhere now; nil while it does, and before the first attempt has ended.
        var trouble: NodeTrouble?
        var connections = 0
        var failureLog = LogPacing()

        var isIPv6: Bool { sighting.endpoints.first?.isIPv6 ?? false }
    }

    private struct Log: Sendable {
        var connected = LogPacing()
        var silent = LogPacing()
        var lost = LogPacing()
    }

    private struct Link: Sendable {
        let path: PathKey
        let node: String
    }

    private var roster: PathRoster
    /// The newest set of each source.
    private var sets: [String: EndpointSet] = [:]
    private var paths: [PathKey: Path] = [:]
    private var nodes: [String: Node] = [:]
    private var logs: [String: Log] = [:]
    private var links: [LinkID: Link] = [:]
    private var lastLink: LinkID = 0
    /// Sightings for which there is no room.
    private var untried = 0

    private let confirmation: Duration

    /// - Parameter silence: When a connection counts as silent.
    init(limits: PathRoster.Limits = PathRoster.Limits(), silence: Duration) {
        roster = PathRoster(limits: limits)
        confirmation = Node.confirmation(silence)
    }

    // MARK: inputs

    /// - Parameter set: What one source says now. Nil: time has passed.
    mutating func take(_ set: EndpointSet?, now: Instant) -> [Action] {
        if let set { sets[set.source] = set }
        var told: [(key: PathKey, sighting: NodeSighting)] = []
        for (source, set) in sets.sorted(by: { $0.key < $1.key }) {
            told += set.nodes.map { (key: "\(source) \($0.key)", sighting: $0) }
        }
        let sightings = Dictionary(told.map { ($0.key, $0.sighting) }) { first, _ in first }
        var actions: [Action] = []
        for change in roster.take(told.map { (key: $0.key, lifetime: $0.sighting.lifetime) }, now: now) {
            switch change {
            case .start(let key):
                guard let sighting = sightings[key] else { continue }
                paths[key] = Path(sighting: sighting)
                actions.append(.start(key, sighting))
            case .stop(let key):
                let node = paths.removeValue(forKey: key)?.node
                actions.append(.stop(key))
                if let node { actions += forgetIfUnused(node) }
            }
        }
        untried = told.count { $0.sighting.isAnnounced && paths[$0.key] == nil }
        for (key, sighting) in told {
            guard let before = paths[key]?.sighting, before != sighting else { continue }
            paths[key]?.sighting = sighting
            let isNews = before.endpoints != sighting.endpoints || (sighting.isAnnounced && !before.isAnnounced)
            if isNews { actions.append(.update(key, sighting)) }
        }
        return actions
    }

    /// A source is no more, or one of the addresses that a person wrote there: what only it told of is not wanted any more.
    mutating func forget(source: String, address: HostPort? = nil) -> [Action] {
        let prefix = "\(source) \(address.map(\.description) ?? "")"
        // An address stands for itself, and before each of those that its name was resolved to.
        let forgotten = paths.keys.filter { address == nil ? $0.hasPrefix(prefix) : $0 == prefix || $0.hasPrefix(prefix + " ") }
        if address == nil { sets[source] = nil }
        var actions: [Action] = []
        for key in forgotten.sorted() {
            roster.forget(key)
            let node = paths.removeValue(forKey: key)?.node
            actions.append(.stop(key))
            if let node { actions += forgetIfUnused(node) }
        }
        return actions
    }

    /// A connection stands, and its peer has proved to be the node.
    mutating func connected(_ path: PathKey, to node: String, at address: String) -> LinkID {
        lastLink += 1
        links[lastLink] = Link(path: path, node: node)
        paths[path]?.node = node
        nodes[node, default: Node(confirmation: confirmation)].connected(lastLink, at: address)
        return lastLink
    }

    /// The node said what it has.
    mutating func told(_ link: LinkID, _ told: Told, now: Instant) -> [Action] {
        guard let of = links[link] else { return [] }
        var actions: [Action] = []
        if nodes[of.node]?.hasTold(link) == false {
            paths[of.path]?.connections += 1
            paths[of.path]?.trouble = nil
            paths[of.path]?.failureLog = LogPacing()
            roster.connected(of.path)
        }
        let wasConnected = nodes[of.node]?.isConnected ?? false
        if let replicas = nodes[of.node]?.told(link, told, now: now) { actions.append(publish(of.node, replicas)) }
        if !wasConnected, let unsaid = logs[of.node, default: Log()].connected.happens(at: now) {
            actions.append(.log(.connected(node: of.node, address: nodes[of.node]?.address ?? "", replicas: told.replicas.count), timesUnsaid: unsaid))
        }
        return actions
    }

    /// Nothing comes over a connection any more that stands, or something again.
    ///
    /// - Parameter silence: For people; nil: it is heard.
    mutating func silenceChanged(_ link: LinkID, _ silence: String?, now: Instant) -> [Action] {
        // It may have ended in the meantime.
        guard let of = links[link] else { return [] }
        let wasSilent = nodes[of.node]?.isSilent ?? false
        guard let replicas = nodes[of.node]?.silenceChanged(link, silence) else { return [] }
        var actions = [publish(of.node, replicas)]
        if !wasSilent, nodes[of.node]?.isSilent == true, let silence, let unsaid = logs[of.node, default: Log()].silent.happens(at: now) {
            actions.append(.log(.silent(node: of.node, reason: silence), timesUnsaid: unsaid))
        }
        return actions
    }

    /// A connection is over, or serves no new calls and its end is only waited for.
    mutating func ended(_ link: LinkID, _ trouble: NodeTrouble, now: Instant) -> [Action] {
        guard let of = links.removeValue(forKey: link) else { return [] }
        let hadTold = nodes[of.node]?.hasTold(link) ?? false
        var actions: [Action] = []
        if hadTold {
            paths[of.path]?.connections -= 1
            if paths[of.path]?.connections == 0 {
                paths[of.path]?.trouble = trouble
                roster.disconnected(of.path, now: now)
            }
        }
        let wasConnected = nodes[of.node]?.isConnected ?? false
        if let replicas = nodes[of.node]?.ended(link, reason: trouble.description) { actions.append(publish(of.node, replicas)) }
        if wasConnected, nodes[of.node]?.isConnected == false, let unsaid = logs[of.node, default: Log()].lost.happens(at: now) {
            actions.append(.log(.lost(node: of.node, reason: trouble.description), timesUnsaid: unsaid))
        }
        return actions + (hadTold ? [] : failed(of.path, trouble, now: now)) + forgetIfUnused(of.node)
    }

    /// The path led nowhere: nobody answered, or not as a node of the mesh does.
    mutating func failed(_ path: PathKey, _ trouble: NodeTrouble, now: Instant) -> [Action] {
        guard let failing = paths[path] else { return [] }
        roster.disconnected(path, now: now)
        // Another reason is news.
        if failing.trouble?.kind != trouble.kind { paths[path]?.failureLog = LogPacing() }
        paths[path]?.trouble = trouble
        guard !isServedElsewhere(failing), let unsaid = paths[path]?.failureLog.happens(at: now) else { return [] }
        let label = node(of: failing) ?? failing.sighting.key
        return [.log(trouble.kind == .distrusted ? .refused(label, reason: trouble.description) : .unreachable(label, reason: trouble.description), timesUnsaid: unsaid)]
    }

    // MARK: what people see

    /// Nodes that are known and not connected, those of no name last.
    var absent: [AbsentNode] {
        var absences: [String: (node: String?, addresses: [String], trouble: NodeTrouble?)] = [:]
        for (key, path) in paths.sorted(by: { $0.key < $1.key }) where path.connections == 0 && !isServedElsewhere(path) {
            let node = node(of: path)
            var absence = absences[node ?? "\u{7F}\(key)"] ?? (node, [], nil)
            for address in path.sighting.endpoints.map(\.description) where !absence.addresses.contains(address) {
                absence.addresses.append(address)
            }
            if let trouble = path.trouble, absence.trouble.map({ $0.kind < trouble.kind }) ?? true { absence.trouble = trouble }
            absences[node ?? "\u{7F}\(key)"] = absence
        }
        return absences.sorted { $0.key < $1.key }.map { _, absence in
            AbsentNode(
                node: absence.node, addresses: absence.addresses,
                reason: absence.trouble?.description ?? "the first connection attempt is in progress")
        }
    }

    /// What a person should know of sources that do not work, of nodes, and of paths that lead nowhere.
    ///
    /// - Parameter date: Seconds since 1970.
    func conditions(now: Instant, date: Int64) -> [MeshCondition] {
        var conditions: [MeshCondition] = sets.sorted { $0.key < $1.key }.compactMap { source, set in
            if case .unavailable(let error) = set.state { MeshCondition(.discoveryOff, source, "\(source): \(error)") } else { nil }
        }
        if untried > 0 {
            conditions.append(MeshCondition(.addressesUntried, "mesh.sources", "\(untried) known addresses of nodes are not tried: there is room for \(paths.count); remove what is not needed from mesh.sources"))
        }
        for (id, node) in nodes.sorted(by: { $0.key < $1.key }) {
            conditions += node.conditions
            if let silence = node.silence { conditions.append(MeshCondition(.nodeSilent, id, "node \(id) does not respond: \(silence)")) }
            if let due = node.validity?.due(now: date) {
                conditions.append(MeshCondition(due.condition, "node \(id)", node: id, "the certificate of node \(id) \(due.message)"))
            }
            conditions += node.twins(now: now).map { address in
                MeshCondition(
                    .identityTwice, address, node: id,
                    "\(address) presents the identity of node \(id), which is connected at \(node.address ?? ""): its plugins are not used; give each machine a certificate of its own")
            }
        }
        for (_, path) in paths.sorted(by: { $0.key < $1.key }) where path.connections == 0 && path.sighting.lifetime == .permanent {
            guard let id = path.node, let node = nodes[id], let address = node.address, let trouble = path.trouble else { continue }
            conditions.append(MeshCondition(
                .addressUseless, path.sighting.key, node: id,
                "node \(id) is connected at \(address), but not at \(path.sighting.key) of mesh.sources.static: \(trouble)"))
        }
        conditions += absent.map { absent in
            let addresses = absent.addresses.joined(separator: ", ")
            let name = absent.node.map { "node \($0)" } ?? "the node"
            return MeshCondition(.nodeAbsent, absent.node ?? addresses, "\(name) at \(addresses) is not connected: \(absent.reason)")
        }
        return conditions
    }

    // MARK: -

    private func publish(_ node: String, _ replicas: [PublishedReplica]) -> Action {
        .publish(node: node, replicas, over: nodes[node]?.active)
    }

    private mutating func forgetIfUnused(_ id: String) -> [Action] {
        guard let node = nodes[id], node.isUnused, !paths.values.contains(where: { $0.node == id }) else { return [] }
        nodes[id] = nil
        logs[id] = nil
        return [.forget(node: id)]
    }

    /// Who is there, as far as that is known: by its certificate, or as it announces itself.
    private func node(of path: Path) -> String? { path.node ?? path.sighting.id }

    /// Whether that it leads nowhere does not matter: its node is connected by another path, or its name leads to machines by
    /// addresses of the other family only, as where a network carries IPv4 alone.
    private func isServedElsewhere(_ path: Path) -> Bool {
        if let id = node(of: path), nodes[id]?.isConnected == true { return true }
        guard let name = path.sighting.name, path.trouble.map({ $0.kind <= .refused }) ?? true else { return false }
        let connected = paths.values.filter { $0.sighting.name == name && $0.connections > 0 }
        return !connected.isEmpty && !connected.contains { $0.isIPv6 == path.isIPv6 }
    }
}

/// What is worth a line in the log.
enum MembershipEvent: Sendable, Equatable, CustomStringConvertible {
    case connected(node: String, address: String, replicas: Int)
    /// It does not answer, and its connection stands.
    case silent(node: String, reason: String)
    case lost(node: String, reason: String)
    /// One of both does not accept the other's certificate.
    case refused(String, reason: String)
    case unreachable(String, reason: String)

    var description: String {
        switch self {
        case .connected: "node connected"
        case .silent: "node does not respond: its replicas get no calls until it does"
        case .lost: "node lost"
        case .refused: "this host and the node do not trust each other"
        case .unreachable: "node cannot be reached"
        }
    }
}
