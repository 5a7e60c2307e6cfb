internal import HectorCore
internal import HectorPlugin

/// What an endpoint says of its models: the answer to `GET /models`.
struct ModelCatalog: Sendable, Equatable {
    struct Model: Sendable, Equatable {
        var id: String
        var owner = ""
        /// The size of its context; nil where it is not told.
        var context: Int?
        /// Whether it takes images; nil where it is not told.
        var takesImages: Bool?
    }

    var models: [Model]

    /// Nil where that is no list of models.
    init?(_ body: [UInt8], limits: BuiltinLimits) {
        guard let json = try? JSONText(body), let list = json["data"], list.kind == .array else { return nil }
        var models: [Model] = []
        list.forEachElement { _, entry in
            guard let id = entry["id"]?.string, models.count < limits.models else { return }
            var model = Model(id: id, owner: entry["owned_by"]?.string ?? "")
            // llama.cpp, vLLM, Hector.
            model.context = (entry["meta"]?["n_ctx"] ?? entry["max_model_len"] ?? entry["context_length"])?.int
            if let kinds = entry["architecture"]?["input_modalities"] { model.takesImages = kinds.strings.contains("image") }
            if let capabilities = entry["capabilities"], capabilities.kind == .array { model.takesImages = capabilities.strings.contains("generate_from.images") }
            models.append(model)
        }
        self.models = models
    }

    var owners: Set<String> { Set(models.map(\.owner)) }

    func model(_ name: String) -> Model? {
        // Ollama's names have a tag, and may be said without it.
        models.first { $0.id == name } ?? models.first { $0.id == name + ":latest" }
    }

    /// For people.
    var names: String {
        guard !models.isEmpty else { return "it has no models" }
        let shown = models.prefix(10).map { quoted($0.id) }.joined(separator: ", ")
        return "it has \(shown)\(models.count > 10 ? " and \(models.count - 10) more" : "")"
    }
}

extension JSONText {
    /// The texts of an array.
    fileprivate var strings: [String] {
        var strings: [String] = []
        forEachElement { if let text = $1.string { strings.append(text) } }
        return strings
    }
}
