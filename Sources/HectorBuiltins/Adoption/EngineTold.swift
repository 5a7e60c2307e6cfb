internal import HectorCore

/// What an engine says of itself, if it is that engine. A pure value.
struct EngineTold: Sendable, Equatable {
    struct Model: Sendable, Equatable {
        enum Kind: Sendable, Equatable {
            case llm, embedder
            /// Only a further question tells.
            case unknown
        }

        /// As requests name it.
        var id: String
        /// As people call it.
        var name: String
        var kind: Kind
        /// `sha256:…`; empty where it is not told.
        var digest = ""
        var context: Int?
        var takesImages = false
    }

    var version = ""
    var models: [Model] = []
    /// Calls that it works on at once; nil where it does not say.
    var slots: Int?

    /// The addresses that are asked, in order; each must answer as that engine does.
    static func questions(_ engine: LocalEngine) -> [String] {
        switch engine {
        case .ollama: ["/api/version", "/api/tags"]
        case .llamaCPP: ["/props", "/v1/models"]
        case .lmStudio: ["/api/v0/models"]
        case .vllm: ["/version", "/v1/models"]
        }
    }

    /// - Parameter answers: The JSON at `questions`, in their order.
    /// - Returns: Nil where something else answers there.
    init?(_ engine: LocalEngine, _ answers: [JSONText], limits: BuiltinLimits) {
        guard answers.count == Self.questions(engine).count else { return nil }
        switch engine {
        case .ollama:
            guard let version = answers[0]["version"]?.string, let models = Self.list(answers[1]["models"], limits, Self.ollama) else { return nil }
            (self.version, self.models) = (version, models)
        case .llamaCPP:
            guard answers[0]["default_generation_settings"]?.kind == .object, let slots = answers[0]["total_slots"]?.int,
                Self.isOwned(answers[1], by: "llamacpp")
            else { return nil }
            version = answers[0]["build_info"]?.string ?? ""
            self.slots = (1...10_000).contains(slots) ? slots : nil
            let context = answers[0]["default_generation_settings"]?["n_ctx"]?.int
            let images = answers[0]["modalities"]?["vision"]?.bool ?? false
            // It answers under any name: what it was started with names it best.
            let embeds = Self.words(answers[1]["models"], "capabilities").contains("embedding")
            models = (Self.list(answers[1]["data"], limits) { entry in
                guard let id = entry["id"]?.string, !id.isEmpty else { return nil }
                return Model(id: id, name: Self.fileName(id), kind: embeds ? .embedder : .llm, context: context, takesImages: images)
            } ?? [])
        case .lmStudio:
            guard answers[0]["object"]?.string == "list", let models = Self.list(answers[0]["data"], limits, Self.lmStudio),
                // Only its own list has these.
                !models.isEmpty || answers[0]["data"]?.kind == .array
            else { return nil }
            self.models = models
        case .vllm:
            guard let version = answers[0]["version"]?.string, Self.isOwned(answers[1], by: "vllm") else { return nil }
            self.version = version
            models = Self.list(answers[1]["data"], limits) { entry in
                guard let id = entry["id"]?.string, !id.isEmpty else { return nil }
                return Model(id: id, name: id, kind: .llm, context: entry["max_model_len"]?.int)
            } ?? []
        }
    }

    /// What Ollama says of one model at `/api/show`.
    static func complete(_ model: Model, shown: JSONText) -> Model {
        var model = model
        var capabilities: Set<String> = []
        shown["capabilities"]?.forEachElement { if let word = $1.string { capabilities.insert(word) } }
        if !capabilities.isEmpty {
            model.kind = capabilities.contains("completion") ? .llm : capabilities.contains("embedding") ? .embedder : .unknown
            model.takesImages = capabilities.contains("vision")
        }
        shown["model_info"]?.forEachMember { key, value in
            if key.hasSuffix(".context_length"), let length = value.int { model.context = length }
        }
        return model
    }

    /// vLLM's list of models does not say what they do, but it has only the routes of what its model can do. Versions before 0.11 have all of them.
    ///
    /// - Parameter page: What it says at `/openapi.json`.
    mutating func completeVLLM(_ page: JSONText) {
        guard page["paths"]?["/v1/embeddings"] != nil, page["paths"]?["/v1/chat/completions"] == nil, page["paths"]?["/v1/completions"] == nil else { return }
        for index in models.indices { models[index].kind = .embedder }
    }

    private static func ollama(_ entry: JSONText) -> Model? {
        guard let name = entry["name"]?.string ?? entry["model"]?.string, !name.isEmpty, entry["details"]?.kind == .object else { return nil }
        let digest = entry["digest"]?.string ?? ""
        let isHash = digest.utf8.count == 64 && digest.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        return Model(id: name, name: name, kind: .unknown, digest: isHash ? "sha256:\(digest)" : digest)
    }

    private static func lmStudio(_ entry: JSONText) -> Model? {
        guard let id = entry["id"]?.string, !id.isEmpty, let type = entry["type"]?.string, entry["state"]?.string != nil else { return nil }
        let kind: Model.Kind
        switch type {
        case "llm", "vlm": kind = .llm
        case "embeddings": kind = .embedder
        default: return nil
        }
        return Model(id: id, name: id, kind: kind, context: entry["max_context_length"]?.int, takesImages: type == "vlm")
    }

    /// - Returns: Nil where it is no list; entries that cannot be read are left out.
    private static func list(_ value: JSONText?, _ limits: BuiltinLimits, _ read: (JSONText) -> Model?) -> [Model]? {
        var models: [Model] = []
        let isList = value?.forEachElement { _, entry in
            if models.count < limits.models, let model = read(entry) { models.append(model) }
        }
        return isList == true ? models : nil
    }

    private static func isOwned(_ list: JSONText, by owner: String) -> Bool {
        var isOwned = false
        list["data"]?.forEachElement { if $1["owned_by"]?.string == owner { isOwned = true } }
        return isOwned
    }

    private static func words(_ list: JSONText?, _ key: String) -> Set<String> {
        var words: Set<String> = []
        list?.forEachElement { $1[key]?.forEachElement { if let word = $1.string { words.insert(word) } } }
        return words
    }

    /// `SmolLM2-135M.Q4` of `/models/SmolLM2-135M.Q4.gguf`.
    private static func fileName(_ path: String) -> String {
        guard path.hasSuffix(".gguf") else { return path }
        return path.split(separator: "/").last.map { String($0.dropLast(".gguf".count)) } ?? path
    }
}
