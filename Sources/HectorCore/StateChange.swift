/// One difference between what runs and what a configuration asks for.
package struct StateChange: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        case added, removed, changed
    }

    package let kind: Kind
    /// What it is about: `plugin llm/echo`, `agent helper`, `server.token`.
    package let subject: String
    /// Which of its parts differ; empty where that is clear, or secret.
    package let details: [String]
    /// Why it takes effect at the next start only; nil: it takes effect now.
    package let restart: String?

    package init(_ kind: Kind, _ subject: String, _ details: [String] = [], restart: String? = nil) {
        self.kind = kind
        self.subject = subject
        self.details = details
        self.restart = restart
    }

    package var description: String {
        let what = "\(kind.rawValue) \(subject)" + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))")
        return restart.map { "\(what): takes effect at the next start, because \($0)" } ?? what
    }

    /// The differences between two sets of things that have names.
    ///
    /// - Parameter changes: What differs between two of one name; empty for nothing.
    package static func between<Thing>(
        _ old: [Thing], _ new: [Thing], name: (Thing) -> String, changes: (Thing, Thing) -> [String]?
    ) -> [StateChange] {
        let before = Dictionary(old.map { (name($0), $0) }, uniquingKeysWith: { first, _ in first })
        let after = Dictionary(new.map { (name($0), $0) }, uniquingKeysWith: { first, _ in first })
        return Set(before.keys).union(after.keys).sorted().compactMap { name in
            switch (before[name], after[name]) {
            case (nil, .some): StateChange(.added, name)
            case (.some, nil): StateChange(.removed, name)
            case (let a?, let b?): changes(a, b).map { StateChange(.changed, name, $0) }
            case (nil, nil): nil
            }
        }
    }
}
