// An engine of several models and embedders: each says its name, and what it was asked. Some words change what it offers.
#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif
import HectorPlugin
import Synchronization

final class Engine: LLMProvider {
    let about = PluginDescription(name: "engine", version: "1.0.0")
    let offers: OfferBoard? = OfferBoard()
    private let settings = Mutex<[String: String]>([:])

    /// `models` and `embedders`: names, separated by commas; `digest`: that of all of them.
    func initialize(config: [String: String]) async throws {
        settings.withLock { $0 = config }
        offer((config["models"] ?? "").split(separator: ",").map(String.init))
    }

    private func offer(_ names: [String]) {
        let digest = settings.withLock { $0["digest"] ?? "" }
        let embedders = settings.withLock { $0["embedders"] ?? "" }.split(separator: ",").map { Offer.embedder(String($0)) }
        offers?.set(names.map { .model($0, digest: digest, capabilities: ["options": "seed", "count_tokens": "true"]) } + embedders)
    }

    func countTokens(_ request: GenerateRequest) async throws -> Int {
        guard !request.messages.isEmpty else { throw ProviderError(.invalidRequest, "there are no messages to count") }
        return request.messages.reduce(0) { $0 + $1.content.split(separator: " ").count }
    }

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        let text = request.messages.last?.content ?? ""
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        let names = offers?.offers.filter { $0.type == PluginKind.llm.rawValue }.map(\.name) ?? []
        switch words.first {
        case "pull": offer(names + words.dropFirst())
        case "remove": offer(names.filter { $0 != words.last })
        case "die": exit(3)
        default: break
        }
        var response = GenerateResponse()
        response.text = "\(Offer.called ?? "no name"): \(text)"
        return response
    }
}

/// The vector of a text is the length of its embedder's name, and its own.
struct Embedders: EmbedderProvider {
    let about = PluginDescription(name: "engine", version: "1.0.0")

    func embed(_ text: String) async throws -> [Float] { [Float(Offer.called?.count ?? 0), Float(text.count)] }

    func embedderInfo() async throws -> EmbedderInfo { EmbedderInfo() }
}

try await serve(all: [Engine(), Embedders()])
