internal import HectorCore
package import HectorPlugins
package import HectorProto
internal import HectorProviders
internal import HectorRPC

extension PluginTrial {
    /// The tools of the plugin.
    ///
    /// - Throws: `PluginCallError` where the list breaks the rules for tools; as `run`.
    package func tools() async throws -> [Tool] {
        try await run { try await Self.tools(of: $0) }
    }

    /// The tools of a plugin that `run` has started.
    package static func tools(of plugin: ReadyPlugin) async throws -> [Tool] { try await tools(over: plugin.connection) }

    /// Runs one tool.
    ///
    /// - Parameters:
    ///   - arguments: A JSON object.
    ///   - onOutput: Takes each message, the end too.
    /// - Throws: `PluginCallError` for an unknown tool, or arguments that are not a JSON object; `RPCError`.
    package func call(
        tool name: String, arguments: String, onOutput: @escaping @Sendable (ToolOutput) throws -> Void
    ) async throws {
        var request = CallToolRequest()
        request.name = name
        request.argumentsJson = arguments
        if let problem = ToolLimits().problem(request) { throw PluginCallError(problem) }
        try await run { [request] plugin in
            let tools = try await Self.tools(over: plugin.connection)
            guard tools.contains(where: { $0.name == name }) else {
                throw PluginCallError("\(self.name) has no tool \(quoted(name)); \(MeshToolProvider.words(tools, instead: name))")
            }
            try await plugin.connection.serverStreaming(ToolProviderMethods.callTool, request) { outputs in
                var isEnded = false
                for try await output in outputs {
                    if let problem = ToolLimits().problem(output) { throw PluginCallError(problem) }
                    guard !isEnded else { throw PluginCallError("\(quoted(name)) sent output behind its end") }
                    if case .end = output.output { isEnded = true }
                    try onOutput(output)
                }
                guard isEnded else { throw PluginCallError("the output of \(quoted(name)) ended without its end") }
            }
        }
    }

    private static func tools(over connection: ClientConnection) async throws -> [Tool] {
        let tools = try await connection.unary(ToolProviderMethods.listTools, ListToolsRequest()).tools
        if let problem = ToolLimits().problem(tools) { throw PluginCallError(problem) }
        return tools
    }
}
