internal import HectorCore
import HectorPlugin

/// The tools of an MCP server.
final class MCPTools: ToolProvider {
    init(timing: Timing) {}

    let about = PluginDescription(name: "mcp", version: HectorVersion.current)

    func tools() async throws -> [Tool] { [] }
    func call(_ request: CallToolRequest, onOutput: @escaping @Sendable (ToolOutput) async throws -> Void) async throws -> ToolEnd {
        throw ProviderError(.unsupported, "not yet")
    }
}
