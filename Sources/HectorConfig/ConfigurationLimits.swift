/// Which numbers a configuration may hold.
package enum ConfigurationLimits {
    /// Processes of one plugin on one machine; beyond it another machine helps more.
    package static let replicas = 1...64
    /// A plugin that loads a large model takes minutes, none takes an hour.
    package static let startTimeout: ClosedRange<Duration> = .milliseconds(100) ... .seconds(1_800)
    /// From a health check, which takes milliseconds, to a report that a model writes for an hour.
    package static let callTimeout: ClosedRange<Duration> = .milliseconds(100) ... .seconds(3_600)
    /// All of one call: a stream that delivers for a day is meant to end.
    package static let callTotalTimeout: ClosedRange<Duration> = .milliseconds(100) ... .seconds(86_400)
    /// Where it is not set: a language model's longest answers begin within it.
    package static let standardCallTimeout = Duration.seconds(120)
    /// What a node's calls need to end in order; zero cuts them off.
    package static let drainTimeout: ClosedRange<Duration> = .zero ... .seconds(3_600)
    /// Where it is not set: with the time that its plugins take to stop it is below what a service manager waits (systemd: 90 s).
    package static let standardDrainTimeout = Duration.seconds(30)
    /// Rounds of one turn with a reasoning engine: one that has found nothing by then finds nothing.
    package static let maxIterations = 1...1_000
    /// Dialled at start and after every loss.
    package static let staticEndpoints = 256
    /// As many as a node may tell of.
    package static let pluginsOfEndpoint = 256
    /// Compared with the Origin of each request.
    package static let corsOrigins = 64
    /// Variables that an entry adds to its plugin's environment.
    package static let environmentVariables = 256
    /// A shorter token can be guessed.
    package static let tokenCharacters = 16...512
}
