import HectorYAML

/// The section `plugins`, the same in both files.
package struct PluginsConfiguration: Sendable, Equatable {
    /// Folders in which `*.plugin.yaml` manifests are looked for.
    package struct Discovery: Sendable, Equatable {
        package let enabled: Bool
        /// Absolute. Those that are there.
        package let paths: [String]
        /// Whether the folders inside `paths` are searched as well.
        package let scanSubdirectories: Bool
        /// Of what is found only these are used; nil for all.
        package var wanted: [Wanted]?
        /// Folders of the file that are not there.
        package var missing: Remark?

        package struct Wanted: Sendable, Equatable {
            package let kind: PluginEntry.Kind
            package let name: String
        }

        package static let off = Discovery(enabled: false, paths: [], scanSubdirectories: false)
    }

    package let discovery: Discovery
    /// In the order of the file, kind by kind. Disabled ones included.
    package let entries: [PluginEntry]
    /// The environment variables that the whole file names with `${…}`, those of parts that are switched off included:
    /// a plugin inherits none of them that its own entry does not name.
    package let variables: Set<String>

    package static let none = PluginsConfiguration(discovery: .off, entries: [], variables: [])

    /// The entry of a kind and name, disabled or not.
    package func entry(_ kind: PluginEntry.Kind, _ name: String) -> PluginEntry? {
        entries.first { $0.kind == kind && $0.name == name }
    }
}

extension PluginsConfiguration {
    /// - Parameters:
    ///   - used: The plugins that agents use.
    ///   - variables: Those that the whole file names.
    init(_ cursor: Cursor?, site: ConfigurationSite, remote: RemoteSources, used: [PluginReference] = [], variables: Set<String>) {
        var discovery: Discovery?
        let entries: [PluginEntry] = cursor?.fields { fields in
            discovery = fields["plugin_discovery"].map { Discovery($0, site: site) ?? .off }
            return PluginEntry.Kind.allCases.flatMap { kind in
                (fields[kind.section]?.entries() ?? []).compactMap { name, value in
                    PluginEntry(value, name: name, kind: kind, site: site, remote: remote)
                }
            }
        } ?? []
        let missing = used.filter { reference in !entries.contains { $0.kind == reference.kind && $0.name == reference.name } }
        self.init(discovery: discovery ?? .beside(site, for: missing), entries: entries, variables: variables)
    }
}

extension PluginsConfiguration.Discovery {
    fileprivate init?(_ cursor: Cursor, site: ConfigurationSite) {
        let discovery = cursor.fields { fields in
            let enabled = fields["enabled"]?.bool() ?? true
            fields.isUsed = fields.isUsed && enabled
            let folders = fields.required("paths", "a list of directories such as [plugins]").map(site.folders)
            return Self(
                enabled: enabled, paths: folders?.existing ?? [],
                scanSubdirectories: fields["scan_subdirectories"]?.bool() ?? false, missing: folders?.missing)
        }
        guard let discovery else { return nil }
        self = discovery
    }

    /// Where the file says nothing of it: plugins that agents use and no entry names are looked for in the folder
    /// `plugins` beside the file, if there is one, and nothing else there is used.
    fileprivate static func beside(_ site: ConfigurationSite, for missing: [PluginReference]) -> Self {
        let folder = "\(site.folder)/plugins"
        guard !missing.isEmpty, site.hasFolder(folder) else { return .off }
        return Self(
            enabled: true, paths: [folder], scanSubdirectories: false,
            wanted: missing.map { Wanted(kind: $0.kind, name: $0.name) })
    }
}
