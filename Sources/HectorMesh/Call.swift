package import HectorCore
package import HectorLoad

/// One call on its way through the set, over all of its attempts.
package struct Call: Sendable {
    let callClass: CallClass
    /// The method's name within the service of the plugin's kind; nil where every replica can take the call.
    let method: String?
    /// What a replica must be able to do to take it, as the bits of `Abilities`; 0 in most calls.
    let needs: UInt64
    let idempotent: Bool
    let deadline: Instant?
    /// Where it was sent. A replica that has come back with another connection may be tried again.
    var tried = TriedReplicas()
    /// Major version of the first attempt; the others keep to it.
    var major: Int?
    /// Whether each attempt costs money, as the configuration says; nil: as the replicas say.
    let metered: Bool?
    /// An attempt whose judgement waits for another replica's answer.
    var suspicion: Suspicion?

    /// It was sent before: not every replica that takes calls may take this one.
    var isRetry: Bool { !tried.isEmpty }

    /// Attempts that found no connection: nothing was sent, so they do not count as attempts.
    var unsent = 0
    /// Replicas that were lost under it before they responded, in order. One that came back and was lost again counts twice.
    var losses: [ReplicaID] = []
    /// Why the router ends it, whatever its last attempt ended with.
    var refusal: RouterError?

    package init(
        _ callClass: CallClass, method: String? = nil, needs: Abilities = [], idempotent: Bool, deadline: Instant? = nil, metered: Bool? = nil
    ) {
        self.callClass = callClass
        self.method = method
        self.needs = needs.rawValue
        self.idempotent = idempotent
        self.deadline = deadline
        self.metered = metered
    }
}

/// A replica, by its serial number, and one of its connections.
struct Tried: Sendable, Hashable {
    let serial: UInt64
    let epoch: UInt64
}

/// Few, and one at most in nearly every call: that one is kept without an allocation.
struct TriedReplicas: Sendable, Equatable {
    private var first: Tried?
    private var more: [Tried] = []

    init() {}

    var count: Int { (first == nil ? 0 : 1) + more.count }
    var isEmpty: Bool { first == nil }
    var all: [Tried] { (first.map { [$0] } ?? []) + more }

    mutating func append(_ tried: Tried) {
        if first == nil { first = tried } else { more.append(tried) }
    }

    func contains(_ tried: Tried) -> Bool {
        guard let first else { return false }
        return first == tried || more.contains(tried)
    }
}

/// What follows an attempt.
package enum Sequel: Sendable {
    /// The call is over, with the result of the attempt.
    case end
    case send(Lease)
    /// There will be another attempt once a replica is back, see `ReplicaSet.wait`.
    case wait
}

/// The right to send one attempt to one replica. Ends with exactly one `finish`.
package struct Lease: Sendable {
    package let replica: ReplicaID
    package let connection: any CallTarget
    package let began: Instant
    let abilities: Abilities
    let serial: UInt64
    let epoch: UInt64
    /// Where the replica stood in the set; a hint.
    let index: Int
    /// The figure of its process that counts the call, even after the replica is gone.
    let share: Capacities.Share?
    /// Whether other calls may be waiting for its end.
    let isLimited: Bool
    /// In the meter of its process.
    let mark: LoadMeter.Mark
    /// Among the leases of the set.
    let number: UInt64
    /// Of a stream.
    let wait: CallWait?
}

/// How an attempt ended.
package enum Outcome: Sendable, Equatable {
    case success
    case failure(FailureKind)
}

extension Outcome {
    /// Whether the replica said it, and not our clock, our caller or the end of the connection.
    var isAnswer: Bool {
        switch self {
        case .success: true
        case .failure(let kind):
            switch kind {
            case .neverProcessed, .retryable, .overloaded, .failed, .doubtful, .callersFault: true
            case .notConnected, .connectionLost, .deadline, .stalled, .cancelled: false
            }
        }
    }
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
    /// How busy the replica said it was at the end of the attempt, without it; nil where it said nothing.
    package var report: LoadReport?
    /// When that came; nil: as the attempt ended.
    package var reportedAt: Instant?

    package init() {}
}

package typealias WaiterID = UInt64

package enum Admission: Sendable {
    case send(Lease)
    case wait
    case refuse(RouterError)
}

/// What is to be done after an input.
package enum Action: Sendable {
    /// The waiter's call may be sent. The call, with this attempt noted in it, belongs to the waiter again.
    case send(WaiterID, Call, Lease)
    case refuse(WaiterID, RouterError)
    /// Check the replica without a caller's call, and say the result with `probed`.
    case probe(Probe)
}

package struct Probe: Sendable {
    package let replica: ReplicaID
    package let connection: any CallTarget
    let asked: Instant
    let serial: UInt64
    let epoch: UInt64
}
