import Glibc
import HectorProto
import HectorRPC

/// How a plugin is stopped: asked, asked again, told, killed. Each step waits for the process to end.
struct StopLadder: Sendable {
    let child: ChildProcess
    let methods: ProviderMethods
    let clock: PluginClock
    let limits: PluginLimits

    /// Returns when the process is gone. In a cancelled task there is no time to ask or wait: it is killed at once.
    func descend(_ connection: ClientConnection?) async {
        if let connection, !Task.isCancelled {
            // A plugin that fails to shut down in order is shut down otherwise: the answers decide nothing.
            _ = try? await connection.unary(methods.shutdown, .init(), options: CallOptions(timeout: limits.shutdownTime))
            // The process ends while it answers, so this fails even when it works.
            _ = try? await connection.unary(ControllerMethods.shutdown, .init(), options: CallOptions(timeout: limits.stepTime))
            await connection.close()
            if await hasEnded() { return }
        }
        child.signal(SIGTERM)
        if await hasEnded() { return }
        child.signal(SIGKILL)
        _ = try? await child.exit()
    }

    private func hasEnded() async -> Bool {
        let status = try? await clock.limit(limits.stepTime) { try await child.exit() }
        return status != nil
    }
}
