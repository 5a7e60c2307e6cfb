package import NIOCore
internal import Synchronization

/// Makes connections that share certificate, trust and TLS sessions: the second one to a server resumes the first one's
/// session, which costs less time and fewer bytes.
package final class ClientConnector: Sendable {
    private let material: Mutex<(security: ConnectionSecurity, context: TLSContext?)>
    private let group: any EventLoopGroup
    private let limits: RPCLimits
    package let keepalive: KeepaliveConfiguration?
    private let metrics: RPCMetrics?

    /// - Throws: `ConnectionError` where certificate, key and trust are unusable.
    package init(
        _ security: ConnectionSecurity, on group: any EventLoopGroup, limits: RPCLimits = RPCLimits(),
        keepalive: KeepaliveConfiguration? = nil, metrics: RPCMetrics? = nil
    ) throws(ConnectionError) {
        material = Mutex((security, try security.context(.client)))
        self.group = group
        self.limits = limits
        self.keepalive = keepalive
        self.metrics = metrics
    }

    /// Connects, and returns when TLS and HTTP/2 stand.
    ///
    /// - Parameter keepalive: Of this connection; nil: the connector's.
    /// - Throws: `ConnectionError`, or `CancellationError`.
    package func connect(to endpoint: Endpoint, keepalive: KeepaliveConfiguration? = nil) async throws -> ClientConnection {
        let (security, context) = material.withLock { $0 }
        return try await ClientConnection.connect(
            to: endpoint, security: security, context: context, on: group, limits: limits,
            keepalive: keepalive ?? self.keepalive, metrics: metrics)
    }

    /// Uses other certificates and trust for new connections. Open connections continue; earlier TLS sessions are not resumed.
    ///
    /// - Throws: `ConnectionError` if it is unusable; then nothing changes.
    package func reload(_ security: ConnectionSecurity) throws(ConnectionError) {
        let context = try security.context(.client)
        material.withLock { $0 = (security, context) }
    }
}
