import HectorYAML

/// A plugin as a configuration names it.
package struct PluginEntry: Sendable, Equatable {
    /// What kind of provider it is. The raw values are those of manifests.
    package enum Kind: String, Sendable, CaseIterable {
        case llm = "llm_provider"
        case database = "database_provider"
        case embedder = "embedder_provider"
        case tool = "tool_provider"
        case reasoning = "reasoning_strategy"

        /// The key below `plugins` that holds the plugins of this kind.
        package var section: String {
            self == .reasoning ? "reasoning_strategies" : rawValue + "s"
        }
    }

    /// Whether host and plugin identify themselves to each other with certificates made for one run.
    package enum AutoMTLS: String, Sendable, CaseIterable {
        case off
        /// Offered; a plugin that does not know it is used without.
        case offered
        case required
    }

    /// The mesh name: replicas of the same kind and name belong together, wherever they run.
    package let name: String
    package let kind: Kind
    /// The absolute path of the executable; nil when the plugin runs on other machines only.
    package let path: String?
    package let enabled: Bool
    /// What the plugin receives: values as they are written, variables replaced.
    package let config: [String: String]
    /// Processes to run here.
    package let replicas: Int
    /// Nil where it is not set.
    package let startTimeout: Duration?
    package let autoMTLS: AutoMTLS
    /// Whether each call costs money; nil: as the plugin's manifest says.
    package let metered: Bool?
    package let environment: Environment
    /// The environment variables that this entry names with `${…}`, set or not.
    package let variables: Set<String>
    package let origin: Origin

    /// The environment that the plugin's processes get.
    package struct Environment: Sendable, Equatable {
        /// Whether they inherit that of the program that starts them.
        package let inherit: Bool
        /// What they get besides, whatever they inherit.
        package let set: [String: String]

        static let standard = Environment(inherit: true, set: [:])
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
    init?(_ cursor: Cursor, name: String, kind: Kind, site: ConfigurationSite, remote: RemoteSources) {
        let name = cursor.checkLabel(name) ?? name
        let entry = cursor.fields { fields in
            // The key is the plugin's name; older files repeat it, or say it for people, here.
            _ = fields["name"]?.string()
            _ = fields["type"]?.word(WireProtocol.self)
            let enabled = fields["enabled"]?.bool() ?? true
            fields.isUsed = enabled
            let location = fields["path"]
            if location == nil, enabled, remote != .some {
                let reason = remote == .none ? "since no remote source is on" : "which this machine runs"
                fields.fail("path", "this key is required: write the path of the plugin's executable, \(reason)")
            }
            let path = location.flatMap { site.existing(.file, $0) }
            if location == nil, enabled, remote != .outOfPlace {
                for key in ["replicas", "start_timeout", "auto_mtls", "config", "env"] where fields[key] != nil {
                    fields.fail(key, "this needs 'path': without it the plugin runs on other machines only, which have configurations of their own")
                }
            }
            return PluginEntry(
                name: name, kind: kind, path: path, enabled: enabled,
                config: fields["config"].map(Self.config) ?? [:],
                replicas: fields["replicas"]?.integer(in: ConfigurationLimits.replicas) ?? 1,
                startTimeout: fields["start_timeout"]?.duration(in: ConfigurationLimits.startTimeout),
                autoMTLS: fields["auto_mtls"]?.word() ?? .offered, metered: fields["metered"]?.bool(),
                environment: fields["env"].flatMap(Environment.init) ?? .standard, variables: fields.variables, origin: Origin(cursor))
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
