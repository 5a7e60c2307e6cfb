internal import HectorCore
import HectorYAML

extension PluginsConfiguration {
    /// - Parameters:
    ///   - used: The plugins that agents use.
    ///   - variables: Those that the whole file names.
    init(_ cursor: Cursor?, site: ConfigurationSite, remote: RemoteSources, used: [PluginReference] = [], variables: Set<String>) {
        var discovery: PluginDiscovery?
        let entries: [PluginEntry] = cursor?.fields { fields in
            discovery = fields["plugin_discovery"].map { PluginDiscovery($0, site: site) ?? .off }
            let entries = PluginKind.allCases.flatMap { kind in
                (fields[kind.section]?.entries() ?? []).compactMap { name, value in
                    PluginEntry(value, name: name, kind: kind, site: site, remote: remote)
                }
            }
            guard let cursor = fields["adopt"], let adoption = Adoption(cursor) else { return entries }
            if fields.isUsed, let problem = BuiltinEntry.missingProgram(site) { cursor.fail(problem) }
            let taken = entries.filter { $0.enabled && ($0.kind == .llm || $0.kind == .embedder) }.map(\.name)
            return entries + adoption.entries(program: site.builtins, taken: taken)
        } ?? []
        let missing = used.filter { reference in !entries.contains { $0.key == reference.key } }
        self.init(discovery: discovery ?? .beside(site, for: missing), entries: entries, variables: variables)
    }
}

extension PluginDiscovery {
    fileprivate init?(_ cursor: Cursor, site: ConfigurationSite) {
        let discovery = cursor.fields { fields in
            let enabled = fields["enabled"]?.bool() ?? true
            fields.isUsed = fields.isUsed && enabled
            let folders = fields.required("paths", "a list of directories such as [plugins]").map(site.folders)
            return Self(
                enabled: enabled, paths: folders?.existing ?? [],
                scanSubdirectories: fields["scan_subdirectories"]?.bool() ?? false, warnings: (folders?.missing).map { ["\($0.diagnostic)"] } ?? [])
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
            wanted: Set(missing.map(\.key)))
    }
}
