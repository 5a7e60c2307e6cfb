package import HectorConfig
package import HectorPlugins
internal import HectorProto

/// What a configuration asks to run on this machine.
package struct PluginSetup: Sendable {
    /// Checked, with their manifests read and their defaults filled in.
    package var plugins: [PluginSpecification] = []
    /// What a person should know, one sentence each.
    package var warnings: [String] = []

    /// Takes the entries that have a path, then what the folders hold.
    ///
    /// - Throws: `PluginError` for an entry that cannot be run. A broken manifest in a folder is a warning.
    package init(_ configuration: PluginsConfiguration, environment: [String: String]) throws(PluginError) {
        let version = SemanticVersion(HectorVersion.current) ?? SemanticVersion(0, 0, 0)
        for specification in configuration.entries.filter(\.enabled).compactMap(PluginSpecification.init) {
            try add(specification.prepared(hectorVersion: version, environment: environment))
        }
        guard configuration.discovery.enabled else { return }
        let found = PluginFolders.search(
            configuration.discovery.paths, subfolders: configuration.discovery.scanSubdirectories, home: environment["HOME"])
        warnings += found.problems.map(\.message)
        for plugin in found.plugins {
            let manifest = plugin.manifest
            // An entry of that name decides, be it disabled or on other machines only.
            if let kind = PluginEntry.Kind(rawValue: manifest.kind.rawValue), configuration.entry(kind, manifest.name) != nil { continue }
            let specification = PluginSpecification(
                name: manifest.name, kind: manifest.kind, executable: plugin.executable, manifest: manifest)
            do {
                try add(specification.prepared(hectorVersion: version, environment: environment))
            } catch {
                warnings.append(error.message)
            }
        }
    }

    private mutating func add(_ prepared: (specification: PluginSpecification, warnings: [String])) {
        plugins.append(prepared.specification)
        warnings += prepared.warnings.map { "plugin \(prepared.specification.name): \($0)" }
    }
}

extension PluginSpecification {
    /// Nil for an entry without a path: it runs on other machines only.
    fileprivate init?(_ entry: PluginEntry) {
        guard let path = entry.path, let kind = PluginKind(rawValue: entry.kind.rawValue) else { return nil }
        self.init(
            name: entry.name, kind: kind, executable: path, config: entry.config, replicas: entry.replicas,
            startTimeout: entry.startTimeout, autoMTLS: AutoMTLS(rawValue: entry.autoMTLS.rawValue) ?? .offered, metered: entry.metered)
    }
}
