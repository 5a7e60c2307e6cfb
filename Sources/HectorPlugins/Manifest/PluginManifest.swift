import Glibc
package import HectorCore
package import HectorYAML

/// What `NAME.plugin.yaml` beside an executable `NAME` says of a plugin.
package struct PluginManifest: Sendable, Hashable {
    package static let suffix = ".plugin.yaml"

    package var name: String
    package var version: SemanticVersion
    package var kind: PluginKind
    package var author: String
    package var summary: String
    package var homepage: String
    package var license: String
    /// Which versions of Hector the plugin works with; nil: any.
    package var hectorVersion: VersionRange?
    package var configSchema: ConfigSchema
    /// For example `streaming: "true"`.
    package var capabilities: [String: String]

    /// Reads a manifest. Unknown keys are ignored, since manifests are also written for later versions.
    package init(_ document: YAMLDocument) throws(InvalidYAML) {
        // Not expanded: a manifest is the plugin author's file, and must not see our environment.
        let manifest = try document.decode(environment: nil) { root in
            root.fields(unknownKeys: .ignored) { fields in
                fields.required("plugin", "a mapping with name, version, type and protocol").flatMap(Self.init(plugin:))
            } ?? nil
        }
        guard let manifest else {
            // Nothing was reported and yet nothing was read: cannot be, but costs nothing to say.
            throw InvalidYAML([Diagnostic(file: document.file, position: document.root.position, message: "this is not a plugin manifest")])
        }
        self = manifest
    }

    private init?(plugin: Cursor) {
        let manifest = plugin.fields(unknownKeys: .ignored) { fields -> PluginManifest? in
            if let spoken = fields.required("protocol", "grpc"), let text = spoken.string(), text != "grpc" {
                spoken.fail("the only supported protocol is grpc, not '\(singleLine(text, limit: 60))'")
            }
            let name = fields.required("name", "the plugin's name, such as echo-llm")?.nonEmptyString()
            let version = fields.required("version", "a semantic version such as 1.0.0").flatMap { value in
                value.string().flatMap { text in
                    SemanticVersion(text) ?? Self.failed(value, "expected a semantic version such as 1.0.0")
                }
            }
            let kind = fields.required("type", "one of \(PluginKind.allCases.map(\.rawValue).joined(separator: ", "))")?
                .word(PluginKind.self)
            let range = fields["hector_version"].flatMap { value in
                value.string().flatMap { text in
                    VersionRange(text) ?? Self.failed(value, "expected a range of versions such as '>=0.1.0' or '^1.2'")
                }
            }
            let schema = fields["config_schema"].flatMap(Self.schema) ?? ConfigSchema()
            let capabilities = fields["capabilities"].map(Self.texts) ?? [:]
            func text(_ key: String) -> String { fields[key]?.string() ?? "" }
            let texts = ["author", "description", "homepage", "license"].map(text)
            guard let name, let version, let kind else { return nil }
            return PluginManifest(
                name: name, version: version, kind: kind, author: texts[0], summary: texts[1], homepage: texts[2],
                license: texts[3], hectorVersion: range, configSchema: schema, capabilities: capabilities)
        }
        guard let manifest = manifest ?? nil else { return nil }
        self = manifest
    }

    package init(
        name: String, version: SemanticVersion, kind: PluginKind, author: String = "", summary: String = "",
        homepage: String = "", license: String = "", hectorVersion: VersionRange? = nil,
        configSchema: ConfigSchema = ConfigSchema(), capabilities: [String: String] = [:]
    ) {
        self.name = name
        self.version = version
        self.kind = kind
        self.author = author
        self.summary = summary
        self.homepage = homepage
        self.license = license
        self.hectorVersion = hectorVersion
        self.configSchema = configSchema
        self.capabilities = capabilities
    }

    /// The manifest beside an executable; nil when there is none.
    package static func beside(executable path: String) throws(InvalidYAML) -> PluginManifest? {
        let file = path + suffix
        guard access(file, F_OK) == 0 else { return nil }
        return try PluginManifest(YAMLDocument(contentsOf: file))
    }

    private static func schema(_ cursor: Cursor) -> ConfigSchema? {
        cursor.fields(unknownKeys: .ignored) { fields in
            func names(_ key: String) -> [String] {
                fields[key]?.list()?.compactMap { $0.nonEmptyString() } ?? []
            }
            return ConfigSchema(
                required: names("required"), optional: names("optional"), defaults: fields["defaults"].map(texts) ?? [:])
        }
    }

    private static func texts(_ cursor: Cursor) -> [String: String] {
        let entries = cursor.entries() ?? []
        return Dictionary(entries.compactMap { key, value in
            value.node.isNull ? nil : value.string().map { (key, $0) }
        }) { first, _ in first }
    }

    private static func failed<Value>(_ cursor: Cursor, _ message: String) -> Value? {
        cursor.fail(message)
        return nil
    }
}

extension InvalidYAML {
    var oneLine: String { diagnostics.map(\.description).joined(separator: "; ") }
}
