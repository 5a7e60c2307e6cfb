/// What a signal that asks a program to end means, after those that came before it.
///
/// Who asks once may send more than one signal: `timeout` signals the program and then its group, where the program is as
/// well; a terminal signals all of them, and a wrapper passes its own on.
struct StopRequests: Sendable {
    enum Meaning: Sendable {
        /// The first: the end begins.
        case begin
        /// The same request once more.
        case same
        /// A second request: the end is cut short.
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
