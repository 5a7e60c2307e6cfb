package import HectorCore
package import SwiftProtobuf

/// The gRPC service of one kind of plugin: the one table that forwarding, supervision, trials and reflection read.
///
/// A new kind of provider is one more row here, beside its messages.
package struct ProviderService: Sendable {
    package let kind: PluginKind
    /// Fully qualified, for example `hector.plugin.LLMProvider`.
    package let name: String
    /// Typed access to the methods that every kind has.
    package let common: ProviderMethods
    /// All of them, those that every kind has first.
    package let methods: [any ProviderMethod]
    /// Names of the methods that a node of this version forwards.
    package let forwarded: [String]
    /// Names of those that every plugin of the kind has.
    package let basic: Set<String>
    /// Names of the methods that a node forwards which does not tell what it forwards.
    package let forwardedUntold: Set<String>

    /// - Parameter commonForwarded: Which nodes forward what every kind has: those of commit 291afae know three kinds.
    private init(
        _ kind: PluginKind, _ name: String, _ common: ProviderMethods, commonForwarded: Forwarding = .always, _ own: [any ProviderMethod]
    ) {
        self.kind = kind
        self.name = name
        self.common = common
        methods = [
            Row(common.initialize, isInquiry: true, forwarded: .never), Row(common.shutdown, isInquiry: true, forwarded: .never),
            Row(common.health, isInquiry: true, forwarded: commonForwarded), Row(common.getManifest, isInquiry: true, forwarded: commonForwarded),
            Row(common.getStatus, isInquiry: true, forwarded: commonForwarded),
        ] + own
        forwarded = methods.filter(\.isForwarded).map(\.name)
        basic = Set(methods.filter { $0.isForwarded && $0.needs.isEmpty }.map(\.name))
        forwardedUntold = Set(methods.filter { $0.forwarded == .always }.map(\.name))
    }

    /// One for every kind.
    package static let all = [
        ProviderService(
            .llm, LLMProviderMethods.service, LLMProviderMethods.common,
            [
                Row(LLMProviderMethods.generate, forwarded: .always),
                Row(LLMProviderMethods.generateStreaming, streamsResponses: true, forwarded: .always),
                Row(LLMProviderMethods.getModelInfo, isInquiry: true, forwarded: .always),
                Row(LLMProviderMethods.generateFrom, streamsResponses: true, needs: [.generateFromImages, .generateFromText, .generateFromTokens]),
                Row(LLMProviderMethods.countTokens, isInquiry: true, needs: .countTokens),
            ]),
        ProviderService(
            .database, DatabaseProviderMethods.service, DatabaseProviderMethods.common,
            [
                Row(DatabaseProviderMethods.upsert, forwarded: .always), Row(DatabaseProviderMethods.search, forwarded: .always),
                Row(DatabaseProviderMethods.delete, forwarded: .always),
                Row(DatabaseProviderMethods.createCollection, forwarded: .always),
                Row(DatabaseProviderMethods.deleteCollection, forwarded: .always),
                Row(DatabaseProviderMethods.upsertBatch, needs: .upsertBatch),
                Row(DatabaseProviderMethods.searchFiltered, needs: .searchFiltered),
                Row(DatabaseProviderMethods.count, needs: .count),
            ]),
        ProviderService(
            .embedder, EmbedderProviderMethods.service, EmbedderProviderMethods.common,
            [
                Row(EmbedderProviderMethods.embed, forwarded: .always),
                Row(EmbedderProviderMethods.getEmbedderInfo, isInquiry: true, forwarded: .always),
                Row(EmbedderProviderMethods.embedBatch, needs: [.embedBatch, .embedDimension, .embedPurpose]),
            ]),
        ProviderService(
            .tool, ToolProviderMethods.service, ToolProviderMethods.common, commonForwarded: .whereTold,
            [
                Row(ToolProviderMethods.listTools, isInquiry: true),
                Row(ToolProviderMethods.callTool, streamsResponses: true),
            ]),
        ProviderService(
            .reasoning, ReasoningStrategyMethods.service, ReasoningStrategyMethods.common, commonForwarded: .whereTold,
            [Row(ReasoningStrategyMethods.decide, streamsResponses: true)]),
    ]

    /// What is left of a plugin's abilities behind a node that forwards only these methods.
    package func abilities(_ declared: Abilities, forwarding names: Set<String>) -> Abilities {
        methods.reduce(declared) { left, method in
            method.needs.isEmpty || names.contains(method.name) ? left : left.subtracting(method.needs)
        }
    }

    package static func of(_ kind: PluginKind) -> ProviderService {
        guard let service = all.first(where: { $0.kind == kind }) else { preconditionFailure("\(kind.rawValue) has no row") }
        return service
    }
}

/// Which nodes forward a method.
package enum Forwarding: Sendable {
    /// None. `Initialize` and `Shutdown` belong to the program that started the plugin.
    case never
    /// Those that tell it in their `NodeState`: every method that came after commit 291afae.
    case whereTold
    /// All. Nodes of commit 291afae forward these and tell nothing, so a row never becomes `always` later.
    case always
}

/// One method of a provider service.
package protocol ProviderMethod: Sendable {
    associatedtype Request: SwiftProtobuf.Message
    associatedtype Response: SwiftProtobuf.Message

    /// Its path, its messages, and whether it may be repeated.
    var method: Method<Request, Response> { get }
    /// Whether there may be any number of responses.
    var streamsResponses: Bool { get }
    /// Whether it is no work: it asks what the plugin is or how it is doing, or begins or ends its life.
    var isInquiry: Bool { get }
    var forwarded: Forwarding { get }
    /// The abilities of a plugin that has it; empty where all plugins of the kind have it.
    var needs: Abilities { get }
}

extension ProviderMethod {
    /// Without its service.
    package var name: String { method.name }
    package var path: String { method.path }
    /// Whether a node of this version forwards it.
    package var isForwarded: Bool { forwarded != .never }
    /// Whether how long its calls take is how long the plugin works: of streams, that depends on what is asked.
    package var measuresService: Bool { !streamsResponses && !isInquiry }
}

private struct Row<Request: SwiftProtobuf.Message, Response: SwiftProtobuf.Message>: ProviderMethod {
    let method: Method<Request, Response>
    let streamsResponses: Bool
    let isInquiry: Bool
    let forwarded: Forwarding
    let needs: Abilities

    init(
        _ method: Method<Request, Response>, streamsResponses: Bool = false, isInquiry: Bool = false, forwarded: Forwarding = .whereTold,
        needs: Abilities = []
    ) {
        self.method = method
        self.streamsResponses = streamsResponses
        self.isInquiry = isInquiry
        self.forwarded = forwarded
        self.needs = needs
    }
}
