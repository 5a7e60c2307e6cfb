package import HectorCore
import HectorYAML

extension PluginKind {
    /// The key below `plugins` that holds the plugins of this kind.
    package var section: String {
        self == .reasoning ? "reasoning_strategies" : rawValue + "s"
    }
}

/// Whether something other than this file can carry a plugin.
enum RemoteSources {
    case none
    case some
    /// A node's file: what it names runs on its machine.
    case outOfPlace
}

extension PluginEntry {
    private enum WireProtocol: String, CaseIterable { case grpc }

    /// Reads one entry; `name` is its key.
    init?(_ cursor: Cursor, name: String, kind: PluginKind, site: ConfigurationSite, remote: RemoteSources) {
        let name = cursor.checkLabel(name) ?? name
        let entry = cursor.fields { fields in
            // The key is the plugin's name; older files repeat it, or say it for people, here.
            _ = fields["name"]?.string()
            _ = fields["type"]?.word(WireProtocol.self)
            let enabled = fields["enabled"]?.bool() ?? true
            fields.isUsed = enabled
            let builtin = BuiltinEntry(fields, kind: kind, site: site)
            let location = fields["path"]
            let isElsewhere = location == nil && builtin == nil
            if isElsewhere, enabled, remote != .some {
                let reason = remote == .none ? "because no mesh source is enabled" : "because this machine runs it"
                fields.fail("path", "this key is required: write the path of the plugin's executable, \(reason)")
            }
            let path = builtin.map(\.path) ?? location.flatMap { site.existing(.file, $0) }
            if isElsewhere, enabled, remote != .outOfPlace {
                for key in ["replicas", "start_timeout", "auto_mtls", "config", "env", "upgrade"] where fields[key] != nil {
                    fields.fail(key, "this key requires 'path': without it the plugin runs on other machines only, under their own configurations")
                }
            }
            return PluginEntry(
                key: PluginKey(kind, name), path: path, builtin: builtin?.builtin ?? nil, enabled: enabled,
                config: builtin?.config ?? fields["config"].map(Self.config) ?? [:],
                replicas: fields["replicas"]?.integer(in: ConfigurationLimits.replicas) ?? 1,
                startTimeout: fields["start_timeout"]?.duration(in: ConfigurationLimits.startTimeout),
                autoMTLS: fields["auto_mtls"]?.word() ?? .offered, metered: fields["metered"]?.bool(),
                shared: kind == .database ? fields["shared"]?.bool() ?? false : false,
                environment: fields["env"].flatMap(Environment.init) ?? .standard,
                // A built-in plugin gets its keys by its configuration alone, and not in its environment as well.
                variables: builtin == nil ? fields.variables : [], upgrade: fields["upgrade"]?.word() ?? .beside)
        }
        guard let entry else { return nil }
        self = entry
    }

    /// A flat mapping to text: all that a plugin can be sent.
    private static func config(_ cursor: Cursor) -> [String: String] {
        var config: [String: String] = [:]
        for (key, value) in cursor.entries() ?? [] {
            switch value.node.content {
            case .scalar where value.node.isNull:
                value.fail("expected a value: write '' for an empty one, or remove the key")
            case .scalar:
                config[key] = value.string()
            case .sequence, .mapping:
                value.fail("expected a single value: a plugin receives text, not lists or mappings")
            }
        }
        return config
    }
}

extension PluginEntry.Environment {
    fileprivate init?(_ cursor: Cursor) {
        let environment = cursor.fields { fields in
            Self(inherit: fields["inherit"]?.bool() ?? true, set: fields["set"].map(Self.variables) ?? [:])
        }
        guard let environment else { return nil }
        self = environment
    }

    private static func variables(_ cursor: Cursor) -> [String: String] {
        var variables: [String: String] = [:]
        for (name, value) in cursor.entries() ?? [] {
            guard variables.count < ConfigurationLimits.environmentVariables else {
                cursor.fail("more than \(ConfigurationLimits.environmentVariables) variables: remove some")
                break
            }
            guard !name.isEmpty, name.utf8.allSatisfy({ (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) && $0 != UInt8(ascii: "=") }) else {
                value.fail("expected the name of a variable such as OMP_NUM_THREADS, found \(cited(name))", about: name)
                continue
            }
            guard !value.node.isNull else {
                value.fail("expected a value: write '' for an empty one, or remove the key")
                continue
            }
            variables[name] = value.string()
        }
        return variables
    }
}
