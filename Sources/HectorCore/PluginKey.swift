/// The kind of provider that a plugin is. The raw values are those of `type` in manifests.
public enum PluginKind: String, Sendable, CaseIterable, Codable {
    case llm = "llm_provider"
    case database = "database_provider"
    case embedder = "embedder_provider"
    case tool = "tool_provider"
    case reasoning = "reasoning_strategy"

    /// For a sentence: "an llm_provider".
    package var withArticle: String {
        switch self {
        case .llm, .embedder: "an \(rawValue)"
        case .database, .tool, .reasoning: "a \(rawValue)"
        }
    }
}

/// A plugin in the mesh. Replicas of one key may stand in for one another, wherever they run.
package struct PluginKey: Hashable, Sendable, CustomStringConvertible {
    package let kind: PluginKind
    /// The plugin's name in the mesh, for example `echo-llm`.
    package let name: String

    package init(_ kind: PluginKind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    package var description: String { "\(name) (\(kind.rawValue))" }
}
