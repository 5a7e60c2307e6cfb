/// The bounds of what a chat request says beside its texts, which the body's size bounds.
struct ChatLimits: Sendable, Equatable {
    /// Bytes of a model's name. No agent and no plugin has a longer one: longer names are unknown.
    var modelBytes = 256
    /// Tools of a request: OpenAI's limit.
    var tools = 128
    /// Bytes of a tool's name: OpenAI's limit.
    var toolNameBytes = 64
    /// Bytes of the name in a call that an earlier answer made: a name that a model invented comes back unchanged.
    var calledNameBytes = 256
    /// Bytes of a call's id. Gateways put signatures of several hundred bytes into them.
    var callIDBytes = 4096
    /// Stop sequences: OpenAI's limit.
    var stops = 4
    /// Stop sequences of Anthropic's API: the limit that Amazon Bedrock documents for it.
    var stopSequences = 8_191
    /// Bytes of all stop sequences of a request: the search for them takes a hundred bytes of memory for each.
    var stopBytesTogether = 64 << 10
    /// Bytes of a stop sequence: up to this much of an answer is held back until it is known not to contain one.
    var stopBytes = 256
    /// Bytes of the media type in a data: address.
    var mediaTypeBytes = 128
    /// Bytes of a number's text: more digits than a `Double` can distinguish.
    var numberBytes = 32

    static let standard = ChatLimits()
}
