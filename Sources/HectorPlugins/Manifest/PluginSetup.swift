package import HectorCore
internal import HectorProto

/// What a configuration asks to run on this machine.
package struct PluginSetup: Sendable {
    /// Checked, with their manifests read and their defaults filled in.
    package var plugins: [PluginSpecification] = []
    /// What a person should know, one sentence each.
    package var warnings: [String] = []
    /// The entries that cannot be run: why, and what to do.
    package var problems: [PluginError] = []

    /// Takes the entries that have a path, then what the folders hold. A broken manifest in a folder is a warning.
    package init(_ configuration: PluginsConfiguration, environment: [String: String]) {
        let version = SemanticVersion(HectorVersion.current) ?? SemanticVersion(0, 0, 0)
        for specification in configuration.entries.filter(\.enabled).compactMap({ PluginSpecification($0, withheld: configuration.variables) }) {
            do {
                try add(specification.prepared(hectorVersion: version, environment: environment))
            } catch {
                problems.append(error)
            }
        }
        let discovery = configuration.discovery
        guard discovery.enabled else { return }
        warnings += discovery.warnings
        let found = PluginFolders.search(
            discovery.paths, subfolders: discovery.scanSubdirectories, home: environment["HOME"])
        warnings += [found.warning].compactMap(\.self) + found.problems.map(\.message)
        for plugin in found.plugins {
            let manifest = plugin.manifest
            let key = PluginKey(manifest.kind, manifest.name)
            // An entry of that name decides, be it disabled or on other machines only.
            guard configuration.entry(key) == nil, discovery.wanted?.contains(key) ?? true else { continue }
            let specification = PluginSpecification(
                key: key, executable: plugin.executable, variables: InheritedVariables(withheld: configuration.variables), manifest: manifest)
            do {
                try add(specification.prepared(hectorVersion: version, environment: environment))
            } catch {
                warnings.append(error.message)
            }
        }
    }

    /// The same, for those who start the plugins.
    ///
    /// - Throws: `PluginProblems` where an entry cannot be run.
    package init(starting configuration: PluginsConfiguration, environment: [String: String]) throws(PluginProblems) {
        self.init(configuration, environment: environment)
        guard problems.isEmpty else { throw PluginProblems(errors: problems) }
    }

    private mutating func add(_ prepared: (specification: PluginSpecification, warnings: [String])) {
        var specification = prepared.specification
        for index in plugins.indices where plugins[index].name == specification.name {
            plugins[index].sharesItsName = true
            specification.sharesItsName = true
        }
        plugins.append(specification)
        warnings += prepared.warnings.map { "plugin \(prepared.specification.name): \($0)" }
    }
}

/// All entries of a configuration that cannot be run.
package struct PluginProblems: Error, Sendable, CustomStringConvertible {
    /// In the order of the file; never empty.
    package let errors: [PluginError]

    /// One problem a line.
    package var description: String { errors.map(\.message).joined(separator: "\n") }
}

extension PluginSpecification {
    /// Nil for an entry without a path: it runs on other machines only.
    fileprivate init?(_ entry: PluginEntry, withheld: Set<String>) {
        guard let path = entry.path else { return nil }
        self.init(
            key: entry.key, executable: path, config: entry.config, replicas: entry.replicas,
            startTimeout: entry.startTimeout, autoMTLS: entry.autoMTLS, metered: entry.metered,
            variables: InheritedVariables(
                inherits: entry.environment.inherit, withheld: withheld.subtracting(entry.variables),
                added: entry.environment.set))
        upgrade = entry.upgrade
        guard let builtin = entry.builtin else { return }
        arguments = [builtin.rawValue]
        manifest = PluginManifest(builtin, as: kind)
    }
}

extension PluginManifest {
    /// One program serves all built-in plugins, so that none has a manifest beside it.
    fileprivate init(_ builtin: Builtin, as kind: PluginKind) {
        let description = builtin.description
        let settings = description.settings
        self.init(
            name: builtin.rawValue, version: SemanticVersion(HectorVersion.current) ?? SemanticVersion(0, 0, 0), kind: kind, summary: description.summary,
            configSchema: ConfigSchema(
                required: settings.filter(\.isRequired).map(\.name), optional: settings.filter { !$0.isRequired }.map(\.name)),
            capabilities: description.capabilities)
    }
}
