/// The bounds of what a chat request says beside its texts, which the body's size bounds.
struct ChatLimits: Sendable, Equatable {
    /// Bytes of a model's name. No agent and no plugin has one so long: past it the name is unknown.
    var modelBytes = 256
    /// Tools of a request, as OpenAI has it.
    var tools = 128
    /// Bytes of a tool's name, as OpenAI has it.
    var toolNameBytes = 64
    /// Bytes of the name in a call that an earlier answer made: what a model made up comes back as it was.
    var calledNameBytes = 256
    /// Bytes of a call's id. Gateways put signatures of several hundred bytes into them.
    var callIDBytes = 4096
    /// Stop sequences, as OpenAI has it.
    var stops = 4
    /// Bytes of a stop sequence: that much of an answer may be held back.
    var stopBytes = 256
    /// Bytes of a number's text: more digits than a `Double` tells apart.
    var numberBytes = 32

    static let standard = ChatLimits()
}
