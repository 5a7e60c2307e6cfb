import HectorYAML

/// The section `plugins`, the same in both files.
package struct PluginsConfiguration: Sendable, Equatable {
    /// Folders in which `*.plugin.yaml` manifests are looked for.
    package struct Discovery: Sendable, Equatable {
        package let enabled: Bool
        /// Absolute.
        package let paths: [String]
        /// Whether the folders inside `paths` are searched as well.
        package let scanSubdirectories: Bool

        package static let off = Discovery(enabled: false, paths: [], scanSubdirectories: false)
    }

    package let discovery: Discovery
    /// In the order of the file, kind by kind. Disabled ones included.
    package let entries: [PluginEntry]

    package static let none = PluginsConfiguration(discovery: .off, entries: [])

    /// The entry of a kind and name, disabled or not.
    package func entry(_ kind: PluginEntry.Kind, _ name: String) -> PluginEntry? {
        entries.first { $0.kind == kind && $0.name == name }
    }
}

extension PluginsConfiguration {
    init(_ cursor: Cursor?, site: ConfigurationSite, remote: RemoteSources) {
        let plugins = cursor?.fields { fields in
            let discovery = fields["plugin_discovery"].flatMap { Discovery($0, site: site) } ?? .off
            let entries = PluginEntry.Kind.allCases.flatMap { kind in
                (fields[kind.section]?.entries() ?? []).compactMap { name, value in
                    PluginEntry(value, name: name, kind: kind, site: site, remote: remote)
                }
            }
            return PluginsConfiguration(discovery: discovery, entries: entries)
        }
        self = plugins ?? .none
    }
}

extension PluginsConfiguration.Discovery {
    fileprivate init?(_ cursor: Cursor, site: ConfigurationSite) {
        let discovery = cursor.fields { fields in
            let enabled = fields["enabled"]?.bool() ?? true
            let paths = enabled ? fields.required("paths", "a list of folders such as [plugins]") : fields["paths"]
            return Self(
                enabled: enabled,
                paths: paths?.list()?.compactMap {
                    enabled ? site.existing(.folder, $0) : $0.filePath(relativeTo: site.folder)
                } ?? [],
                scanSubdirectories: fields["scan_subdirectories"]?.bool() ?? false)
        }
        guard let discovery else { return nil }
        self = discovery
    }
}
