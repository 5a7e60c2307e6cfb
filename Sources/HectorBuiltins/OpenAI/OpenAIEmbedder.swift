internal import HectorCore
import HectorPlugin
import NIOCore
internal import HectorProto
import Synchronization

/// An embedder behind OpenAI's API.
final class OpenAIEmbedder: EmbedderProvider {
    private struct Setup: Sendable {
        let service: OpenAIService
        /// What is asked for; nil: the model's own.
        let dimension: Int?
        let batch: Int
        let queryPrefix: String
        let documentPrefix: String
    }

    private let timing: Timing
    private let admit: ConnectionCheck?
    private let limits: BuiltinLimits
    private let setup = Mutex<Setup?>(nil)
    /// The model's own, once a vector has come.
    private let learned = Mutex<Int?>(nil)

    /// - Parameter admit: As `HTTPEndpoint`.
    init(timing: Timing, limits: BuiltinLimits = BuiltinLimits(), admit: ConnectionCheck? = nil) {
        self.admit = admit
        self.timing = timing
        self.limits = limits
    }

    func initialize(config: [String: String]) async throws {
        let settings = Settings(config)
        let setup = Setup(
            service: try OpenAIService(settings, timing: timing, limits: limits, admit: admit), dimension: try settings.integer("dimension", in: 1...65_536),
            batch: try settings.integer("batch", in: 1...2_048) ?? limits.batch,
            queryPrefix: settings["query_prefix"] ?? "", documentPrefix: settings["document_prefix"] ?? "")
        self.setup.withLock { $0 = setup }
        _ = try? await setup.service.ask()
    }

    func health() async throws -> ProviderHealth { try await get().service.health() }

    var about: PluginDescription {
        var takes = ["true"]
        if let setup = setup.withLock({ $0 }) {
            if setup.dimension == nil, setup.service.supposedEngine.takesDimension { takes.append("dimension") }
            if !setup.queryPrefix.isEmpty || !setup.documentPrefix.isEmpty { takes.append("purpose") }
        }
        return PluginDescription(
            name: Builtin.openai.rawValue, version: HectorVersion.current, capabilities: ["embed_batch": takes.joined(separator: ",")])
    }

    func embedderInfo() async throws -> EmbedderInfo {
        let setup = try get()
        var info = EmbedderInfo()
        info.modelName = try await setup.service.ready().model
        // The API does not tell it.
        if learned.withLock({ $0 }) == nil { _ = try await embed("dimension") }
        info.dimension = Int32(clamping: learned.withLock { $0 } ?? 0)
        return info
    }

    func embed(_ text: String) async throws -> [Float] {
        var request = EmbedBatchRequest()
        request.texts = [text]
        return try await embedBatch(request).embeddings.first?.vector ?? []
    }

    func embedBatch(_ request: EmbedBatchRequest) async throws -> EmbedBatchResponse {
        let setup = try get()
        let model = try await setup.service.ready().model
        let prefix =
            switch request.purpose {
            case .query: setup.queryPrefix
            case .document: setup.documentPrefix
            case .unspecified, .UNRECOGNIZED: ""
            }
        let dimension = request.dimension > 0 ? Int(request.dimension) : setup.dimension
        var response = EmbedBatchResponse()
        var start = 0
        while start < request.texts.count {
            let texts = request.texts[start..<min(start + setup.batch, request.texts.count)]
            start = texts.endIndex
            let body: JSON = ["model": .string(model), "input": .array(texts.map { .string(prefix + $0) }), "encoding_format": "float"]
            let answered = try await setup.service.post(
                "/embeddings", body.adding(["dimensions": dimension.map { .integer(Int64($0)) }]), accepting: "application/json")
            let bytes = try await setup.service.server.body(of: answered, upTo: limits.answerBytes)
            guard let list = EmbeddingList(bytes, count: texts.count) else {
                throw ProviderError(.failed, "\(setup.service.server.url) did not answer with a vector for each text")
            }
            for vector in list.vectors {
                var embedding = Embedding()
                embedding.vector = vector
                response.embeddings.append(embedding)
            }
            response.tokensUsed += Int32(clamping: list.tokens)
        }
        let sizes = Set(response.embeddings.map(\.vector.count))
        if let dimension, sizes != [dimension], !sizes.isEmpty {
            throw ProviderError(
                .invalidRequest, "\(setup.service.server.url): the model \(quoted(model)) has vectors of \(sizes.min() ?? 0) elements, not of \(dimension)")
        }
        if request.dimension == 0, let size = sizes.first { learned.withLock { $0 = size } }
        return response
    }

    private func get() throws -> Setup {
        guard let setup = setup.withLock({ $0 }) else { throw ProviderError(.failedPrecondition, "it was not initialized") }
        return setup
    }
}

/// The answer to `POST /embeddings`.
struct EmbeddingList: Sendable, Equatable {
    /// In the order of the texts.
    var vectors: [[Float]]
    var tokens: Int

    /// Nil where it has not exactly one vector of numbers for each text, all of one length.
    init?(_ body: [UInt8], count: Int) {
        guard let json = try? JSONText(body), let data = json["data"] else { return nil }
        var vectors = [[Float]](repeating: [], count: count)
        data.forEachElement { position, entry in
            let index = entry["index"]?.int ?? position
            guard vectors.indices.contains(index) else { return }
            var vector: [Float] = []
            entry["embedding"]?.forEachElement { if let number = $1.double { vector.append(Float(number)) } }
            vectors[index] = vector
        }
        guard Set(vectors.map(\.count)).count <= 1, vectors.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isFinite) }) else { return nil }
        self.vectors = vectors
        tokens = (json["usage"]?["total_tokens"] ?? json["usage"]?["prompt_tokens"])?.int ?? 0
    }
}
