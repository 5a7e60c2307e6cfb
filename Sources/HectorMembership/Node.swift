internal import HectorCore
internal import HectorMesh

/// Names one connection to a node, never used again.
typealias LinkID = UInt64

/// What a node says of itself over one connection.
struct Told<Connection: Sendable>: Sendable {
    /// The same for as long as its process runs, another one for each process; empty where it tells none.
    var process = ""
    /// It finishes its calls and takes no new ones.
    var isDraining = false
    /// All that it offers and its certificate allows.
    var replicas: [PublishedReplica<Connection>] = []
    /// What the operator should know of it.
    var notices: [String] = []
}

/// One node: everything that shows one identity, over however many connections. A pure value.
///
/// One connection counts at a time: its replicas are the node's. The others stand by, each knowing what it would say, so that
/// the next one takes over in the moment in which the first ends.
struct Node<Connection: Sendable>: Sendable {
    private struct Link: Sendable {
        let address: String
        var told: Told<Connection>?
        /// When it first told something.
        var since: Instant?
        var isKnownAsTwin = false

        /// Whether it has served for so long that it is no rest of a process that was replaced.
        func isServing(_ now: Instant) -> Bool {
            guard let told, let since, !told.isDraining else { return false }
            return since.duration(to: now) >= Node.confirmation
        }
    }

    /// How long two processes with one identity must both serve: one that was replaced is gone by then (keepalive).
    static var confirmation: Duration { .seconds(5) }

    private var links: [LinkID: Link] = [:]
    /// The connection that counts.
    private(set) var active: LinkID?
    private var published: [PublishedReplica<Connection>] = []
    /// Notices that were in the log, for as long as the node is known.
    private var logged: Set<String> = []

    /// Whether any connection stands that has told something.
    var isConnected: Bool { active != nil }
    var isUnused: Bool { links.isEmpty }
    var notices: [String] { active.flatMap { links[$0]?.told?.notices } ?? [] }
    /// Where it is connected.
    var address: String? { active.flatMap { links[$0]?.address } }

    /// Whether the connection has told anything yet.
    func hasTold(_ id: LinkID) -> Bool { links[id]?.told != nil }

    mutating func connected(_ id: LinkID, at address: String) {
        links[id] = Link(address: address)
    }

    /// - Returns: All replicas of the node now; nil where that is as before.
    mutating func told(_ id: LinkID, _ told: Told<Connection>, now: Instant) -> [PublishedReplica<Connection>]? {
        guard links[id] != nil else { return nil }
        links[id]?.told = told
        if links[id]?.since == nil { links[id]?.since = now }
        return choose(changed: id)
    }

    /// The connection has ended.
    ///
    /// - Parameter reason: For people.
    /// - Returns: As `told`.
    mutating func ended(_ id: LinkID, reason: String) -> [PublishedReplica<Connection>]? {
        guard links.removeValue(forKey: id) != nil else { return nil }
        return choose(changed: nil, lost: reason)
    }

    /// Where other machines show this node's identity.
    func twins(now: Instant) -> [String] { twinLinks(now: now).map(\.link.address) }

    /// Those of them that were not returned before.
    mutating func newTwins(now: Instant) -> [String] {
        let new = twinLinks(now: now).filter { !$0.link.isKnownAsTwin }
        for (id, _) in new { links[id]?.isKnownAsTwin = true }
        return new.map(\.link.address)
    }

    private func twinLinks(now: Instant) -> [(id: LinkID, link: Link)] {
        guard let active, let ours = links[active], let process = ours.told?.process, ours.isServing(now) else { return [] }
        return links.sorted { $0.key < $1.key }.filter { id, link in id != active && link.isServing(now) && link.told?.process != process }
            .map { (id: $0.key, link: $0.value) }
    }

    /// Notices that were not returned before.
    mutating func newNotices() -> [String] { notices.filter { logged.insert($0).inserted } }

    // MARK: -

    private mutating func choose(changed: LinkID?, lost reason: String = "") -> [PublishedReplica<Connection>]? {
        let speaking = links.filter { $0.value.told != nil }
        let serving = speaking.filter { $0.value.told?.isDraining == false }
        let candidates = serving.isEmpty ? speaking : serving
        let before = active
        if active.map({ candidates[$0] == nil }) ?? true { active = candidates.keys.min() }
        if let active, let told = links[active]?.told {
            guard active != before || active == changed else { return nil }
            published = told.replicas
        } else {
            guard before != nil else { return nil }
            for index in published.indices { published[index].state = .lost(reason: reason) }
        }
        return published
    }
}
