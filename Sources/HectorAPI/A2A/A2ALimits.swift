/// Bounds on the names that A2A clients choose, in bytes: answers, events and remembered tasks repeat them.
enum A2ALimits {
    /// Ids of JSON-RPC requests, messages and tasks: a UUID has 36.
    static let id = 256
    /// A context is the session of an agent, which bounds its name so.
    static let context = 128
}
