package import HectorCore
package import HectorRPC

/// A plugin process that is connected and initialized.
package struct ReadyPlugin: Sendable {
    /// The one that takes new calls; it may be another than when the plugin got ready.
    package internal(set) var connection: ClientConnection
    package let pid: Int32
    package let endpoint: Endpoint
    /// Whether the connection is protected by AutoMTLS.
    package let isSecure: Bool
    /// The version of the plugin protocol.
    package let protocolVersion: Int
    /// What the running program declares, added to its manifest's.
    package var capabilities: [String: String] = [:]

    /// What it offers, each under a name of its own; nil: only itself, under the name of its entry.
    package internal(set) var offers: [PluginOffer]?

    package var abilities: Abilities { Abilities(capabilities: capabilities) }
}

/// Where a supervised replica is.
package enum PluginState: Sendable {
    /// Spawned, or about to be. Attempts count from 1.
    case starting(attempt: Int)
    case ready(ReadyPlugin)
    /// Connected, but it says of itself that it cannot serve now, or says nothing.
    case unhealthy(ReadyPlugin, reason: String)
    /// It failed, and starts again after the delay.
    case restarting(reason: PluginError, delay: Duration)
    /// It will not be started again.
    case failed(reason: PluginError)
    case stopping
    case stopped
}

extension PluginState {
    /// What others are told of the replica; nil for one that is no more.
    package var condition: ReplicaCondition? {
        switch self {
        case .starting(let attempt): .starting(reason: attempt == 1 ? "starting" : "starting, attempt \(attempt)")
        case .ready: .ready
        case .unhealthy(_, let reason): .unhealthy(reason: reason)
        case .restarting(let error, let delay): .restarting(reason: "\(error.problem); restarting in \(delay.inSeconds)")
        case .failed(let error): .failed(reason: error.problem)
        case .stopping: .stopping(reason: "stopping")
        case .stopped: nil
        }
    }
}
