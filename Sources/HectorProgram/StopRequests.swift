/// The meaning of a signal that asks a program to end, given those that came before it.
///
/// One request may be more than one signal: `timeout` signals the program and then its process group, which contains the
/// program, too; a terminal signals all of them, and a wrapper forwards its own.
struct StopRequests: Sendable {
    enum Meaning: Sendable {
        /// The first: shutdown begins.
        case begin
        /// The same request again.
        case same
        /// A second request: the program stops immediately.
        case atOnce
    }

    /// Signals that come within this time of the first are one request. A person who presses Ctrl-C again does it later.
    static let window = Duration.milliseconds(500)

    private var first: Duration?

    /// - Parameter now: Time since any fixed moment.
    mutating func take(at now: Duration) -> Meaning {
        guard let first else {
            first = now
            return .begin
        }
        return now - first < Self.window ? .same : .atOnce
    }
}
