import Logging
import ServiceLifecycle
import Synchronization

/// Keeps one replica of a plugin running: starts it, watches it, starts it again, stops it.
///
/// `run()` ends after `stop()` or graceful shutdown, when the process is gone. Cancelling its task kills the
/// process at once. A plugin that failed for good does not end `run()`: the others go on.
package final class PluginSupervisor: Service {
    /// `NAME-1`, …
    package let id: String
    package let specification: PluginSpecification
    /// Every change of state, for one reader.
    package let states: AsyncStream<PluginState>

    private let environment: PluginEnvironment
    private let logger: Logger
    private let stopRequest = OneShot<Void>()
    private let current = Mutex<PluginState>(.starting(attempt: 1))
    private let changes: AsyncStream<PluginState>.Continuation

    package init(_ specification: PluginSpecification, replica id: String, environment: PluginEnvironment) {
        self.id = id
        self.specification = specification
        self.environment = environment
        var logger = environment.logger
        logger[metadataKey: "plugin"] = "\(id)"
        self.logger = logger
        (states, changes) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(environment.limits.bufferedStates))
    }

    /// Where it is now.
    package var state: PluginState { current.withLock { $0 } }

    /// Requests the end. Calls in flight should have been drained before.
    package func stop() { stopRequest.fulfil(()) }

    package func run() async {
        await withGracefulShutdownHandler {
            await supervise()
        } onGracefulShutdown: {
            self.stop()
        }
        publish(.stopped)
        changes.finish()
    }

    private func supervise() async {
        var policy = RestartPolicy(environment.restarts)
        var attempt = 0
        while stopRequest.now == nil, !Task.isCancelled {
            attempt += 1
            publish(.starting(attempt: attempt))
            let life = PluginLife(
                replica: id, specification: specification, environment: environment, logger: logger,
                stop: stopRequest, publish: { [self] in publish($0) })
            guard case .failed(let error, let served, let hung) = await life.run(), stopRequest.now == nil, !Task.isCancelled else { return }

            guard !error.isPermanent else { return await giveUp(error) }
            switch policy.failed(at: environment.clock.elapsed(), afterServing: served, hung: hung, chance: environment.random()) {
            case .giveUp(let failures):
                return await giveUp(
                    PluginError(
                        .gaveUp, plugin: id,
                        "it failed \(failures) times within \(environment.restarts.window)\(hung > .zero ? ", time in which it hung left out," : "") and is not started again. The last time: \(error.problem)",
                        cause: error))
            case .restart(let delay):
                publish(.restarting(reason: error, delay: delay))
                _ = try? await environment.clock.limit(delay) { [stopRequest] in try await stopRequest.value() }
            }
        }
    }

    private func giveUp(_ error: PluginError) async {
        publish(.failed(reason: error))
        _ = try? await stopRequest.value()
    }

    private func publish(_ state: PluginState) {
        switch state {
        case .starting: logger.debug("plugin starting")
        case .ready(let plugin):
            logger.info("plugin ready", metadata: ["pid": "\(plugin.pid)", "endpoint": "\(plugin.endpoint)", "auto_mtls": "\(plugin.isSecure)"])
        case .unhealthy(_, let reason): logger.warning("plugin unhealthy", metadata: ["reason": "\(reason)"])
        case .restarting(let error, let delay): logger.error("\(error.message)", metadata: ["restart_in": "\(delay)"])
        case .failed(let error): logger.error("\(error.message)", metadata: ["restart_in": "never"])
        case .stopping: logger.debug("plugin stopping")
        case .stopped: logger.debug("plugin stopped")
        }
        current.withLock { $0 = state }
        changes.yield(state)
    }
}
