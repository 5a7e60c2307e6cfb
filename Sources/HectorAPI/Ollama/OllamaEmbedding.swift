import HectorAgents
import HectorCore

/// The body of `POST /api/embed`, or of the older `POST /api/embeddings` (docs.ollama.com/api/embed).
struct OllamaEmbedRequest: Sendable, Equatable {
    let model: String
    /// Empty where there is nothing to embed: Ollama loads the model then.
    let texts: [String]
    /// The number of elements wanted in each vector; 0: the model's own.
    var dimension: Int32 = 0
    /// Hints that no plugin can be told of.
    var ignored: [String] = []

    /// Reads `input`, a text or several.
    ///
    /// - Throws: `APIError` that names the member that is wrong.
    init(embed body: JSONText) throws(APIError) {
        var texts: [String] = []
        var (dimension, ignored): (Int32, [String]) = (0, [])
        model = try Self.read(body) { key, value throws(MemberError) in
            switch key {
            case "input": if value.string != "", !value.isEmptyArray { texts = try EmbeddingsRequest.texts(value) }
            case "dimensions": dimension = try EmbeddingsRequest.dimension(value, from: 0)
            // What is too long is refused unless somebody counts on less.
            case "truncate": if try value.flag() { ignored.append("truncate") }
            default: break
            }
        }
        (self.texts, self.dimension, self.ignored) = (texts, dimension, ignored)
    }

    /// Reads `prompt`, one text.
    ///
    /// - Throws: As `init(embed:)`.
    init(embeddings body: JSONText) throws(APIError) {
        var prompt = ""
        model = try Self.read(body) { key, value throws(MemberError) in if key == "prompt" { prompt = try value.text() } }
        texts = prompt.isEmpty ? [] : [prompt]
    }

    /// - Returns: The model's name. How a model is loaded, and kept, is its plugin's: `options` and `keep_alive` have no effect.
    private static func read(_ body: JSONText, _ more: (String, JSONText) throws(MemberError) -> Void) throws(APIError) -> String {
        var model: String?
        do throws(MemberError) {
            try body.eachMember { key, value throws(MemberError) in
                if key == "model" { model = try value.text(upTo: ChatLimits.standard.modelBytes) } else { try more(key, value) }
            }
            guard let model else { throw MemberError("is missing").inside("model") }
            return model
        } catch {
            throw error.told
        }
    }
}

extension JSONText {
    fileprivate var isEmptyArray: Bool {
        var isEmpty = true
        return forEachElement { _, _ in isEmpty = false } && isEmpty
    }
}

/// Writes vectors in Ollama's forms.
enum OllamaEmbeddings {
    /// `/api/embed`. Times in nanoseconds.
    static func list(_ embeddings: Embeddings, model: String, took duration: Duration) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(EmbeddingList.weight(of: embeddings))
        text += #"{"model":"#.utf8
        text.append(json: model)
        text += #","embeddings":["#.utf8
        for (index, vector) in embeddings.vectors.enumerated() {
            if index > 0 { text += ",".utf8 }
            text.append(vector: vector)
        }
        text += #"],"total_duration":\#(duration.wholeNanoseconds),"load_duration":0,"prompt_eval_count":\#(embeddings.tokensUsed)}"#.utf8
        return text
    }

    /// `/api/embeddings`: one vector, or none.
    static func one(_ embeddings: Embeddings) -> [UInt8] {
        var text = Array(#"{"embedding":"#.utf8)
        text.append(vector: embeddings.vectors.first ?? [])
        text += "}".utf8
        return text
    }
}
