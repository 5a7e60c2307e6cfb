internal import HectorCore

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

    /// Who made the status.
    package enum Origin: Sendable {
        /// This side: the caller gave up, its deadline passed, the connection broke, or the answer was none.
        case local
        /// The peer sent it.
        case peer
    }

    /// The limit that had passed when this side gave a call up: the error's `cause`.
    package enum PassedLimit: Error {
        /// That of the whole call.
        case total
        case firstMessage
        /// That between two messages of a stream.
        case nextMessage
    }

    package var code: StatusCode
    package var message: String
    package var progress: Progress
    package var origin: Origin
    /// The trailers, where they have come: also where it was not the status in them that made the call fail.
    package var metadata: Metadata
    package var cause: (any Error)?

    package init(
        _ code: StatusCode, _ message: String, progress: Progress = .unknown, origin: Origin = .local,
        metadata: Metadata = [:], cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.progress = progress
        self.origin = origin
        self.metadata = metadata
        self.cause = cause
    }

    package var description: String { message.isEmpty ? code.name : "\(code.name): \(message)" }

    /// Whether it says no more than that a call is over; how it ended is told to the reader of its responses.
    var isEndOfCall: Bool { cause is EndOfCall }

    struct EndOfCall: Error {}

    static var overloadHere: RPCError {
        let overload = LongWork.Overload()
        return RPCError(.resourceExhausted, "\(overload)", progress: .responseStarted, cause: overload)
    }

    /// Whether this program had no room for the answer, which says nothing of the peer.
    package var isOverloadHere: Bool { cause is LongWork.Overload }

    /// Whether the connection, not the call, is what failed.
    package var isConnectionLoss: Bool { cause is ConnectionError }
}

/// Why a connection could not be made, or ended.
package struct ConnectionError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// No response.
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

    /// Why an endpoint cannot be reached, or listened on: what programs decide by, instead of texts.
    package enum Unreachable: Sendable, Equatable {
        /// Nothing listens there; for a unix socket also: it is not there.
        case refused
        case noSuchHost
        case timedOut
        /// No way leads there: no route, network down, address family not supported here.
        case noRoute
        /// The system does not let this program.
        case notPermitted
        /// Something else listens on the address already.
        case inUse
        /// The address does not belong to this machine.
        case notHere
        /// This program's or machine's own lack, which says nothing of the peer: descriptors, memory, ports.
        case ownLack
        case other
    }

    package var code: Code
    package var message: String
    /// For `.unreachable`.
    package var unreachable: Unreachable?
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, unreachable: Unreachable? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.unreachable = unreachable
        self.cause = cause
    }

    package var description: String { message }

    /// What it means to a call that was under way.
    func failure(_ progress: RPCError.Progress) -> RPCError {
        RPCError(.unavailable, message, progress: progress, cause: self)
    }
}
