internal import HectorCore
internal import HectorMesh
internal import HectorTrust

/// Names one connection to a node, never used again.
typealias LinkID = UInt64

/// What a node says of itself over one connection.
struct Told: Sendable {
    /// The same for as long as its process runs, another one for each process; empty where it tells none.
    var process = ""
    /// It finishes its calls and takes no new ones.
    var isDraining = false
    /// All that it offers and its certificate allows.
    var replicas: [PublishedReplica] = []
    /// What a person should know of it.
    var conditions: [MeshCondition] = []
    /// When the certificate that it shows now is valid; nil where it shows none.
    var validity: CertificateValidity?
}

/// One node: everything that shows one identity, over however many connections. A pure value.
///
/// One connection counts at a time: its replicas are the node's. The others stand by, each knowing what it would say, so that
/// the next one takes over in the moment in which the first ends.
struct Node: Sendable {
    private struct Link: Sendable {
        let address: String
        var told: Told?
        /// When it first told something.
        var since: Instant?
        /// Why it takes no calls: nothing comes over it, and it stands. Nil while it is heard.
        var silence: String?

        /// Whether it has served for so long that it is no rest of a process that was replaced.
        func isServing(_ now: Instant, since confirmation: Duration) -> Bool {
            guard let told, let since, !told.isDraining, silence == nil else { return false }
            return since.duration(to: now) >= confirmation
        }
    }

    /// How long two processes with one identity must both serve: one that was replaced is silent by then.
    ///
    /// - Parameter silence: When a connection counts as silent.
    static func confirmation(_ silence: Duration) -> Duration { max(.seconds(5), silence * 2) }

    private let confirmation: Duration

    private var links: [LinkID: Link] = [:]
    /// The connection that counts.
    private(set) var active: LinkID?
    private var published: [PublishedReplica] = []

    init(confirmation: Duration) { self.confirmation = confirmation }

    /// Whether any connection stands that has told something.
    var isConnected: Bool { active != nil }
    var isUnused: Bool { links.isEmpty }
    /// What the connection that counts says that a person should know.
    var conditions: [MeshCondition] { active.flatMap { links[$0]?.told?.conditions } ?? [] }
    var validity: CertificateValidity? { active.flatMap { links[$0]?.told?.validity } }
    /// Where it is connected.
    var address: String? { active.flatMap { links[$0]?.address } }

    /// Whether the connection has told anything yet.
    func hasTold(_ id: LinkID) -> Bool { links[id]?.told != nil }

    mutating func connected(_ id: LinkID, at address: String) {
        links[id] = Link(address: address)
    }

    /// - Returns: All replicas of the node now; nil where that is as before.
    mutating func told(_ id: LinkID, _ told: Told, now: Instant) -> [PublishedReplica]? {
        guard links[id] != nil else { return nil }
        links[id]?.told = told
        if links[id]?.since == nil { links[id]?.since = now }
        return choose(changed: id)
    }

    /// Nothing comes over the connection any more, or something again.
    ///
    /// - Parameter silence: For people; nil: it is heard.
    /// - Returns: As `told`.
    mutating func silenceChanged(_ id: LinkID, _ silence: String?) -> [PublishedReplica]? {
        guard links[id] != nil else { return nil }
        links[id]?.silence = silence
        return choose(changed: id)
    }

    /// Whether nothing comes over the connection that counts.
    var isSilent: Bool { silence != nil }
    /// That nothing comes over the connection that counts, for people.
    var silence: String? { active.flatMap { links[$0]?.silence } }

    /// The connection has ended.
    ///
    /// - Parameter reason: For people.
    /// - Returns: As `told`.
    mutating func ended(_ id: LinkID, reason: String) -> [PublishedReplica]? {
        guard links.removeValue(forKey: id) != nil else { return nil }
        return choose(changed: nil, lost: reason)
    }

    /// Where other machines show this node's identity.
    func twins(now: Instant) -> [String] {
        guard let active, let ours = links[active], let process = ours.told?.process, ours.isServing(now, since: confirmation) else { return [] }
        return links.sorted { $0.key < $1.key }.filter { id, link in id != active && link.isServing(now, since: confirmation) && link.told?.process != process }
            .map(\.value.address)
    }

    // MARK: -

    private mutating func choose(changed: LinkID?, lost reason: String = "") -> [PublishedReplica]? {
        let speaking = links.filter { $0.value.told != nil }
        let serving = speaking.filter { $0.value.told?.isDraining == false }
        let heard = serving.filter { $0.value.silence == nil }
        let candidates = !heard.isEmpty ? heard : !serving.isEmpty ? serving : speaking
        let before = active
        if active.map({ candidates[$0] == nil }) ?? true { active = candidates.keys.min() }
        if let active, let told = links[active]?.told {
            guard active != before || active == changed else { return nil }
            published = told.replicas
            if let silence = links[active]?.silence {
                for index in published.indices {
                    if case .ready = published[index].state { published[index].state = .checking(reason: silence) }
                }
            }
        } else {
            guard before != nil else { return nil }
            for index in published.indices { published[index].state = .lost(reason: reason) }
        }
        return published
    }
}
