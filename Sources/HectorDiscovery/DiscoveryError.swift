/// Why a source or the announcer does not work, or why an input was refused. Equal when the codes are.
package struct DiscoveryError: Error, Sendable {
    package enum Code: String, Sendable {
        /// No avahi-daemon runs on this machine, or no D-Bus to reach it by.
        case noDaemon
        /// avahi-daemon was reached, then lost or refused something.
        case daemonFailed
        /// Every name tried is taken.
        case nameTaken
        /// A name, address or text does not have the required form.
        case invalid
    }

    package let code: Code
    /// What is wrong and what to do, in one line.
    package let message: String
    /// What the library below said.
    package let cause: String?

    package init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

extension DiscoveryError: Equatable {
    package static func == (a: Self, b: Self) -> Bool { a.code == b.code }
}

extension DiscoveryError: CustomStringConvertible {
    package var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
