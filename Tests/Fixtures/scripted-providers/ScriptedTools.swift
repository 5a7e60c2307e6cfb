package import HectorProviders
import Synchronization

/// Tools that do what the test says, and remember how often each was called.
package final class ScriptedTools: ToolProvider {
    package typealias Script = @Sendable (CallToolRequest, @escaping @Sendable (ToolOutput) async throws -> Void) async throws -> ToolEnd

    package let about = PluginDescription(name: "scripted", version: "1.0.0")
    private let list: @Sendable () async throws -> [Tool]
    private let script: Script
    private let called = Mutex<[CallToolRequest]>([])

    package init(_ list: @escaping @Sendable () async throws -> [Tool], _ script: @escaping Script) {
        self.list = list
        self.script = script
    }

    /// Each tool answers with its name and arguments.
    package convenience init(_ tools: [Tool]) {
        self.init({ tools }) { request, onOutput in
            try await onOutput(.text("\(request.name) \(request.argumentsJson)"))
            return .done
        }
    }

    package var calls: [CallToolRequest] { called.withLock { $0 } }

    package func tools() async throws -> [Tool] { try await list() }

    package func call(
        _ request: CallToolRequest, onOutput: @escaping @Sendable (ToolOutput) async throws -> Void
    ) async throws -> ToolEnd {
        called.withLock { $0.append(request) }
        return try await script(request, onOutput)
    }
}

/// A strategy that decides what the test says.
package final class ScriptedStrategy: ReasoningStrategy {
    package typealias Script = @Sendable (DecideRequest, @escaping @Sendable (DecideEvent) async throws -> Void) async throws -> DecideEvent

    package let about = PluginDescription(name: "scripted", version: "1.0.0")
    private let script: Script
    private let asked = Mutex<[DecideRequest]>([])

    package init(_ script: @escaping Script) { self.script = script }

    package var requests: [DecideRequest] { asked.withLock { $0 } }

    package func decide(
        _ request: DecideRequest, onEvent: @escaping @Sendable (DecideEvent) async throws -> Void
    ) async throws -> DecideEvent {
        asked.withLock { $0.append(request) }
        return try await script(request, onEvent)
    }
}
