package import HectorCore

extension Hector_Mesh_V1_ReplicaState {
    /// - Parameter capacity: The process, where that serves replicas of other plugins, too.
    package init(_ condition: ReplicaCondition, id: String, capacity: String = "") {
        self.init()
        self.id = id
        self.capacity = capacity
        reason = condition.reason
        phase = switch condition {
        case .starting: .starting
        case .ready: .ready
        case .unhealthy: .unhealthy
        case .restarting: .restarting
        case .stopping: .stopping
        case .failed: .failed
        }
    }

    /// - Parameter reason: The replica's, cut to what the reader is willing to hold.
    package func condition(reason: String) -> ReplicaCondition {
        switch phase {
        case .starting: .starting(reason: reason)
        case .ready: .ready
        case .restarting: .restarting(reason: reason)
        case .stopping: .stopping(reason: reason)
        case .failed: .failed(reason: reason)
        // What a later version says takes no calls, whatever it is.
        case .unhealthy, .unspecified, .UNRECOGNIZED: .unhealthy(reason: reason)
        }
    }
}
