package import HectorCore
package import HectorRPC
package import Logging
package import NIOCore

/// What all supervisors of a process share.
package struct PluginEnvironment: Sendable {
    package var eventLoopGroup: any EventLoopGroup
    package var directory: RuntimeDirectory
    /// The host's own environment, of which each specification says what its plugin inherits.
    package var variables: [String: String]
    package var logger: Logger
    package var timing: Timing
    package var restarts = RestartPolicy.Settings()
    package var limits = PluginLimits()
    package var rpcLimits = RPCLimits()
    /// Where calls on the plugins' connections are counted.
    package var metrics: RPCMetrics?
    /// Whether failures of plugins are logged as such. Who tries one plugin once is told of them by its `states`, and nothing
    /// is started again.
    package var logsFailures = true

    package init(
        eventLoopGroup: any EventLoopGroup, directory: RuntimeDirectory, variables: [String: String], logger: Logger,
        timing: Timing
    ) {
        self.eventLoopGroup = eventLoopGroup
        self.directory = directory
        self.variables = variables
        self.logger = logger
        self.timing = timing
    }
}
