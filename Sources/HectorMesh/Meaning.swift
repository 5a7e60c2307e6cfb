package import HectorCore

/// What a name means among the plugins that replicas carry.
package enum Meaning: Sendable, Equatable {
    /// The plugin of that name, the only one whose name has that label, or the only one with a content of that name and digest.
    case plugin(PluginKey)
    /// Several plugins have names with that label, or contents with that name: what they are called by, sorted.
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
        if isCarried(key) { return .plugin(key) }
        let contents = (contents.plugins(meant: name, kind) + contents.plugins(under: key)).filter(isCarried)
        if let first = contents.first { return contents.count == 1 ? .plugin(first) : .several(contents.map(\.name).sorted()) }
        let labelled = sets.values.filter { $0.plugin.kind == kind && $0.label == name && !$0.replicas.isEmpty }.map(\.plugin)
        guard let first = labelled.first else { return .unknown }
        return labelled.count == 1 ? .plugin(first) : .several(labelled.map(\.name).sorted())
    }

    private func isCarried(_ plugin: PluginKey) -> Bool { sets[plugin]?.replicas.isEmpty == false }

    var otherContents: [OtherContent] {
        contents.others.compactMap { plugin, name, digest in
            guard let replicas = sets[plugin]?.replicas, !replicas.isEmpty else { return nil }
            return OtherContent(plugin: plugin, name: name, digest: digest, hosts: Set(replicas.map(\.description.host)).sorted())
        }.sorted { ($0.plugin.name, $0.plugin.kind.rawValue) < ($1.plugin.name, $1.plugin.kind.rawValue) }
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

    /// Contents that are called by name and digest, since others came first under their names.
    package var otherContents: [OtherContent] { locked { state, _ in state.otherContents } }

    /// Labels that mean several plugins at present.
    package var sharedLabels: [SharedLabel] { locked { state, _ in state.sharedLabels } }
}
