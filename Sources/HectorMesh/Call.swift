/// One call on its way through the set, over all of its attempts.
package struct Call: Sendable {
    let callClass: CallClass
    let idempotent: Bool
    let deadline: Instant?
    /// Serials of the replicas that it was sent to.
    var tried: [UInt64] = []
    /// Major version of the first attempt; the others keep to it.
    var major: Int?

    package init(_ callClass: CallClass, idempotent: Bool, deadline: Instant? = nil) {
        self.callClass = callClass
        self.idempotent = idempotent
        self.deadline = deadline
    }
}

/// The right to send one attempt to one replica. Ends with exactly one `finish`.
package struct Lease<Connection: Sendable>: Sendable {
    package let replica: ReplicaID
    package let connection: Connection
    package let began: Instant
    let serial: UInt64
    let epoch: UInt64
    /// Where the replica stood in the set; a hint.
    let index: Int
}

/// How an attempt ended.
package enum Outcome: Sendable, Equatable {
    case success
    case failure(FailureKind)
}

/// How far an attempt came.
package struct Progress: Sendable, Equatable {
    /// From then on the call is never sent again.
    package var headers = false
    package var messages = 0
    /// From the beginning to the first message.
    package var firstMessage: Duration?
    /// Spent waiting for the messages after the first.
    package var waited: Duration = .zero

    package init() {}
}

package typealias WaiterID = UInt64

package enum Admission<Connection: Sendable>: Sendable {
    case send(Lease<Connection>)
    case wait
    case refuse(RouterError)
}

/// What is to be done after an input.
package enum Action<Connection: Sendable>: Sendable {
    /// The waiter's call may be sent. The call, with this attempt noted in it, belongs to the waiter again.
    case send(WaiterID, Call, Lease<Connection>)
    case refuse(WaiterID, RouterError)
    /// Check the replica without a caller's call, and say the result with `probed`.
    case probe(Probe<Connection>)
}

package struct Probe<Connection: Sendable>: Sendable {
    package let replica: ReplicaID
    package let connection: Connection
    let serial: UInt64
    let epoch: UInt64
}
