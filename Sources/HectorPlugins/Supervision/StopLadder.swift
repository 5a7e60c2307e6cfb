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

    /// The rungs, in their order.
    enum Rung: String, CaseIterable, Sendable {
        /// The provider's own `Shutdown`.
        case shutdown = "Shutdown"
        /// go-plugin's, after which the process ends by itself.
        case controller = "Controller.Shutdown"
        case term = "SIGTERM"
        case kill = "SIGKILL"

        /// How long it may take until the next one follows.
        func time(_ limits: PluginLimits, isQuick: Bool) -> Duration {
            switch self {
            case .shutdown: isQuick ? limits.quickShutdownTime : limits.shutdownTime
            case .controller, .term: isQuick ? limits.quickStepTime : limits.stepTime
            case .kill: limits.stepTime
            }
        }
    }

    /// Returns when the process is gone. SIGKILL follows after `shutdownTime` and twice `stepTime`, or their quick counterparts from `hurry` on.
    ///
    /// - Parameter connection: Nil if the plugin would not respond.
    func descend(_ connection: ClientConnection?) async {
        for rung in connection == nil ? [.term, .kill] : Rung.allCases {
            if await take(rung, connection) { return }
        }
    }

    /// - Returns: Whether the process is gone.
    private func take(_ rung: Rung, _ connection: ClientConnection?) async -> Bool {
        let began = timing.elapsed()
        // How long it may wait for calls under way a plugin learns from the deadline.
        let deadline = rung.time(limits, isQuick: hurry.isSet)
        let isDone = await withTaskGroup(of: Bool.self) { tasks in
            // A plugin that fails to shut down in order is shut down otherwise: the answers decide nothing.
            tasks.addTask {
                switch rung {
                case .shutdown: return (try? await connection?.unary(methods.shutdown, .init(), options: CallOptions(timeout: deadline))) != nil
                case .controller:
                    // The process may end before it answers.
                    _ = try? await connection?.unary(ControllerMethods.shutdown, .init())
                    await connection?.close()
                case .term: child.signal(SIGTERM)
                case .kill: child.signal(SIGKILL)
                }
                return (try? await child.exit()) != nil
            }
            for isQuick in [false, true] {
                tasks.addTask {
                    if isQuick { guard (try? await hurry.wait()) != nil else { return false } }
                    try? await timing.sleep(for: rung.time(limits, isQuick: isQuick))
                    return false
                }
            }
            defer { tasks.cancelAll() }
            return await tasks.next() ?? false
        }
        if rung == .controller, !isDone { await connection?.close() }
        logger.log(
            level: isDone && rung != .kill ? .debug : .info, "plugin stopping",
            metadata: ["step": "\(rung.rawValue)", "done": "\(isDone)", "took": "\((timing.elapsed() - began).inSeconds)"])
        return isDone && rung != .shutdown
    }
}
