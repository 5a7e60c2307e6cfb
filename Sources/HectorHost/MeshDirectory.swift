internal import HectorCore
internal import HectorAgents
internal import HectorMembership
internal import HectorMesh
internal import HectorProviders
internal import OrderedCollections

/// Every provider that this host knows of, by its mesh name.
struct MeshDirectory: ProviderDirectory {
    /// What the configuration says.
    struct Settings: Sendable, Equatable {
        /// Configured, discovered here, or used by an agent.
        var known: OrderedSet<PluginKey> = []
        /// Used by an agent: shown as waited for until a replica carries it.
        var used: Set<PluginKey> = []
        /// Other names for models, by these names.
        var aliases: [String: String] = [:]
        /// Plugins whose calls cost money, or do not.
        var metered: [PluginKey: Bool] = [:]
        var limits: CallLimits
    }

    let settings: Live<Settings>
    let router: Router
    let now: @Sendable () -> Instant
    let children: Children
    let log: FailedCalls
    private let toolLists = ToolLists()

    private var known: OrderedSet<PluginKey> { settings.value.known }
    private var aliases: [String: String] { settings.value.aliases }

    var llmNames: [String] { names(of: .llm) }
    var embedderNames: [String] { names(of: .embedder) }

    /// Names of plugins of that kind that callers can use: those of this host first, and other names for models last.
    func names(of kind: PluginKind) -> [String] {
        let here = known.filter { $0.kind == kind && isKnown($0) }.map(\.name)
        let others = kind.hasModels ? aliases.keys.filter { meaning(of: $0, kind) != .unknown }.sorted() : []
        return Array(OrderedSet(here + router.plugins(of: kind) + others))
    }

    /// The plugin that a name means: the configuration's `models` first, then names of plugins, then labels.
    func meaning(of name: String, _ kind: PluginKind) -> Meaning {
        let name = kind.hasModels ? aliases[name] ?? name : name
        let meaning = router.meaning(of: name, kind)
        guard meaning == .unknown, isKnown(PluginKey(kind, name)) else { return meaning }
        return .plugin(PluginKey(kind, name))
    }

    /// Its calls wait for a replica, though no replica carries it yet.
    private func isKnown(_ plugin: PluginKey) -> Bool { known.contains(plugin) && !children.serveOthersOnly(plugin) }

    private func plugin(_ kind: PluginKind, _ name: String) -> PluginKey? {
        if case .plugin(let key) = meaning(of: name, kind) { key } else { nil }
    }

    func llm(_ name: String) -> (any LanguageModel)? { model(name) }

    func meant(_ name: String, _ kind: PluginKind) -> String { plugin(kind, name)?.name ?? name }

    func whyUnknown(llm name: String) -> String? {
        guard case .several(let names) = meaning(of: name, .llm) else { return nil }
        guard names.allSatisfy({ Label.of($0) == name }) else {
            return "\(quoted(name)) is the name of several contents, \(names.map(quoted).joined(separator: ", ")): call one by its whole name"
        }
        return ambiguity(name, names)
    }

    func mayServe(llm name: String, needs: Abilities) -> Bool { plugin(.llm, name).map { router.mayServe($0, needs: needs) } ?? false }

    func whyNotReady(llm name: String) -> String {
        // Another one may have come meanwhile.
        router.snapshot().whyNotReady(plugin: meant(name, .llm)) ?? "The model was not ready; try again."
    }

    func model(_ name: String) -> MeshLLMProvider? { plugin(.llm, name).map { MeshLLMProvider(caller: caller($0)) } }

    func embedder(_ name: String) -> (any Embedder)? {
        plugin(.embedder, name).map { MeshEmbedderProvider(caller: caller($0)) }
    }

    func database(_ name: String) -> (any DatabaseProvider)? { plugin(.database, name).map { MeshDatabaseProvider(caller: caller($0)) } }

    func toolProvider(_ name: String) -> (any ToolProvider)? {
        plugin(.tool, name).map { MeshToolProvider(caller: caller($0), lists: toolLists) }
    }

    func whyNotReady(tools name: String) -> String? { whyNotReady(.tool, name) }
    func whyNotReady(database name: String) -> String? { whyNotReady(.database, name) }

    private func whyNotReady(_ kind: PluginKind, _ name: String) -> String? {
        guard let plugin = plugin(kind, name), !router.mayServe(plugin) else { return nil }
        return router.snapshot().whyNotReady(plugin: plugin.name) ?? "no replica of it is ready"
    }

    func reasoningStrategy(_ name: String) -> (any ReasoningStrategy)? {
        plugin(.reasoning, name).map { MeshReasoningStrategy(caller: caller($0)) }
    }

    /// What a person should know of labels that stand for several names, of names that stand for several contents, and of replicas that
    /// are not used because they keep other data.
    var conditions: [MeshCondition] {
        router.otherContents.map { MeshCondition(.contentDiffers, $0.plugin.name, $0.text) } + otherStores + router.sharedLabels.map { shared in
            let names = shared.names.map(quoted).joined(separator: ", ")
            let text = switch shared.kind.hasModels ? aliases[shared.label] : nil {
            case let meant?: "the label \(shared.label) is that of several plugins (\(names)) and means \(quoted(meant)), as 'models' says"
            case nil where shared.names.contains(shared.label):
                "the label \(shared.label) is that of several plugins (\(names)) and means the one of that very name; call the others by their names"
            case nil: ambiguity(shared.label, shared.names)
            }
            return MeshCondition(.labelShared, "\(shared.kind.rawValue) \(shared.label)", text)
        }
    }

    private var otherStores: [MeshCondition] {
        router.replicasOfOtherStores.map { replica in
            let text = replica.plugin.kind == .database
                ? "it keeps its data in another store than the replicas that served first; let all of them use one store and name it in the manifest (capability store), set shared: true in the plugin's entry, or give the other database a name of its own"
                : "the content behind its name (its digest) is not that of the replicas that served first; bring all machines to one version of it, or offer this one under another name"
            return MeshCondition(
                .storeDiffers, "\(replica)", node: replica.host, "\(replica.plugin.name): the replica \(replica) is not used, since \(text)")
        }
    }

    private func ambiguity(_ label: String, _ names: [String]) -> String {
        "the label \(label) is that of several plugins, \(names.map(quoted).joined(separator: ", ")), and so means no plugin: call one by its name, or say which one is meant in the configuration (models: {\(label): NAME})"
    }

    func caller(_ kind: PluginKind, _ name: String) -> MeshCaller { caller(PluginKey(kind, name)) }

    private func caller(_ plugin: PluginKey) -> MeshCaller {
        let settings = settings.value
        return MeshCaller(plugin: plugin, router: router, now: now, limits: settings.limits, metered: settings.metered[plugin], log: log)
    }
}

extension OtherContent {
    /// For people.
    var text: String {
        "\(hosts.joined(separator: ", ")) \(hosts.count == 1 ? "has" : "have") other content under the name \(quoted(name)) than the replicas that came first (digest \(singleLine(digest, limit: 80))): it is called by the name \(quoted(plugin.name)), here and in the configuration"
    }
}

extension PluginKind {
    /// Whether clients call its plugins as models.
    fileprivate var hasModels: Bool { self == .llm || self == .embedder }
}
