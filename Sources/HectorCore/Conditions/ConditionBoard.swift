/// Which conditions are shown: those that have lasted, and whose cause is not shown itself. A pure value.
package struct ConditionBoard: Sendable {
    package struct Limits: Sendable {
        /// Conditions that are held, the worst first: strangers who announce many nodes take no more memory than this.
        package var conditions = 256

        package init() {}
    }

    /// What is worth a line in the log.
    package enum Event: Sendable, Equatable {
        /// It is shown from now on.
        case began(MeshCondition)
        /// It is no longer so.
        case ended(MeshCondition)
    }

    private struct Entry {
        var condition: MeshCondition
        let since: Instant
        var isShown = false
        /// Whether it was shown at any time.
        var isSaid = false
    }

    private let limits: Limits
    private var entries: [MeshCondition.ID: Entry] = [:]
    /// Conditions for which there was no room when last looked.
    package private(set) var untold = 0

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// Takes all conditions of this moment.
    ///
    /// - Parameter conditions: Where two have one identity, the first one counts.
    /// - Returns: What begins to be shown and what is over, in a fixed order.
    package mutating func take(_ conditions: [MeshCondition], now: Instant) -> [Event] {
        var present: [MeshCondition.ID: MeshCondition] = [:]
        for condition in Self.worstFirst(conditions) where present.count < limits.conditions && present[condition.id] == nil {
            present[condition.id] = condition
        }
        untold = Set(conditions.map(\.id)).count - present.count
        var events = entries.values.filter { present[$0.condition.id] == nil && $0.isSaid }.map { Event.ended($0.condition) }
        entries = entries.filter { present[$0.key] != nil }
        for (id, condition) in present {
            // The text may change: a failure that has another reason now.
            entries[id, default: Entry(condition: condition, since: now)].condition = condition
        }
        let all = Set(entries.keys)
        for (id, entry) in entries {
            let shown = entry.since.duration(to: now) >= entry.condition.kind.entry.settles && !Self.isCaused(entry.condition, by: all)
            // What hides behind its cause is not over, and does not begin anew behind it.
            if shown, !entry.isSaid { events.append(.began(entry.condition)) }
            entries[id]?.isShown = shown
            if shown { entries[id]?.isSaid = true }
        }
        return events.sorted { Self.order($0) < Self.order($1) }
    }

    /// The worst first, then by code and subject.
    package func shown(now: Instant) -> [ShownCondition] {
        Self.worstFirst(entries.values.filter(\.isShown).map(\.condition)).map { condition in
            ShownCondition(condition: condition, age: (entries[condition.id]?.since ?? now).duration(to: now))
        }
    }

    // MARK: -

    private static func isCaused(_ condition: MeshCondition, by all: Set<MeshCondition.ID>) -> Bool {
        condition.kind.entry.causes.contains { kind in
            [condition.subject, condition.node].contains { $0.map { all.contains(MeshCondition.ID(kind: kind, subject: $0)) } ?? false }
        }
    }

    private static func worstFirst(_ conditions: [MeshCondition]) -> [MeshCondition] {
        let severities = conditions.map { ($0, $0.kind.entry.severity) }
        return severities.sorted { a, b in
            a.1 != b.1 ? a.1 > b.1 : (a.0.kind.rawValue, a.0.subject) < (b.0.kind.rawValue, b.0.subject)
        }.map(\.0)
    }

    private static func order(_ event: Event) -> (Int, String, String) {
        switch event {
        case .ended(let condition): (0, condition.kind.rawValue, condition.subject)
        case .began(let condition): (1, condition.kind.rawValue, condition.subject)
        }
    }
}
