/// The kind of provider that a plugin is. The raw values are those of `type` in manifests.
public enum PluginType: String, Sendable, CaseIterable, Codable {
    case llm = "llm_provider"
    case database = "database_provider"
    case embedder = "embedder_provider"
    /// Reserved: this version of Hector cannot run such plugins yet.
    case tool = "tool_provider"
    /// Reserved: this version of Hector cannot run such plugins yet.
    case reasoning = "reasoning_strategy"
}
