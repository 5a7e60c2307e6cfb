package import HectorAgents
package import HectorCore
package import HectorProviders
import Synchronization

/// A model that does what the test says, and remembers what it was asked.
package final class ScriptedLLM: LLMProvider {
    package typealias Script = @Sendable (GenerateRequest, @Sendable (StreamChunk) async throws -> Void) async throws -> GenerationEnd

    package let about: PluginDescription
    private let script: Script
    private let asked = Mutex<[GenerateRequest]>([])
    private let askedFrom = Mutex<[GenerateFromRequest]>([])

    package init(capabilities: [String: String] = [:], _ script: @escaping Script) {
        about = PluginDescription(name: "scripted", version: "1.0.0", capabilities: capabilities)
        self.script = script
    }

    /// Answers with the last message's text, word by word.
    package convenience init() {
        self.init { request, onChunk in
            for word in request.messages.last?.content.split(separator: " ") ?? [] {
                try await onChunk(.text("\(word) "))
            }
            return 7
        }
    }

    package var requests: [GenerateRequest] { asked.withLock { $0 } }

    package func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        let response = Mutex(GenerateResponse())
        let end = try await generateStreaming(request) { chunk in
            response.withLock {
                $0.text += chunk.text
                if chunk.type == .toolCall { $0.toolCalls.append(chunk.toolCall) }
            }
        }
        return response.withLock {
            $0.tokensUsed = Int32(end.tokensUsed)
            if end.finishReason != .unspecified { $0.finishReason = end.finishReason }
            if let usage = end.usage { $0.usage = usage }
            return $0
        }
    }

    package func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        asked.withLock { $0.append(request) }
        return try await script(request, onChunk)
    }
}

extension ScriptedLLM {
    /// The script answers the request in it; `froms` has what was asked.
    package func generateFrom(
        _ request: GenerateFromRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        askedFrom.withLock { $0.append(request) }
        return try await generateStreaming(request.request, onChunk: onChunk)
    }

    package var froms: [GenerateFromRequest] { askedFrom.withLock { $0 } }
}

/// The models of a test by their mesh names.
package struct Directory: ProviderDirectory {
    private let llms: [String: any LLMProvider]
    private let embedders: [String: any EmbedderProvider]

    private let databases: [String: any DatabaseProvider]
    private let tools: [String: any ToolProvider]
    private let strategies: [String: any ReasoningStrategy]
    private let ready: Set<String>

    /// - Parameter ready: Models and tools that may serve; nil: all.
    package init(
        llms: [String: any LLMProvider], embedders: [String: any EmbedderProvider] = [:], tools: [String: any ToolProvider] = [:],
        strategies: [String: any ReasoningStrategy] = [:], databases: [String: any DatabaseProvider] = [:], ready: Set<String>? = nil
    ) {
        self.llms = llms
        self.embedders = embedders
        self.tools = tools
        self.databases = databases
        self.strategies = strategies
        self.ready = ready ?? Set(llms.keys).union(tools.keys)
    }

    package var llmNames: [String] { llms.keys.sorted() }
    package var embedderNames: [String] { embedders.keys.sorted() }
    package func embedder(_ name: String) -> (any Embedder)? { embedders[name].map { ProvidedEmbedder($0) } }
    package func llm(_ name: String) -> (any LanguageModel)? { llms[name].map { ProvidedModel($0) } }
    package func mayServe(llm name: String, needs: Abilities) -> Bool { ready.contains(name) && llm(name)?.mayMeet(needs) ?? false }
    package func whyNotReady(llm name: String) -> String { "No replica of the plugin \"\(name)\" is ready." }
    package func database(_ name: String) -> (any DatabaseProvider)? { databases[name] }
    package func toolProvider(_ name: String) -> (any ToolProvider)? { tools[name] }
    package func whyNotReady(tools name: String) -> String? { ready.contains(name) ? nil : whyNotReady(llm: name) }
    package func reasoningStrategy(_ name: String) -> (any ReasoningStrategy)? { strategies[name] }
}
