/// Bounds on the names that A2A clients choose, in bytes: answers, events and remembered tasks repeat them.
enum A2ALimits {
    /// Agents that a message names as having asked: more than may ask each other anywhere.
    static let lineage = 64
    /// Bytes of the ids of JSON-RPC requests, messages and tasks: a UUID has 36.
    static let id = 256
    /// Bytes of a context's name: a context is a session of an agent, whose name has the same limit.
    static let context = 128
    /// Media types in `acceptedOutputModes`: clients name a handful.
    static let modes = 32
    /// Bytes of each.
    static let modeBytes = 128
    /// What happens in a task's turn and is kept for those who follow it: as much as the largest budgets of steps do.
    static let events = 2000
    /// Characters of arguments and results in it.
    static let eventText = 500
    /// Bytes of a part of data that says whether a person agrees.
    static let agreementBytes = 1024
}
