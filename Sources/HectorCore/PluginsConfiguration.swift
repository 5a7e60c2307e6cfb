/// The plugins of a configuration, the same in both files.
package struct PluginsConfiguration: Sendable, Equatable {
    package let discovery: PluginDiscovery
    /// In the order of the file, kind by kind. Disabled ones included.
    package let entries: [PluginEntry]
    /// The environment variables that the whole file names with `${…}`, those of parts that are switched off included:
    /// a plugin inherits none of them that its own entry does not name.
    package let variables: Set<String>

    package init(discovery: PluginDiscovery, entries: [PluginEntry], variables: Set<String>) {
        self.discovery = discovery
        self.entries = entries
        self.variables = variables
    }

    package static let none = PluginsConfiguration(discovery: .off, entries: [], variables: [])

    /// The plugin's entry, disabled or not.
    package func entry(_ key: PluginKey) -> PluginEntry? { entries.first { $0.key == key } }
}

/// Folders in which `*.plugin.yaml` manifests are looked for.
package struct PluginDiscovery: Sendable, Equatable {
    package var enabled: Bool
    /// Absolute. Those that are there.
    package var paths: [String]
    /// Whether the folders inside `paths` are searched as well.
    package var scanSubdirectories: Bool
    /// Of what is found only these are used; nil for all.
    package var wanted: Set<PluginKey>?
    /// What a person should know, one sentence each: folders that are not there.
    package var warnings: [String]

    package static let off = PluginDiscovery(enabled: false, paths: [])

    package init(
        enabled: Bool, paths: [String], scanSubdirectories: Bool = false, wanted: Set<PluginKey>? = nil, warnings: [String] = []
    ) {
        self.enabled = enabled
        self.paths = paths
        self.scanSubdirectories = scanSubdirectories
        self.wanted = wanted
        self.warnings = warnings
    }
}
