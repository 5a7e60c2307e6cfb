package import HectorRPC

/// Who counts what goes over connections.
package protocol ConnectionFigures: Sendable {
    var metrics: RPCMetrics { get }

    /// - Parameter peer: The node's id.
    func opened(_ peer: String, _ connection: ClientConnection)
    func closed(_ peer: String, _ connection: ClientConnection)
}
