internal import HectorCore

/// Turns what avahi-daemon lists into nodes: merges the listings of one node, and remembers where it was
/// when they are gone. A pure value: inputs are what the daemon says, the output is `nodes`.
struct SightingTable {
    /// One listing of the daemon: it lists an instance once per interface and address family.
    struct Instance: Hashable, Sendable {
        let name: String
        let interface: Int32
        let family: Int32
    }

    /// Why an instance is not used.
    enum Refusal: Equatable, CustomStringConvertible {
        case otherMesh
        case malformed(String)
        /// It says that it is where we are, and comes from elsewhere.
        case thisMachine
        case tooManyInstances
        case tooManyNodes
        case tooManyEndpoints

        var description: String {
            switch self {
            case .otherMesh: "it belongs to another mesh"
            case .malformed(let reason): reason
            case .thisMachine: "it gives an address of this machine (loopback), but was not announced by this machine"
            case .tooManyInstances: "there are too many announcements"
            case .tooManyNodes: "there are too many nodes"
            case .tooManyEndpoints: "it has too many addresses"
            }
        }
    }

    private struct Listing {
        /// The node this listing was last resolved to; nil before, and when it cannot be resolved.
        var node: String?
        var generation: Int
    }

    private struct Node {
        var record: NodeRecord
        /// Where each listing resolved to, those that are gone included.
        var places: [Instance: HostPort] = [:]
        /// When it was last resolved or lost, in inputs.
        var touched: Int
    }

    private let mesh: String
    private let limits: DiscoveryLimits
    /// The index of the loopback interface; 0 if the machine has no such interface.
    private let loopback: Int32
    private var listings: [Instance: Listing] = [:]
    private var known: [String: Node] = [:]
    private var generation = 0
    private var inputs = 0

    init(mesh: String, limits: DiscoveryLimits, loopback: Int32 = 0) {
        self.loopback = loopback
        self.mesh = mesh
        self.limits = limits
    }

    /// The nodes known, by id.
    var nodes: [NodeSighting] {
        known.values.sorted { $0.record.id < $1.record.id }.map { node in
            let places = node.places.sorted { a, b in
                let (first, second) = (rank(a.key, a.value, of: node), rank(b.key, b.value, of: node))
                return first == second ? a.value.description < b.value.description : first < second
            }
            // Where no network is up, this machine's own nodes are on loopback alone.
            let onNetwork = places.map(\.value).filter { !$0.isThisMachine }
            var seen: Set<HostPort> = []
            return NodeSighting(
                record: node.record,
                endpoints: (onNetwork.isEmpty ? places.map(\.value) : onNetwork).filter { seen.insert($0).inserted },
                isAnnounced: isAnnounced(node))
        }
    }

    // MARK: inputs

    /// The daemon lists an instance. Unless it is refused, it is to be resolved.
    mutating func seen(_ instance: Instance) -> Refusal? {
        if listings[instance] == nil, listings.count >= limits.instances {
            guard let stale = listings.first(where: { $0.value.generation < generation })?.key else {
                return .tooManyInstances
            }
            lost(stale)
        }
        listings[instance, default: Listing(generation: generation)].generation = generation
        return nil
    }

    /// An instance has an address and a TXT record, or has new ones.
    mutating func resolved(_ instance: Instance, _ endpoint: HostPort, text: [[UInt8]]) -> Refusal? {
        // Answers may still arrive for what was removed.
        guard let listing = listings[instance] else { return nil }
        let record: NodeRecord
        do {
            record = try NodeRecord(text: text, limit: limits.textBytesAccepted)
        } catch {
            return refuse(instance, .malformed(error.message))
        }
        guard record.mesh == mesh else { return refuse(instance, .otherMesh) }
        // Nobody on the network may send us to programs of this machine.
        guard !endpoint.isThisMachine || instance.interface == loopback && loopback != 0 else { return refuse(instance, .thisMachine) }
        let endpoint = record.advertised ?? endpoint
        if let former = listing.node, former != record.id { detach(instance) }

        guard known[record.id] != nil || makeRoom() else { return refuse(instance, .tooManyNodes) }
        inputs += 1
        var node = known[record.id] ?? Node(record: record, touched: inputs)
        // It moved or was renamed: what another listing that is gone said of this link is out of date.
        node.places = node.places.filter { place, _ in
            place == instance || isLive(place, of: record.id)
                || (place.interface, place.family) != (instance.interface, instance.family)
        }
        if node.places[instance] == nil, node.places.count >= limits.endpointsPerNode {
            guard let gone = node.places.keys.first(where: { !isLive($0, of: record.id) }) else {
                return refuse(instance, .tooManyEndpoints)
            }
            node.places[gone] = nil
        }
        node.record = record
        node.places[instance] = endpoint
        node.touched = inputs
        known[record.id] = node
        listings[instance]?.node = record.id
        listings[instance]?.generation = generation
        return nil
    }

    /// An instance no longer resolves, though it is still listed.
    mutating func unresolved(_ instance: Instance) { detach(instance) }

    /// The daemon no longer lists an instance.
    mutating func lost(_ instance: Instance) {
        detach(instance)
        listings[instance] = nil
    }

    /// The daemon is gone. What it listed stays true until `settled` after its return.
    mutating func daemonLost() { generation += 1 }

    /// The daemon has listed all it knows: what it listed before its restart and not again is gone.
    mutating func settled() {
        for (instance, listing) in listings where listing.generation < generation { lost(instance) }
    }

    // MARK: parts

    private func isLive(_ instance: Instance, of id: String) -> Bool { listings[instance]?.node == id }

    private func isAnnounced(_ node: Node) -> Bool { node.places.keys.contains { isLive($0, of: node.record.id) } }

    /// Listed before gone, anywhere before link-local, IPv6 before IPv4 (RFC 8305 §4).
    private func rank(_ instance: Instance, _ endpoint: HostPort, of node: Node) -> Int {
        (isLive(instance, of: node.record.id) ? 0 : 4) + (endpoint.isLinkLocal ? 2 : 0)
            + (endpoint.host.contains(":") ? 0 : 1)
    }

    /// The instance stands for no node any more; where it was is remembered.
    private mutating func detach(_ instance: Instance) {
        guard let id = listings[instance]?.node else { return }
        inputs += 1
        listings[instance]?.node = nil
        known[id]?.touched = inputs
    }

    private mutating func refuse(_ instance: Instance, _ reason: Refusal) -> Refusal {
        detach(instance)
        return reason
    }

    /// Room for one more node, if need be by forgetting the one that has been unannounced for longest.
    private mutating func makeRoom() -> Bool {
        guard known.count >= limits.nodes else { return true }
        guard let oldest = known.values.filter({ !isAnnounced($0) }).min(by: { $0.touched < $1.touched }) else {
            return false
        }
        known[oldest.record.id] = nil
        return true
    }
}
