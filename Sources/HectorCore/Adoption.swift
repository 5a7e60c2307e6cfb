/// A program that runs models on this machine and can be adopted: found by itself, with all its models.
package enum LocalEngine: String, Sendable, CaseIterable {
    case ollama
    case llamaCPP = "llama.cpp"
    case lmStudio = "lm-studio"
    case vllm

    /// Where it listens if nobody says otherwise.
    package var port: UInt16 {
        switch self {
        case .ollama: 11434
        case .llamaCPP: 8080
        case .lmStudio: 1234
        case .vllm: 8000
        }
    }

    /// For people.
    package var title: String {
        switch self {
        case .ollama: "Ollama"
        case .llamaCPP: "llama.cpp"
        case .lmStudio: "LM Studio"
        case .vllm: "vLLM"
        }
    }

    /// Of its plugin: a label.
    package var pluginName: String { "adopted-\(Label.of(rawValue))" }
}

/// Which engines of this machine are adopted.
package struct Adoption: Sendable, Equatable {
    package struct Place: Sendable, Equatable {
        package var engine: LocalEngine
        package var port: UInt16

        package init(_ engine: LocalEngine, port: UInt16? = nil) {
            self.engine = engine
            self.port = port ?? engine.port
        }

        /// Reads `ollama`, or `ollama:11500`.
        package init?(_ text: String) {
            // A name may have no colon.
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let engine = LocalEngine(rawValue: String(parts[0])) else { return nil }
            guard parts.count == 2 else {
                self.init(engine)
                return
            }
            guard let port = UInt16(parts[1]), port > 0 else { return nil }
            self.init(engine, port: port)
        }
    }

    package var places: [Place]
    /// Whose programs may be asked, beside root's and our own.
    package var users: [String]
    /// Other names for models of engines, by the engine's names.
    package var names: [String: String]

    /// As which users the engines' installers run them.
    package static let standardUsers = ["ollama"]

    package init(_ places: [Place], users: [String] = Adoption.standardUsers, names: [String: String] = [:]) {
        self.places = places
        self.users = users
        self.names = names
    }

    /// All engines, each where it usually listens.
    package static let everything = Adoption(LocalEngine.allCases.map { Place($0) })
}
