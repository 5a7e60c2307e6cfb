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

    private init(_ kind: PluginKind, _ name: String, _ common: ProviderMethods, _ own: [any ProviderMethod]) {
        self.kind = kind
        self.name = name
        self.common = common
        methods = [
            Row(common.initialize, isForwarded: false), Row(common.shutdown, isForwarded: false),
            Row(common.health), Row(common.getManifest), Row(common.getStatus),
        ] + own
    }

    /// Every kind that has a wire form.
    package static let all = [
        ProviderService(
            .llm, LLMProviderMethods.service, LLMProviderMethods.common,
            [
                Row(LLMProviderMethods.generate), Row(LLMProviderMethods.generateStreaming, streamsResponses: true),
                Row(LLMProviderMethods.getModelInfo),
            ]),
        ProviderService(
            .database, DatabaseProviderMethods.service, DatabaseProviderMethods.common,
            [
                Row(DatabaseProviderMethods.upsert), Row(DatabaseProviderMethods.search), Row(DatabaseProviderMethods.delete),
                Row(DatabaseProviderMethods.createCollection), Row(DatabaseProviderMethods.deleteCollection),
            ]),
        ProviderService(
            .embedder, EmbedderProviderMethods.service, EmbedderProviderMethods.common,
            [Row(EmbedderProviderMethods.embed), Row(EmbedderProviderMethods.getEmbedderInfo)]),
    ]

    /// Nil for kinds that have no wire form yet.
    package static func of(_ kind: PluginKind) -> ProviderService? { all.first { $0.kind == kind } }
}

/// One method of a provider service.
package protocol ProviderMethod: Sendable {
    associatedtype Request: SwiftProtobuf.Message
    associatedtype Response: SwiftProtobuf.Message

    /// Its path, its messages, and whether it may be repeated.
    var method: Method<Request, Response> { get }
    /// Whether there may be any number of responses.
    var streamsResponses: Bool { get }
    /// Whether a node passes it on. `Initialize` and `Shutdown` belong to the program that started the plugin.
    var isForwarded: Bool { get }
}

private struct Row<Request: SwiftProtobuf.Message, Response: SwiftProtobuf.Message>: ProviderMethod {
    let method: Method<Request, Response>
    var streamsResponses = false
    var isForwarded = true

    init(_ method: Method<Request, Response>, streamsResponses: Bool = false, isForwarded: Bool = true) {
        self.method = method
        self.streamsResponses = streamsResponses
        self.isForwarded = isForwarded
    }
}
