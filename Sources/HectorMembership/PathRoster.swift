internal import HectorCore
internal import HectorDiscovery

/// Names a path among all: its source and what the source calls it.
typealias PathKey = String

/// Which paths are tried: those that the sources tell of, for as long as that makes sense. A pure value.
///
/// Everybody on the network can announce nodes, and only members can authenticate. So a path that led to a member is kept for longer,
/// and where there is no room, strangers that failed give way to newcomers, a few at a time: each gets its try.
package struct PathRoster: Sendable {
    enum Change: Sendable, Equatable {
        case start(PathKey)
        case stop(PathKey)
    }

    package struct Limits: Sendable {
        /// Paths tried at once: more nodes on one network are unheard of.
        package var paths = 256
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
        var lifetime: NodeSighting.Lifetime
        var isConnected = false
        var hasAuthenticated = false
        /// Failures since it was last connected.
        var failures = 0
        /// When it was last announced or connected.
        var lastSign: Instant

        /// Whether its source still says that there is something.
        func isTold(_ now: Instant) -> Bool {
            switch lifetime {
            case .permanent, .announced: true
            case .until(let end): now < end
            case .withdrawn: false
            }
        }
    }

    private let limits: Limits
    private var entries: [PathKey: Entry] = [:]
    private var turnBegan = Instant(nanoseconds: .min)
    private var replacedInTurn = 0

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    // MARK: inputs

    /// All that the sources know now. To be told from time to time, too, when nothing has changed.
    mutating func take(_ sightings: [(key: PathKey, lifetime: NodeSighting.Lifetime)], now: Instant) -> [Change] {
        var changes: [Change] = []
        let told = Dictionary(sightings.map { ($0.key, $0.lifetime) }) { first, _ in first }
        for (key, entry) in entries {
            var entry = entry
            entry.lifetime = told[key] ?? entry.lifetime.dropped(at: now)
            if entry.isTold(now) || entry.isConnected { entry.lastSign = now }
            let isForgotten = isForgotten(entry, now: now)
            entries[key] = isForgotten ? nil : entry
            if isForgotten { changes.append(.stop(key)) }
        }
        for (key, lifetime) in sightings where entries[key] == nil {
            let entry = Entry(lifetime: lifetime, lastSign: now)
            guard entry.isTold(now), makeRoom(&changes, now: now) else { continue }
            entries[key] = entry
            changes.append(.start(key))
        }
        return changes
    }

    /// It is not wanted any more.
    mutating func forget(_ key: PathKey) { entries[key] = nil }

    /// It leads to a node that proved who it is.
    mutating func connected(_ key: PathKey) {
        entries[key]?.isConnected = true
        entries[key]?.hasAuthenticated = true
        entries[key]?.failures = 0
    }

    /// An attempt failed, or the connection ended.
    mutating func disconnected(_ key: PathKey, now: Instant) {
        if entries[key]?.isConnected == true { entries[key]?.lastSign = now }
        entries[key]?.isConnected = false
        entries[key]?.failures += 1
    }

    // MARK: -

    private func isForgotten(_ entry: Entry, now: Instant) -> Bool {
        guard !entry.isTold(now), !entry.isConnected else { return false }
        // What was said to end ends; a record that is gone may come back.
        guard entry.lifetime == .withdrawn else { return true }
        return entry.lastSign.duration(to: now) >= (entry.hasAuthenticated ? limits.memory : limits.memoryOfStrangers)
    }

    private mutating func makeRoom(_ changes: inout [Change], now: Instant) -> Bool {
        guard entries.count >= limits.paths else { return true }
        if turnBegan.advanced(by: limits.turn) <= now { (turnBegan, replacedInTurn) = (now, 0) }
        guard replacedInTurn < limits.replacements, let key = leastWanted else { return false }
        replacedInTurn += 1
        entries[key] = nil
        changes.append(.stop(key))
        return true
    }

    /// Strangers that are gone, then strangers that failed, the most often failed first; then members that are gone,
    /// the longest gone first. Never one that is connected, written by a person, not tried yet, or a member that is announced.
    private var leastWanted: PathKey? {
        let candidates = entries.filter { _, entry in
            entry.lifetime != .permanent && !entry.isConnected
                && (entry.hasAuthenticated ? entry.lifetime == .withdrawn : entry.lifetime == .withdrawn || entry.failures > 0)
        }
        return candidates.min { a, b in
            let (a, b) = (a.value, b.value)
            if a.hasAuthenticated != b.hasAuthenticated { return b.hasAuthenticated }
            let (aIsGone, bIsGone) = (a.lifetime == .withdrawn, b.lifetime == .withdrawn)
            if aIsGone != bIsGone { return aIsGone }
            return aIsGone ? a.lastSign < b.lastSign : a.failures > b.failures
        }?.key
    }
}

extension NodeSighting.Lifetime {
    /// What it is once its source does not tell of it any more.
    fileprivate func dropped(at now: Instant) -> Self {
        switch self {
        case .permanent: .until(now)
        case .until: self
        case .announced, .withdrawn: .withdrawn
        }
    }
}
