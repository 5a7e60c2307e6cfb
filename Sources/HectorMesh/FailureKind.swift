/// What an attempt's error says of the replica, and of calling another one.
///
/// | kind | counts against the replica | another replica is tried |
/// | --- | --- | --- |
/// | `neverProcessed` | yes | always |
/// | `notConnected` | ejects it and all others of its machine at once | always, and does not count as an attempt |
/// | `connectionLost` | ejects at once | when idempotent, and not after the second such loss |
/// | `retryable` | yes | when idempotent |
/// | `overloaded` | leaves it alone for a while | when idempotent |
/// | `deadline` | when it took far longer than usual | no |
/// | `stalled` | yes | no |
/// | `failed` | yes | no |
/// | `doubtful` | unless others answer the same, see `Suspicion` | once, when idempotent and not metered |
/// | `callersFault` | no: it answered | no |
/// | `cancelled` | no | no |
///
/// Where a connection failed and no replica is left, the next attempt waits for one, as new calls do.
/// Nothing is tried again after the first response headers.
package enum FailureKind: Sendable, Equatable {
    /// The replica surely did not begin: REFUSED_STREAM, GOAWAY above the last id.
    case neverProcessed
    /// There was no connection to send it on any more. All replicas of another machine are reached over one.
    case notConnected
    /// The connection broke under the call.
    case connectionLost
    /// UNAVAILABLE and the like: it may have begun.
    case retryable
    /// RESOURCE_EXHAUSTED, with the time for which the replica asked to be left alone.
    case overloaded(pause: Duration?)
    /// Our own deadline passed.
    case deadline
    /// A stream that had begun brought nothing more for longer than it may.
    case stalled
    /// The replica failed to do what it should, whatever was asked.
    case failed
    /// A status whose cause may be the request or the replica: UNKNOWN, INTERNAL, UNIMPLEMENTED and the like.
    ///
    /// - Parameter code: Two answers with equal codes say the same.
    case doubtful(code: Int)
    /// INVALID_ARGUMENT, NOT_FOUND and the like: every replica would answer so.
    case callersFault
    /// The caller or its reader is gone.
    case cancelled
}

/// What is comparable about a call's duration.
package enum CallClass: Int, Sendable, CaseIterable {
    /// One answer that is the plugin's work: time until it is there.
    case unary
    /// Many messages: time until the first and from one to the next, never the total.
    case stream
    /// A short question about the plugin itself (health, model name); kept apart since it says
    /// nothing about how long the plugin's work takes.
    case inquiry
}
