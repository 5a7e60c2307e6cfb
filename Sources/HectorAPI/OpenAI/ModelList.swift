import HectorAgents
import HectorCore
import HectorMesh
import OrderedCollections

/// What can be asked for by the name of a model.
struct ModelEntry: Sendable, Equatable {
    enum Kind: String, Sendable {
        case agent, llm, embedder
    }

    var name: String
    var kind: Kind
    /// The mesh name of the plugin that serves it; of a plugin its own.
    var plugin: String
    /// What every replica that is ready can do beyond what all plugins of its kind can: `Abilities.keys`.
    var abilities: [String] = []
    /// Replicas of the plugin that are ready.
    var ready = 0
    /// Tokens that the model's context has; nil where its plugin does not say, or was not asked.
    var contextLength: Int?

    /// In OpenAI's form, with members of our own behind it.
    var openAI: JSON {
        let model: JSON = [
            "id": .string(name), "object": "model", "created": 0, "owned_by": "hector",
            "kind": .string(kind.rawValue), "plugin": .string(plugin), "capabilities": .array(abilities.map(JSON.string)),
            "replicas_ready": .integer(Int64(ready)),
        ]
        return model.adding(["context_length": contextLength.map { .integer(Int64($0)) }])
    }
}

/// Tells which models there are.
struct ModelList: Sendable {
    /// As the caller sees it.
    let backend: ChatBackend
    let snapshot: @Sendable () -> MeshSnapshot
    let contextLengths: ContextLengths

    /// Public agents, the LLM plugins, and the embedders whose name neither has.
    var all: [ModelEntry] {
        get async {
            let ready = readyReplicas()
            let recipients = backend.models.compactMap { name in (try? backend.model(name)).map { (name, $0) } }
            var chats = recipients.map { entry($0.0, $0.1, ready) }
            // Several may stand for one plugin, which is asked once.
            let asked = zip(chats, recipients).filter { $0.0.ready > 0 }.map { (backend.plugin(meant: $0.0.plugin), $0.1.1) }
            let lengths = await contextLengths.lengths(of: Dictionary(asked, uniquingKeysWith: { first, _ in first }), backend)
            for index in chats.indices { chats[index].contextLength = lengths[backend.plugin(meant: chats[index].plugin)] }
            return chats + backend.embeddersAlone.map { embedder($0, ready) }
        }
    }

    /// The model of that name, listed or not, with the length of its context.
    ///
    /// - Throws: `APIError.modelNotFound`.
    func model(_ name: String) async throws(APIError) -> ModelEntry {
        let ready = readyReplicas()
        do throws(AgentError) {
            let recipient = try backend.model(name)
            var entry = entry(name, recipient, ready)
            if entry.ready > 0 { entry.contextLength = await backend.contextLength(of: recipient) }
            return entry
        } catch {
            guard (try? backend.embedder(name)) != nil else { throw APIError(.modelNotFound, error.message, parameter: "model") }
            return embedder(name, ready)
        }
    }

    private func entry(_ name: String, _ recipient: Recipient, _ ready: Ready) -> ModelEntry {
        let kind: ModelEntry.Kind = if case .agent = recipient { .agent } else { .llm }
        return ModelEntry(
            name: name, kind: kind, plugin: recipient.plugin, abilities: backend.abilities(of: recipient).keys,
            ready: replicas(.llm, recipient.plugin, ready))
    }

    private func embedder(_ name: String, _ ready: Ready) -> ModelEntry {
        let abilities = (try? backend.embedder(name))?.abilities.keys ?? []
        return ModelEntry(name: name, kind: .embedder, plugin: name, abilities: abilities, ready: replicas(.embedder, name, ready))
    }

    private func replicas(_ kind: PluginKind, _ name: String, _ ready: Ready) -> Int {
        ready[kind.rawValue]?[backend.plugin(meant: name, kind)] ?? 0
    }

    /// How many are ready, by type and plugin.
    private typealias Ready = [String: [String: Int]]

    private func readyReplicas() -> Ready {
        var ready: Ready = [:]
        for replica in snapshot().replicas where replica.state == .ready { ready[replica.type, default: [:]][replica.plugin, default: 0] += 1 }
        return ready
    }
}
