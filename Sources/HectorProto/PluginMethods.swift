/// The five methods that every provider service has.
public struct ProviderMethods: Sendable {
    public let initialize: Method<InitializeRequest, InitializeResponse>
    public let shutdown: Method<ShutdownRequest, ShutdownResponse>
    public let health: Method<HealthRequest, HealthResponse>
    public let getManifest: Method<ManifestRequest, ManifestResponse>
    public let getStatus: Method<StatusRequest, StatusResponse>

    init(_ service: String) {
        initialize = Method(service, "Initialize", .notIdempotent)
        shutdown = Method(service, "Shutdown", .notIdempotent)
        health = Method(service, "Health", .idempotent)
        getManifest = Method(service, "GetManifest", .idempotent)
        getStatus = Method(service, "GetStatus", .idempotent)
    }
}

/// `hector.plugin.LLMProvider`
public enum LLMProviderMethods {
    public static let service = "hector.plugin.LLMProvider"
    public static let common = ProviderMethods(service)
    public static let generate = Method<GenerateRequest, GenerateResponse>(service, "Generate", .idempotent)
    public static let generateStreaming = Method<GenerateRequest, StreamChunk>(service, "GenerateStreaming", .idempotent)
    public static let generateFrom = Method<GenerateFromRequest, StreamChunk>(service, "GenerateFrom", .idempotent)
    public static let getModelInfo = Method<Empty, ModelInfo>(service, "GetModelInfo", .idempotent)
    public static let countTokens = Method<CountTokensRequest, CountTokensResponse>(service, "CountTokens", .idempotent)
}

/// `hector.plugin.DatabaseProvider`
public enum DatabaseProviderMethods {
    public static let service = "hector.plugin.DatabaseProvider"
    public static let common = ProviderMethods(service)
    public static let upsert = Method<UpsertRequest, UpsertResponse>(service, "Upsert", .idempotent)
    public static let search = Method<SearchRequest, SearchResponse>(service, "Search", .idempotent)
    public static let delete = Method<DeleteRequest, DeleteResponse>(service, "Delete", .idempotent)
    public static let createCollection =
        Method<CreateCollectionRequest, CreateCollectionResponse>(service, "CreateCollection", .notIdempotent)
    public static let deleteCollection =
        Method<DeleteCollectionRequest, DeleteCollectionResponse>(service, "DeleteCollection", .notIdempotent)
    public static let upsertBatch = Method<UpsertBatchRequest, UpsertBatchResponse>(service, "UpsertBatch", .idempotent)
    public static let searchFiltered = Method<SearchFilteredRequest, SearchResponse>(service, "SearchFiltered", .idempotent)
    public static let count = Method<CountRequest, CountResponse>(service, "Count", .idempotent)
}

/// `hector.plugin.EmbedderProvider`
public enum EmbedderProviderMethods {
    public static let service = "hector.plugin.EmbedderProvider"
    public static let common = ProviderMethods(service)
    public static let embed = Method<EmbedRequest, EmbedResponse>(service, "Embed", .idempotent)
    public static let embedBatch = Method<EmbedBatchRequest, EmbedBatchResponse>(service, "EmbedBatch", .idempotent)
    public static let getEmbedderInfo = Method<Empty, EmbedderInfo>(service, "GetEmbedderInfo", .idempotent)
}

/// `hector.plugin.ToolProvider`
public enum ToolProviderMethods {
    public static let service = "hector.plugin.ToolProvider"
    public static let common = ProviderMethods(service)
    public static let listTools = Method<ListToolsRequest, ListToolsResponse>(service, "ListTools", .idempotent)
    /// A tool whose annotations say that it is idempotent may be called again, whatever is said here.
    public static let callTool = Method<CallToolRequest, ToolOutput>(service, "CallTool", .notIdempotent)
}

/// `hector.plugin.ReasoningStrategy`
public enum ReasoningStrategyMethods {
    public static let service = "hector.plugin.ReasoningStrategy"
    public static let common = ProviderMethods(service)
    public static let decide = Method<DecideRequest, DecideEvent>(service, "Decide", .idempotent)
}
