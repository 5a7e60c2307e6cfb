/// The plugins of a configuration, the same in both files.
package struct PluginsConfiguration: Sendable, Equatable {
    package let discovery: PluginDiscovery
    /// In the order of the file, kind by kind. Disabled ones included.
    package let entries: [PluginEntry]
    /// The environment variables that the whole file names with `${…}`, those of disabled parts included:
    /// a plugin inherits only those that its own entry names.
    package let variables: Set<String>

    package init(discovery: PluginDiscovery, entries: [PluginEntry], variables: Set<String>) {
        self.discovery = discovery
        self.entries = entries
        self.variables = variables
    }

    package static let none = PluginsConfiguration(discovery: .off, entries: [], variables: [])

    /// Whether engines of this machine are adopted: nobody knows beforehand which models they have.
    package var isAdopting: Bool { entries.contains { $0.builtin == .adopt } }

    /// The plugin's entry, disabled or not.
    package func entry(_ key: PluginKey) -> PluginEntry? { entries.first { $0.key == key } }
}

/// Directories that are searched for `*.plugin.yaml` manifests.
package struct PluginDiscovery: Sendable, Equatable {
    package var enabled: Bool
    /// Absolute. Those that exist.
    package var paths: [String]
    /// Whether the directories inside `paths` are searched, too.
    package var scanSubdirectories: Bool
    /// Only these of the plugins found are used; nil for all.
    package var wanted: Set<PluginKey>?
    /// Warnings, one sentence each: directories that do not exist.
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
