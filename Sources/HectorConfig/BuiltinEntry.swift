import HectorCore
import HectorYAML

/// What an entry says of the built-in plugin that it means: `{openai: {…}}`, or `{path: builtin:openai, config: {…}}`.
struct BuiltinEntry {
    /// Nil for one that does not exist, which has been reported.
    let builtin: Builtin?
    /// The program that serves it; nil where it is not there, which has been reported.
    let path: String?
    let config: [String: String]

    /// Nil where the entry means no built-in plugin. Problems with one that it means are reported.
    init?(_ fields: Fields, kind: PluginKind, site: ConfigurationSite) {
        let ofThisKind = Builtin.allCases.filter { $0.description.kinds.contains(kind) }
        let short = ofThisKind.filter { fields[$0.rawValue] != nil }
        let name = Self.name(inPath: fields)
        guard !short.isEmpty || name != nil else { return nil }
        guard let builtin = short.first ?? name.flatMap(Builtin.init) else {
            Self.refuse(name ?? "", kind, fields)
            // Known, although nobody can say what may be in it.
            _ = fields["config"]
            (self.builtin, path, config) = (nil, nil, [:])
            return
        }
        let key = short.isEmpty ? "config" : builtin.rawValue
        self.builtin = builtin
        if !builtin.description.kinds.contains(kind) {
            let kinds = builtin.description.kinds.map(\.section).joined(separator: " or ")
            fields.fail("path", "\(builtin) is no \(kind.rawValue): move this entry to \(kinds)")
        }
        for other in short.dropFirst().map(\.rawValue) + (short.isEmpty ? [] : ["path", "config"]) where fields[other] != nil {
            fields.fail(other, "\(key) says which plugin this is and how it is set up: remove this key or that one")
        }
        if fields[key] == nil, let missing = builtin.description.settings.first(where: \.isRequired), fields.isUsed {
            fields.fail("config", "this key is required: write \(missing.name) and what else the built-in plugin \(builtin) needs")
        }
        config = fields[key].map { Self.config($0, of: builtin, site) } ?? [:]
        path = site.builtins
        guard fields.isUsed, let problem = Self.missingProgram(site) else { return }
        fields.fail(short.isEmpty ? "path" : key, problem)
    }

    /// What is to be said where the program of the built-in plugins is not there.
    static func missingProgram(_ site: ConfigurationSite) -> String? {
        guard site.builtins.map({ !site.exists($0, .file) }) ?? true else { return nil }
        return "built-in plugins need the program \(site.builtins.map { cited($0) } ?? Builtin.program) beside this one, which is not there: install it from the same release"
    }

    /// What stands behind `builtin:`; nil for a path of an executable.
    private static func name(inPath fields: Fields) -> String? {
        guard case .scalar(let text, _) = fields["path"]?.node.content, text.hasPrefix(Builtin.scheme) else { return nil }
        return String(text.dropFirst(Builtin.scheme.count))
    }

    private static func refuse(_ name: String, _ kind: PluginKind, _ fields: Fields) {
        let names = Builtin.allCases.filter { $0.description.kinds.contains(kind) }.map(\.rawValue)
        let hint = nearest(to: name, among: names).map { "did you mean \(cited($0))?" } ?? "there are \(names.joined(separator: ", "))"
        fields.fail("path", "there is no built-in \(kind.rawValue) \(cited(name)): \(names.isEmpty ? "write the path of an executable" : hint)")
    }

    /// All that a plugin can be sent is text, so lists and mappings become JSON.
    private static func config(_ cursor: Cursor, of builtin: Builtin, _ site: ConfigurationSite) -> [String: String] {
        cursor.fields { fields in
            var config: [String: String] = [:]
            for setting in builtin.description.settings {
                let value = setting.isRequired
                    ? fields.required(setting.name, "what the built-in plugin \(builtin) cannot do without") : fields[setting.name]
                config[setting.name] = value.flatMap { Self.text(of: $0, setting.form, site) }
            }
            return config
        } ?? [:]
    }

    private static func text(of value: Cursor, _ form: Builtin.Setting.Form, _ site: ConfigurationSite) -> String? {
        switch form {
        case .text: value.string()
        case .number(let range): value.number(in: range).flatMap { _ in value.string() }
        case .flag: value.bool().map { $0 ? "true" : "false" }
        case .time(let range): value.duration(in: range).map(DurationText.format)
        case .path: value.filePath(relativeTo: site.folder)
        case .list: value.list().map { JSON.array($0.compactMap { $0.string().map(JSON.string) }).text }
        case .mapping:
            value.entries().map { entries in
                JSON.object(Dictionary(entries.compactMap { key, value in value.string().map { (key, .string($0)) } }) { $1 }).text
            }
        }
    }
}
