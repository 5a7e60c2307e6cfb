/// Why a handshake failed. Compare by `code`; `message` says what is wrong and what to do.
package struct HandshakeError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The line is no handshake line at all.
        case notAHandshake
        /// The line is longer than any handshake line.
        case lineTooLong
        /// Another version of the handshake itself.
        case coreVersion
        /// Another version of the plugin protocol.
        case appVersion
        /// The plugin speaks net/rpc, or something else that is not gRPC.
        case notGRPC
        case address
        case certificate
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
