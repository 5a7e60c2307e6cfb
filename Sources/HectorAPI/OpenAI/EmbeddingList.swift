import HectorCore
import FoundationEssentials
import HectorAgents

/// Writes vectors as JSON.
enum EmbeddingList {
    /// OpenAI's list.
    static func openAI(_ embeddings: Embeddings, model: String, encoding: EmbeddingsRequest.Encoding) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(weight(of: embeddings))
        text += #"{"object":"list","data":["#.utf8
        for (index, vector) in embeddings.vectors.enumerated() {
            if index > 0 { text += ",".utf8 }
            text += #"{"object":"embedding","index":\#(index),"embedding":"#.utf8
            switch encoding {
            case .float: text.append(vector: vector)
            case .base64: text.append(json: base64(vector))
            }
            text += "}".utf8
        }
        text += #"],"model":"#.utf8
        text.append(json: model)
        text += #","usage":{"prompt_tokens":\#(embeddings.tokensUsed),"total_tokens":\#(embeddings.tokensUsed)}}"#.utf8
        return text
    }

    /// About the bytes that it is written in.
    static func weight(of embeddings: Embeddings) -> Int {
        embeddings.vectors.reduce(256) { $0 + 64 + 14 * $1.count }
    }

    /// As OpenAI's clients read them: elements of 32 bits, the least significant byte first.
    static func base64(_ vector: [Float]) -> String {
        var data = Data(capacity: 4 * vector.count)
        for element in vector { withUnsafeBytes(of: element.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
        return data.base64EncodedString()
    }
}

extension [UInt8] {
    /// Adds the elements, each in the fewest digits that tell it from any other. They must be finite.
    mutating func append(vector: [Float]) {
        append(UInt8(ascii: "["))
        for (index, element) in vector.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            self += element.description.utf8
        }
        append(UInt8(ascii: "]"))
    }
}
