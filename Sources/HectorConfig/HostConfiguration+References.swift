package import HectorCore
package import HectorYAML

extension HostConfiguration {
    /// The plugins that agents use, in the order of the file.
    package var referencedPlugins: [PluginReference] {
        agents.flatMap(\.plugins)
    }

    /// One warning for each key of an agent that has no effect in this version.
    package var idleKeys: [Diagnostic] {
        agents.flatMap(\.idle).map { $0.diagnostic("this key is validated but has no effect in this version") }
    }

    /// What is to be said of plugins that agents use and that are neither configured here nor among `discovered`.
    /// These are errors when `mesh.hasRemoteSources` is false; otherwise warnings, and their plugins are waited for.
    package func missingPlugins(discovered: [PluginKey]) -> [Diagnostic] {
        let known = plugins.entries.map(\.key) + discovered
        return referencedPlugins.compactMap { reference in
            let (key, names) = (reference.key, known.filter { $0.kind == reference.key.kind }.map(\.name))
            guard !names.contains(key.name) else { return nil }
            let what = "no \(key.kind.rawValue) \(cited(key.name)) is configured or discovered here"
            if let meant = nearest(to: key.name, among: names) {
                return reference.origin.diagnostic("\(what): did you mean \(cited(meant))?")
            }
            return reference.origin.diagnostic(
                mesh.hasRemoteSources
                    ? "\(what): waiting for another machine to offer it"
                    : "\(what): add it to plugins.\(key.kind.section), or put it into a directory of plugin_discovery")
        }
    }
}
