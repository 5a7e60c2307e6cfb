/// What kind of provider a plugin is. The raw values are those of manifests.
public enum PluginType: String, Sendable, CaseIterable, Codable {
    case llm = "llm_provider"
    case database = "database_provider"
    case embedder = "embedder_provider"
    case tool = "tool_provider"
    case reasoning = "reasoning_strategy"
}
