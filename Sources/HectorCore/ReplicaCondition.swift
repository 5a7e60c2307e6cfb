/// How a replica is doing, as the one who runs it says: the same on both sides of the wire.
package enum ReplicaCondition: Sendable, Equatable {
    /// Being started.
    case starting(reason: String)
    case ready
    /// Connected, but it says of itself that it cannot serve now, or says nothing.
    case unhealthy(reason: String)
    /// It failed, and starts again.
    case restarting(reason: String)
    /// Finishes its calls and takes no new ones.
    case stopping(reason: String)
    /// Given up; needs a person.
    case failed(reason: String)

    /// How the reason of one begins that stays, and takes no calls, because somebody said so on its machine.
    package static let drainedThere = "drained on the machine itself"

    package var isStarting: Bool {
        if case .starting = self { true } else { false }
    }

    /// Why it is not ready, for people; empty where it is, or nothing is known.
    package var reason: String {
        switch self {
        case .ready: ""
        case .starting(let reason), .unhealthy(let reason), .restarting(let reason), .stopping(let reason), .failed(let reason): reason
        }
    }
}
