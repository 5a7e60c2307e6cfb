/// The bounds of what agents keep and produce.
package struct AgentLimits: Sendable, Equatable {
    /// Sessions kept at once; the one unused for longest of the client that has the most makes room. With `sessionBytes` it bounds memory to 128 MiB.
    package var sessions = 1024
    /// Messages kept of one session; the oldest turns are forgotten first, each as a whole.
    package var sessionMessages = 200
    /// Bytes kept of one session: far more than the context of the models in use.
    package var sessionBytes = 128 << 10
    /// A session that is not used for this long is forgotten.
    package var sessionIdle: Duration = .seconds(3600)
    /// Bytes of a session's name: a UUID with room to spare.
    package var sessionNameBytes = 128
    /// Bytes of one answer, with its tool calls: a model that never stops is stopped.
    package var answerBytes = 4 << 20

    /// Bytes that a message or a tool call occupies in addition to its texts, rounded up: a session of empty messages and an
    /// answer of empty calls are bounded, too.
    package var itemBytes = 256

    package init() {}
}
