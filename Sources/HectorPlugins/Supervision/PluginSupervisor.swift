import HectorCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Keeps one replica of a plugin running: starts it, watches it, starts it again, stops it.
///
/// `run()` ends after `stop()`, graceful shutdown or cancellation, when the process is gone. A plugin that fails does not
/// end it: it is tried again, for ever, at growing distance.
package final class PluginSupervisor: Service {
    /// How much time a plugin gets to end.
    package enum Haste: Sendable {
        /// Each step of the ladder in full: 11 s at most, a second and a half as a rule.
        case inOrder
        /// It is asked to shut down all the same; after 2 s it is gone.
        case quickly
    }

    /// `NAME-1`, …
    package let id: String
    package let specification: PluginSpecification
    /// Every change of state, for one reader.
    package let states: AsyncStream<PluginState>

    private let environment: PluginEnvironment
    private let logger: Logger
    private let stopRequest = Signal<Void>()
    private let hurry = Signal<Void>()
    private let current = Mutex<PluginState>(.starting(attempt: 1))
    private let failureLog: Mutex<FailureLog>
    private let changes: AsyncStream<PluginState>.Continuation

    package init(_ specification: PluginSpecification, replica id: String, environment: PluginEnvironment) {
        self.id = id
        self.specification = specification
        self.environment = environment
        var logger = environment.logger
        logger[metadataKey: "plugin"] = "\(id)"
        self.logger = logger
        failureLog = Mutex(FailureLog())
        (states, changes) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(environment.limits.bufferedStates))
    }

    /// Where it is now.
    package var state: PluginState { current.withLock { $0 } }

    /// Requests the end. Calls in flight should have been drained before. Said again with more haste, it shortens what is
    /// under way.
    package func stop(_ haste: Haste = .inOrder) {
        if haste == .quickly { hurry.set() }
        stopRequest.set()
    }

    /// Cancelling its task is `stop(.quickly)`: the plugin still gets its `Shutdown`.
    package func run() async {
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await uncancelled { await self.supervise() }
            } onGracefulShutdown: {
                self.stop()
            }
        } onCancel: {
            self.stop(.quickly)
        }
        publish(.stopped)
        changes.finish()
    }

    /// In a cancelled task no call could be made any more, the one that asks the plugin to shut down included.
    private func uncancelled(_ body: @escaping @Sendable () async -> Void) async {
        // The body throws nothing.
        try? await environment.eventLoopGroup.any().makeFutureWithTask { await body() }.get()
    }

    private func supervise() async {
        var policy = RestartPolicy(environment.restarts)
        var attempt = 0
        while !stopRequest.isSet {
            attempt += 1
            publish(.starting(attempt: attempt))
            let file = FileStamp(specification.executable)
            let life = PluginLife(
                replica: id, specification: specification, environment: environment, logger: logger,
                stop: stopRequest, hurry: hurry, publish: { [self] in publish($0) })
            guard case .failed(let error, let served, let hung) = await life.run(), !stopRequest.isSet else { return }

            let rest: Duration?
            switch error.remedy {
            case .restart:
                switch policy.failed(at: environment.timing.elapsed(), afterServing: served, hung: hung, random: environment.timing.random) {
                case .restart(let delay):
                    publish(.restarting(reason: error, delay: delay))
                    rest = delay
                case .giveUp(let failures, let delay):
                    publish(.failed(reason: givenUp(error, failures, delay, wasHung: hung > .zero)))
                    rest = delay
                }
            case .mendFile, .wait:
                let delay = policy.hindered(afterServing: served != nil, random: environment.timing.random)
                // Callers wait for what starts again soon, and not for what may take somebody until tomorrow.
                publish(policy.isHindered ? .failed(reason: error) : .restarting(reason: error, delay: delay))
                rest = delay
            case .replace:
                publish(.failed(reason: error))
                rest = nil
            }
            if await pause(rest, since: file) { policy = RestartPolicy(environment.restarts) }
        }
    }

    private func givenUp(_ error: PluginError, _ failures: Int, _ rest: Duration, wasHung: Bool) -> PluginError {
        PluginError(
            .gaveUp, plugin: id,
            "it failed \(failures) times within \(environment.restarts.window.inSeconds)\(wasHung ? " (not counting time in which it hung)" : ""); it is now restarted only every \(rest.inSeconds), or when its file changes. Last failure: \(error.problem)",
            cause: error)
    }

    /// Waits; without a time until the file changes. A stop ends it, too.
    ///
    /// - Returns: Whether the file is another than it was before the failed attempt.
    private func pause(_ time: Duration?, since file: FileStamp) async -> Bool {
        let timing = environment.timing
        let end = time.map { timing.elapsed() + $0 }
        while !stopRequest.isSet {
            let left = end.map { $0 - timing.elapsed() } ?? environment.limits.filePoll
            guard left > .zero else { return false }
            _ = try? await timing.limit(min(left, environment.limits.filePoll)) { [stopRequest] in try await stopRequest.wait() }
            if FileStamp(specification.executable) != file { return true }
        }
        return false
    }

    private func publish(_ state: PluginState) {
        let before = current.withLock { current in
            defer { current = state }
            return current
        }
        switch (state, before) {
        case (.starting, _): logger.debug("plugin starting")
        case (.ready(let plugin), .ready(let known)) where plugin.pid == known.pid && plugin.offers != known.offers:
            logger.info("plugin offers other names", metadata: ["offers": "\(Self.names(plugin.offers))"])
        case (.ready(let plugin), .ready(let known)) where plugin.pid == known.pid:
            logger.debug("plugin connected again", metadata: ["endpoint": "\(plugin.endpoint)"])
        case (.ready(let plugin), _):
            var metadata: Logger.Metadata = ["pid": "\(plugin.pid)", "endpoint": "\(plugin.endpoint)", "auto_mtls": "\(plugin.isSecure)"]
            if plugin.offers != nil { metadata["offers"] = "\(Self.names(plugin.offers))" }
            logger.info("plugin ready", metadata: metadata)
        case (.unhealthy(_, let reason), .unhealthy(_, let known)) where reason == known: break
        case (.unhealthy(_, let reason), _):
            logger.log(level: environment.logsFailures ? .warning : .debug, "plugin unhealthy", metadata: ["reason": "\(reason)"])
        case (.restarting(let error, let delay), _): log(error, ["restart_in": "\(delay.inSeconds)"])
        case (.failed(let error), _):
            switch error.remedy {
            case .replace where error.code != .gaveUp: log(error, ["restart_in": "when its file changes"])
            case .mendFile, .wait: log(error, ["restart_in": "\(environment.restarts.delays.longest.inSeconds) at most"])
            default: log(error, [:])
            }
        case (.stopping, _): logger.debug("plugin stopping")
        case (.stopped, _): logger.debug("plugin stopped")
        }
        changes.yield(state)
    }

    private static func names(_ offers: [PluginOffer]?) -> String {
        let names = (offers ?? []).map(\.key.name)
        return singleLine(names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : ""), limit: 1_000)
    }

    private func log(_ error: PluginError, _ metadata: Logger.Metadata) {
        let level = failureLog.withLock { $0.level(of: error.problem, at: environment.timing.elapsed()) }
        logger.log(level: environment.logsFailures ? level : .debug, "\(error.message)", metadata: metadata)
    }
}

/// A failure that repeats is logged a few times, and then from time to time.
private struct FailureLog {
    private var last = ""
    private var limit = RateLimit(burst: 6, perSecond: 1 / 600)

    mutating func level(of problem: String, at moment: Duration) -> Logger.Level {
        if problem != last { self = FailureLog() }
        last = problem
        return limit.admit(at: moment) == nil ? .debug : .error
    }
}
