internal import Synchronization

/// Which replicas a piece of work was sent to, for people who follow it. Who wants to know sets `current` around the work.
package final class CalledReplicas: Sendable {
    @TaskLocal package static var current: CalledReplicas?

    /// Names that are kept: a call is tried three times.
    private static let most = 8

    private let kept = Mutex<[String]>([])

    package init() {}

    /// The replicas in the order of the attempts.
    package var names: [String] { kept.withLock { $0 } }

    package func add(_ name: String) {
        kept.withLock { if $0.count < Self.most { $0.append(name) } }
    }
}
