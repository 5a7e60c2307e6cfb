package import HectorCore
import HectorHandshake
import HectorYAML

/// A plugin to run here: what to start, and how. Filled from the configuration or from a discovered manifest.
package struct PluginSpecification: Sendable, Hashable {
    package var key: PluginKey
    package var kind: PluginKind { key.kind }
    package var name: String { key.name }
    /// Whether a plugin of another kind on this machine has the same name: then its replicas carry the kind as well, so that logs,
    /// metrics and `mesh status` tell them apart.
    package var sharesItsName = false
    /// The absolute path of the executable.
    package var executable: String
    /// What it is started with, its own name aside.
    package var arguments: [String] = []
    package var config: [String: String]
    /// How many processes to run.
    package var replicas: Int
    /// How long one start may take, from the process to the end of `Initialize`; nil: `PluginLimits.startTime`.
    package var startTimeout: Duration?
    package var autoMTLS: AutoMTLS
    /// Whether each call costs money, as the configuration says; nil: as the manifest does.
    package var metered: Bool?
    /// Its environment; the handshake's variables are added.
    package var variables: InheritedVariables
    /// The manifest beside the executable, once it has been read.
    package var manifest: PluginManifest?
    /// How its processes are replaced when any of this changes.
    package var upgrade = UpgradeMode.beside

    package init(
        key: PluginKey, executable: String, config: [String: String] = [:], replicas: Int = 1,
        startTimeout: Duration? = nil, autoMTLS: AutoMTLS = .offered, metered: Bool? = nil,
        variables: InheritedVariables = InheritedVariables(), manifest: PluginManifest? = nil
    ) {
        self.key = key
        self.executable = executable
        self.config = config
        self.replicas = replicas
        self.startTimeout = startTimeout
        self.autoMTLS = autoMTLS
        self.variables = variables
        self.metered = metered
        self.manifest = manifest
    }

    /// Whether each call costs money: then one that was answered, however badly, is not made again.
    package var isMetered: Bool { metered ?? (manifest?.capabilities["metered"] == "true") }

    /// The ids of its replicas: `NAME-1`, `NAME-2`, …, or `NAME-KIND-1`, …
    package var replicaIDs: [String] {
        let stem = sharesItsName ? "\(name)-\(kind)" : name
        return (0..<replicas).map { "\(stem)-\($0 + 1)" }
    }

    /// Reads the manifest beside the executable, if there is one, and holds everything against it: type,
    /// version of Hector, required configuration. Fills in the defaults. Checks that the executable can be run.
    ///
    /// - Returns: What to run, and warnings for a person.
    package func prepared(
        hectorVersion: SemanticVersion, environment: [String: String]
    ) throws(PluginError) -> (specification: PluginSpecification, warnings: [String]) {
        var prepared = self
        var warnings: [String] = []
        do {
            if manifest == nil { prepared.manifest = try PluginManifest.beside(executable: executable) }
        } catch {
            throw PluginError(.manifest, plugin: name, "its manifest is not valid: \(error.oneLine)", cause: error)
        }
        if let manifest = prepared.manifest {
            guard manifest.kind == kind else {
                throw PluginError(
                    .incompatible, plugin: name,
                    "\(quoted(executable)) is \(manifest.kind.withArticle) according to its manifest, but is configured as \(kind.withArticle). Move its entry")
            }
            if let range = manifest.hectorVersion, !range.contains(hectorVersion) {
                throw PluginError(
                    .incompatible, plugin: name,
                    "version \(manifest.version) requires Hector \(quoted(range.description)), this is \(hectorVersion). Use a version of the plugin that supports this one")
            }
            do {
                (prepared.config, warnings) = try manifest.configSchema.merge(config)
            } catch {
                let keys = error.keys.map { "config.\($0)" }.joined(separator: ", ")
                throw PluginError(.configuration, plugin: name, "it requires \(keys). Add what is missing to the plugin's entry")
            }
        }
        try Executable(plugin: name, path: executable, environment: variables.of(environment)).check()
        return (prepared, warnings)
    }
}
