package import HectorYAML

/// A configuration that stands in a YAML file of its own.
package protocol ConfigurationFile {
    /// What a document decodes to that is not even a mapping; dropped with its problems.
    static var nothing: Self { get }

    /// The key that shows that a document with these top-level keys belongs to the other program; nil if it does not.
    static func isOther(_ root: [YAMLNode.Entry]) -> YAMLNode.Key?

    /// Which program reads that file, and what this one needs.
    static var other: String { get }

    /// Takes the keys it knows, and any value where one is wrong: problems are reported to the fields.
    init(_ fields: Fields, site: ConfigurationSite)
}

extension ConfigurationFile {
    /// Reads and checks the file at `path`. `environment` is what `${VAR}` and `~` stand for.
    package static func load(path: String, environment: [String: String]) throws(ConfigurationError) -> Self {
        do throws(InvalidYAML) {
            return try Self(YAMLDocument(contentsOf: path, limits: .configuration), environment: environment, site: ConfigurationSite(of: path))
        } catch {
            throw ConfigurationError(error.diagnostics)
        }
    }

    /// Checks a text that stands for a file in the current directory.
    package static func read(_ text: String, environment: [String: String]) throws(ConfigurationError) -> Self {
        do throws(InvalidYAML) {
            return try Self(
                YAMLDocument(text: text, file: "(adopted)", limits: .configuration), environment: environment, site: ConfigurationSite(folder: "/"))
        } catch {
            throw ConfigurationError(error.diagnostics)
        }
    }

    /// Checks a document that has been read already.
    package init(
        _ document: YAMLDocument, environment: [String: String], site: ConfigurationSite
    ) throws(InvalidYAML) {
        if case .mapping(let entries) = document.root.content, let key = Self.isOther(entries) {
            throw InvalidYAML([
                Diagnostic(file: document.file, position: key.position, path: key.text, message: "this is the other program's configuration: \(Self.other)")
            ])
        }
        self = try document.decode(environment: environment) { root in
            root.fields { Self($0, site: site) } ?? .nothing
        }
    }
}

extension YAMLNode {
    var isMapping: Bool { if case .mapping = content { true } else { false } }
}

extension YAMLNode.Entry {
    /// What stands below the key, where that is a mapping.
    var members: [YAMLNode.Entry] { if case .mapping(let entries) = value.content { entries } else { [] } }
}

extension Fields {
    /// One remark for each variable that is not set, in parts that are switched off.
    var remarks: [Remark] {
        warnings.map { Remark(origin: Origin($0), message: $0.message) }
    }
}
