internal import HectorCore
import HectorRPC

/// Where one plugin process listens, and how it is spoken to. Every connection to it is made here: the first, and those
/// that follow when one ends.
struct PluginDialer: Sendable {
    /// The process could not be reached in time.
    struct Failure: Error {
        /// The last one; nil when no attempt came to an end.
        let last: ConnectionError?
        /// The reason lies with this process.
        var trouble: HostTrouble? { last.flatMap(HostTrouble.init) }
    }

    let endpoint: Endpoint
    let security: ConnectionSecurity
    let environment: PluginEnvironment

    var isSecure: Bool { if case .mutualTLS = security { true } else { false } }

    /// Connects, and retries while nothing listens there: some plugins print their line a moment before they listen.
    ///
    /// - Throws: `Failure`, `ConnectionError` for what no new attempt helps against, or `CancellationError`.
    func dial(within time: Duration) async throws -> ClientConnection {
        let timing = environment.timing
        let end = timing.elapsed() + time
        var last: ConnectionError?
        while true {
            let attempt = try await timing.limit(max(.zero, end - timing.elapsed())) { try await self.attempt() }
            switch attempt {
            case .success(let connection)?: return connection
            case .failure(let failure)?:
                guard failure.code == .unreachable else { throw failure }
                last = failure
                try await timing.sleep(for: environment.limits.connectPause)
            case nil: throw Failure(last: last)
            }
        }
    }

    /// - Throws: `CancellationError`.
    private func attempt() async throws -> Result<ClientConnection, ConnectionError> {
        do {
            return .success(
                try await ClientConnection.connect(
                    to: endpoint, security: security, on: environment.eventLoopGroup, limits: environment.rpcLimits,
                    keepalive: .child, metrics: environment.metrics))
        } catch let failure as ConnectionError {
            return .failure(failure)
        }
    }
}
