package import HectorCore
package import HectorYAML

extension HostConfiguration {
    /// The plugins that agents use, in the order of the file.
    package var referencedPlugins: [PluginReference] {
        agents.flatMap(\.plugins)
    }

    /// A warning for each address where tokens would be sent unencrypted over a network.
    package var unencrypted: [String] {
        guard server.tls == nil, server.publicURL?.hasPrefix("https:") != true else { return [] }
        return [("listen", server.listen), ("ollama", server.ollama)].compactMap { key, address in
            guard let address, !address.isLoopback else { return nil }
            return "server.\(key): tokens and conversations are sent to \(address) unencrypted: set server.tls, or server.public_url to the https:// address of a TLS proxy in front"
        }
    }

    /// What is to be said of plugins that agents use and that are neither configured here nor among `discovered`.
    ///
    /// - Returns: Those that nothing can offer, and those that are waited for: another machine may have them, or a plugin of this one offers
    ///   them once it runs.
    package func missingPlugins(discovered: [PluginKey]) -> (problems: [Diagnostic], warnings: [Diagnostic]) {
        let known = plugins.entries.map(\.key) + discovered
        var missing: (problems: [Diagnostic], warnings: [Diagnostic]) = ([], [])
        for reference in referencedPlugins {
            let (key, names) = (reference.key, known.filter { $0.kind == reference.key.kind }.map(\.name))
            guard !names.contains(key.name), models[key.name] == nil else { continue }
            let what = "no \(key.kind.rawValue) \(cited(key.name)) is configured or discovered here"
            let mayBeOffered = mesh.hasRemoteSources || plugins.isAdopting || !Label.isValid(key.name) && !known.isEmpty
            let hint: String
            if let meant = nearest(to: key.name, among: names) {
                hint = "did you mean \(cited(meant))?"
            } else if !mayBeOffered {
                hint = "add it to plugins.\(key.kind.section), or put it into a directory of plugin_discovery"
            } else {
                hint = mesh.hasRemoteSources ? "waiting for another machine to offer it" : "waiting for a plugin to offer it"
            }
            let diagnostic = reference.origin.diagnostic("\(what): \(hint)")
            if mayBeOffered { missing.warnings.append(diagnostic) } else { missing.problems.append(diagnostic) }
        }
        return missing
    }
}
