internal import HectorCore
internal import HectorMesh
internal import HectorRPC

/// Which nodes are dialled: those that the sources tell of, for as long as that makes sense. A pure value: inputs
/// are what sources and links say, the output is which links to start, update and stop.
///
/// Everybody on the network can announce nodes, only members can authenticate. So who ever authenticated is kept
/// for longer, and where there is no room, strangers that failed give way to newcomers, a few at a time: each gets its try.
package struct NodeRoster: Sendable {
    /// A node as the sources see it.
    struct Sighting: Sendable, Equatable {
        /// Nil for a static address, whose node is known by its certificate.
        var id: String?
        /// Never empty.
        var endpoints: [Endpoint]
        var isAnnounced = true

        /// Names the node among all.
        var key: String { id ?? "static \(endpoints.first.map(String.init(describing:)) ?? "")" }
    }

    enum Change: Sendable, Equatable {
        case start(Sighting)
        case update(Sighting)
        case stop(key: String)
    }

    package struct Limits: Sendable {
        /// Nodes dialled at once: more on one network are unheard of.
        package var nodes = 256
        /// How long one that authenticated is dialled after its record is gone: cables are mended, laptops wake up.
        var memory = Duration.seconds(3600)
        /// The same for strangers.
        var memoryOfStrangers = Duration.seconds(60)
        /// Limit on unauthenticated nodes replaced by new ones in each `turn`; every replacement is a dial.
        var replacements = 16
        var turn = Duration.seconds(10)

        package init() {}
    }

    private struct Entry {
        let isStatic: Bool
        var isAnnounced = true
        var isConnected = false
        var hasAuthenticated = false
        /// Dials that failed since it was last connected.
        var failures = 0
        /// When it was last announced or connected.
        var lastSign: Instant
    }

    private let limits: Limits
    private var entries: [String: Entry] = [:]
    private var turnBegan = Instant(nanoseconds: .min)
    private var replacedInTurn = 0

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    // MARK: inputs

    /// All that the sources know now. To be told from time to time, too, when nothing has changed.
    mutating func take(_ sightings: [Sighting], now: Instant) -> [Change] {
        var changes: [Change] = []
        var announced: Set<String> = []
        for sighting in sightings where sighting.isAnnounced { announced.insert(sighting.key) }
        for key in entries.keys {
            entries[key]?.isAnnounced = announced.contains(key)
            if announced.contains(key) || entries[key]?.isConnected == true { entries[key]?.lastSign = now }
        }
        for (key, entry) in entries where isForgotten(entry, now: now) {
            entries[key] = nil
            changes.append(.stop(key: key))
        }
        for sighting in sightings {
            if entries[sighting.key] != nil {
                changes.append(.update(sighting))
            } else if sighting.isAnnounced, makeRoom(&changes, now: now) {
                entries[sighting.key] = Entry(isStatic: sighting.id == nil, lastSign: now)
                changes.append(.start(sighting))
            }
        }
        return changes
    }

    /// The node proved who it is.
    mutating func connected(_ key: String) {
        entries[key]?.isConnected = true
        entries[key]?.hasAuthenticated = true
        entries[key]?.failures = 0
    }

    /// A dial failed, or the connection ended.
    mutating func disconnected(_ key: String, now: Instant) {
        if entries[key]?.isConnected == true { entries[key]?.lastSign = now }
        entries[key]?.isConnected = false
        entries[key]?.failures += 1
    }

    // MARK: -

    private func isForgotten(_ entry: Entry, now: Instant) -> Bool {
        guard !entry.isStatic, !entry.isAnnounced, !entry.isConnected else { return false }
        return entry.lastSign.duration(to: now) >= (entry.hasAuthenticated ? limits.memory : limits.memoryOfStrangers)
    }

    private mutating func makeRoom(_ changes: inout [Change], now: Instant) -> Bool {
        guard entries.count >= limits.nodes else { return true }
        if turnBegan.advanced(by: limits.turn) <= now { (turnBegan, replacedInTurn) = (now, 0) }
        guard replacedInTurn < limits.replacements, let key = leastWanted else { return false }
        replacedInTurn += 1
        entries[key] = nil
        changes.append(.stop(key: key))
        return true
    }

    /// Strangers that are gone, then strangers that failed, the most often failed first; then members that are gone,
    /// the longest gone first. Never one that is connected, static, not tried yet, or a member that is announced.
    private var leastWanted: String? {
        let candidates = entries.filter { _, entry in
            !entry.isStatic && !entry.isConnected
                && (entry.hasAuthenticated ? !entry.isAnnounced : !entry.isAnnounced || entry.failures > 0)
        }
        return candidates.min { a, b in
            let (a, b) = (a.value, b.value)
            if a.hasAuthenticated != b.hasAuthenticated { return b.hasAuthenticated }
            if a.isAnnounced != b.isAnnounced { return b.isAnnounced }
            return a.isAnnounced ? a.failures > b.failures : a.lastSign < b.lastSign
        }?.key
    }
}
