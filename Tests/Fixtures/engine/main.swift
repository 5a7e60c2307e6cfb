// An engine of several models: each says its name, and what it was asked. Some words change what it offers.
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

    /// `models`: names, separated by commas; `digest`: that of all of them.
    func initialize(config: [String: String]) async throws {
        settings.withLock { $0 = config }
        offer((config["models"] ?? "").split(separator: ",").map(String.init))
    }

    private func offer(_ names: [String]) {
        let digest = settings.withLock { $0["digest"] ?? "" }
        offers?.set(names.map { .model($0, digest: digest, capabilities: ["options": "seed"]) })
    }

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        let text = request.messages.last?.content ?? ""
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        let names = offers?.offers.map(\.name) ?? []
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

try await serve(Engine())
