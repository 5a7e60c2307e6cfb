/// Which numbers a configuration may hold.
package enum ConfigurationLimits {
    /// Processes of one plugin on one machine; beyond it another machine helps more.
    package static let replicas = 1...64
    /// A plugin that loads a large model takes minutes, none takes an hour.
    package static let startTimeout: ClosedRange<Duration> = .milliseconds(100) ... .seconds(1_800)
    package static let callTimeout: ClosedRange<Duration> = .milliseconds(100) ... .seconds(3_600)
    package static let drainTimeout: ClosedRange<Duration> = .zero ... .seconds(3_600)
    package static let maxIterations = 1...1_000
    /// Dialled at start and after every loss.
    package static let staticEndpoints = 256
    /// A shorter token can be guessed.
    package static let tokenCharacters = 16...512
}
