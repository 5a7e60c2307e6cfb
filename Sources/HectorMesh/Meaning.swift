package import HectorCore

/// What a name means among the plugins that replicas carry.
package enum Meaning: Sendable, Equatable {
    /// The plugin of that name, or the only one whose name has that label.
    case plugin(PluginKey)
    /// Several plugins have names with that label: their names, sorted.
    case several([String])
    case unknown
}

/// A label that stands for several names of one kind.
package struct SharedLabel: Sendable, Equatable {
    package let label: String
    package let kind: PluginKind
    /// Sorted.
    package let names: [String]
}

extension RouterState {
    /// A name itself goes before labels, so that each plugin is reached by its name, whichever others come.
    func meaning(of name: String, _ kind: PluginKind) -> Meaning {
        let key = PluginKey(kind, name)
        if sets[key]?.replicas.isEmpty == false { return .plugin(key) }
        let labelled = sets.values.filter { $0.plugin.kind == kind && $0.label == name && !$0.replicas.isEmpty }.map(\.plugin)
        guard let first = labelled.first else { return .unknown }
        return labelled.count == 1 ? .plugin(first) : .several(labelled.map(\.name).sorted())
    }

    var sharedLabels: [SharedLabel] {
        Dictionary(grouping: sets.values.filter { !$0.replicas.isEmpty }) { PluginKey($0.plugin.kind, $0.label) }
            .filter { $0.value.count > 1 }
            .map { SharedLabel(label: $0.key.name, kind: $0.key.kind, names: $0.value.map(\.plugin.name).sorted()) }
            .sorted { ($0.label, $0.kind.rawValue) < ($1.label, $1.kind.rawValue) }
    }
}

extension Router {
    /// What the name means among the plugins of that kind that replicas carry, in any state.
    package func meaning(of name: String, _ kind: PluginKind) -> Meaning {
        locked { state, _ in state.meaning(of: name, kind) }
    }

    /// Labels that mean several plugins at present.
    package var sharedLabels: [SharedLabel] { locked { state, _ in state.sharedLabels } }
}
