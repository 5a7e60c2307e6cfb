import HectorAgents
import HectorCore

/// The body of `POST /v1/embeddings`. As of a chat request, members that nobody knows are ignored.
struct EmbeddingsRequest: Sendable, Equatable {
    enum Encoding: String, Sendable {
        case float
        /// The elements as little-endian floats of 32 bits, in base64.
        case base64
    }

    var model: String
    var texts: [String]
    var encoding: Encoding
    /// The number of elements wanted in each vector; 0: the model's own.
    var dimension: Int32

    /// - Throws: `APIError` that names the member that is wrong.
    init(_ body: JSONText) throws(APIError) {
        var (model, texts): (String?, [String]?)
        var (encoding, dimension): (Encoding, Int32) = (.float, 0)
        do throws(MemberError) {
            try body.eachMember { key, value throws(MemberError) in
                switch key {
                case "model": model = try value.text(upTo: ChatLimits.standard.modelBytes)
                case "input": texts = try Self.texts(value)
                case "encoding_format":
                    let name = try value.text()
                    guard let known = Encoding(rawValue: name) else { throw MemberError("must be float or base64, not \(quoted(name))") }
                    encoding = known
                case "dimensions":
                    dimension = try Self.dimension(value, from: 1)
                default: break
                }
            }
            guard let model else { throw MemberError("is missing").inside("model") }
            guard let texts else { throw MemberError("is missing").inside("input") }
            (self.model, self.texts) = (model, texts)
        } catch {
            throw error.told
        }
        self.encoding = encoding
        self.dimension = dimension
    }

    /// Reads a number of elements.
    static func dimension(_ value: JSONText, from least: Int) throws(MemberError) -> Int32 {
        guard let dimension = Int32(exactly: try value.whole(from: least)) else { throw MemberError("must be at most \(Int32.max)") }
        return dimension
    }

    /// Reads a text or several, none of them empty.
    static func texts(_ value: JSONText) throws(MemberError) -> [String] {
        guard value.kind == .array else { return [try text(value)] }
        var texts: [String] = []
        try value.eachElement { index, value throws(MemberError) in
            guard index < EmbeddingLimits.standard.texts else { throw MemberError("exceeds the limit of \(EmbeddingLimits.standard.texts) texts") }
            texts.append(try text(value))
        }
        guard !texts.isEmpty else { throw MemberError("is empty") }
        return texts
    }

    private static func text(_ value: JSONText) throws(MemberError) -> String {
        guard value.kind != .number, value.kind != .array else {
            throw MemberError("is not supported: only texts are, and not tokens, which every model numbers in its own way", .unsupportedParameter)
        }
        let text = try value.text()
        guard !text.isEmpty else { throw MemberError("is empty") }
        return text
    }
}
