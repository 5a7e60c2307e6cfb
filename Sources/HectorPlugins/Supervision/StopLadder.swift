import Glibc
internal import HectorCore
import HectorProto
import HectorRPC
import Logging

/// How a plugin is stopped: `Shutdown`, go-plugin's `Shutdown`, SIGTERM, SIGKILL. Each step waits for the process to end.
struct StopLadder: Sendable {
    let child: ChildProcess
    let methods: ProviderMethods
    let timing: Timing
    let limits: PluginLimits
    /// Comes when there is no time for the full length of the steps any more, before or while they are taken.
    let hurry: Signal<Void>
    let logger: Logger

    /// Returns when the process is gone: within `shutdownTime` and four times `stepTime`, or their quick counterparts from `hurry` on.
    ///
    /// - Parameter connection: Nil if the plugin would not respond.
    func descend(_ connection: ClientConnection?) async {
        if let connection {
            // A plugin that fails to shut down in order is shut down otherwise: the answers decide nothing. How long it may wait for
            // calls under way it learns from the deadline.
            let time = hurry.isSet ? limits.quickShutdownTime : limits.shutdownTime
            _ = await step("Shutdown", limits.shutdownTime, quick: limits.quickShutdownTime) {
                (try? await connection.unary(methods.shutdown, .init(), options: CallOptions(timeout: time))) != nil
            }
            // The process ends while it answers, so this fails even when it works.
            _ = await step("Controller.Shutdown", limits.stepTime, quick: limits.quickStepTime) {
                (try? await connection.unary(ControllerMethods.shutdown, .init())) != nil
            }
            await connection.close()
            if await ended("its own end") { return }
        }
        child.signal(SIGTERM)
        if await ended("SIGTERM") { return }
        child.signal(SIGKILL)
        _ = await step("SIGKILL", limits.stepTime, quick: limits.stepTime) { (try? await child.exit()) != nil }
    }

    private func ended(_ name: String) async -> Bool {
        await step(name, limits.stepTime, quick: limits.quickStepTime) { (try? await child.exit()) != nil }
    }

    /// - Returns: Whether the body succeeded in its time.
    private func step(
        _ name: String, _ time: Duration, quick: Duration, _ body: @escaping @Sendable () async -> Bool
    ) async -> Bool {
        let began = timing.elapsed()
        let isDone = await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask { await body() }
            tasks.addTask {
                try? await timing.sleep(for: time)
                return false
            }
            tasks.addTask {
                guard (try? await hurry.wait()) != nil else { return false }
                try? await timing.sleep(for: quick)
                return false
            }
            defer { tasks.cancelAll() }
            return await tasks.next() ?? false
        }
        logger.debug(
            "plugin stopping", metadata: ["step": "\(name)", "done": "\(isDone)", "took": "\((timing.elapsed() - began).inSeconds)"])
        return isDone
    }
}
