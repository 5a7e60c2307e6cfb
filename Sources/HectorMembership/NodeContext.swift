package import HectorCore
package import HectorMesh
package import HectorTrust
package import Logging
package import NIOCore

/// What membership needs of the host.
package struct NodeContext: Sendable {
    let credentials: LiveCredentials
    let group: any EventLoopGroup
    /// Which nodes have a link already, and what each was said to have.
    let claims: NodeClaims
    let stores: Stores
    /// Plugins that this host's configuration switches off, wherever they are.
    let switchedOff: Set<PluginKey>
    let figures: any ConnectionFigures
    let log: Logger
    let timing: Timing

    package init(
        credentials: LiveCredentials, router: Router<ReplicaConnection>, stores: Stores, switchedOff: Set<PluginKey>,
        figures: any ConnectionFigures, on group: any EventLoopGroup, log: Logger, timing: Timing
    ) {
        self.credentials = credentials
        self.group = group
        claims = NodeClaims(router: router)
        self.stores = stores
        self.switchedOff = switchedOff
        self.figures = figures
        self.log = log
        self.timing = timing
    }
}
