/// Why a call failed. Two errors are the same failure when their codes are equal.
package struct RPCError: Error, Sendable, CustomStringConvertible {
    /// How far the call had come; decides whether it may be repeated elsewhere.
    package enum Progress: Sendable {
        /// The peer never began to process it: it may be sent elsewhere, whatever it does.
        case notProcessed
        /// It was sent, and nothing came back: only an idempotent call may be repeated.
        case unknown
        /// The response had begun.
        case responseStarted
    }

    package var code: StatusCode
    package var message: String
    package var progress: Progress
    /// The trailers that came with the status.
    package var metadata: Metadata
    package var cause: (any Error)?

    package init(
        _ code: StatusCode, _ message: String, progress: Progress = .unknown,
        metadata: Metadata = [:], cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.progress = progress
        self.metadata = metadata
        self.cause = cause
    }

    package var description: String { message.isEmpty ? code.name : "\(code.name): \(message)" }

    /// Whether it says no more than that a call is over; how it ended is told to the reader of its responses.
    var isEndOfCall: Bool { cause is EndOfCall }

    struct EndOfCall: Error {}

    /// Whether the connection, not the call, is what failed.
    package var isConnectionLoss: Bool { cause is ConnectionError }
}

/// Why a connection could not be made, or ended.
package struct ConnectionError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// Nobody answers there.
        case unreachable
        /// TLS did not come about, or the peer is not who it should be.
        case security
        /// The peer broke HTTP/2.
        case protocolViolation
        /// The peer said that it closes, or closed.
        case closedByPeer
        /// We closed.
        case closed
        /// It no longer answers pings.
        case unresponsive
        /// It closed because we ping too often.
        case tooManyPings
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }

    /// What it means to a call that was under way.
    func failure(_ progress: RPCError.Progress) -> RPCError {
        RPCError(.unavailable, message, progress: progress, cause: self)
    }
}
