package import HectorCore
package import HectorMesh
package import HectorTrust
package import Logging
package import NIOCore

/// What membership needs of the host.
package struct NodeContext: Sendable {
    let credentials: LiveCredentials
    let group: any EventLoopGroup
    let router: Router
    let stores: Stores
    /// The kinds of plugin that a name stands for, by this host's configuration or by replicas that serve.
    let kinds: @Sendable (String) -> Set<PluginKind>
    let figures: any ConnectionFigures
    let log: Logger
    let timing: Timing
    /// Time without a sign of life after which a node's calls without a response go elsewhere, and new ones.
    let silence: Duration
    /// The same for calls whose response has begun, and for the connection.
    let silenceStreams: Duration

    package init(
        credentials: LiveCredentials, router: Router, stores: Stores,
        kinds: @escaping @Sendable (String) -> Set<PluginKind>, figures: any ConnectionFigures, on group: any EventLoopGroup, log: Logger, timing: Timing,
        silence: Duration, silenceStreams: Duration
    ) {
        self.credentials = credentials
        self.group = group
        self.router = router
        self.stores = stores
        self.kinds = kinds
        self.figures = figures
        self.log = log
        self.timing = timing
        self.silence = silence
        self.silenceStreams = silenceStreams
    }
}
