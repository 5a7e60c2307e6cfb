import Glibc
import HectorCore
import HectorHandshake
import HectorProto
import HectorRPC
import HectorYAML
import Logging
import SwiftProtobuf

/// One process of a plugin from its start to its end.
struct PluginLife: Sendable {
    enum End: Sendable {
        case stopped
        /// `served`: how long it had been ready; nil: it never was. `hung`: how much of that it hung.
        case failed(PluginError, served: Duration?, hung: Duration = .zero)
    }

    private enum Event: Sendable {
        case stopRequested
        case exited(ExitStatus)
        case ready(PluginBringUp.Outcome)
        case failed(PluginError)
        case connectionLost(String)
        case hung(PluginError, for: Duration)
        /// A task ended that decides nothing, or was cancelled.
        case nothing
    }

    let replica: String
    let specification: PluginSpecification
    let environment: PluginEnvironment
    let logger: Logger
    let stop: Signal<Void>
    let hurry: Signal<Void>
    let publish: @Sendable (PluginState) -> Void

    private var limits: PluginLimits { environment.limits }
    private var timing: Timing { environment.timing }
    /// What the process knows and may say: in its output, in its errors, of its health.
    private var secrets: Secrets { Secrets(in: specification.variables.of(environment.variables).merging(specification.config) { "\($0)\n\($1)" }) }

    /// Runs the process. When it returns, neither the process nor its files exist.
    func run() async -> End {
        let place: RuntimeDirectory.Place
        do {
            place = try environment.directory.make()
        } catch {
            return failed(.host, error.description, cause: error)
        }
        defer { environment.directory.remove(place) }
        let end = await removingSecrets(run(ProviderService.of(specification.kind).common, in: place))
        // Without its directory no plugin can listen, or be dialled again.
        if case .failed(let error, let served, _) = end, error.remedy == .restart, !place.stands {
            return failed(.host, "its directory \(place.temporary) was removed while it ran; it gets a new one. \(error.problem)", served: served, cause: error)
        }
        return end
    }

    private func removingSecrets(_ end: End) -> End {
        guard case .failed(var error, let served, let hung) = end else { return end }
        error.problem = secrets.removed(from: error.problem)
        return .failed(error, served: served, hung: hung)
    }

    private func run(_ methods: ProviderMethods, in place: RuntimeDirectory.Place) async -> End {
        let identity: TLSIdentity?
        do {
            identity = specification.autoMTLS == .off ? nil : try TLSIdentity.selfSigned(now: environment.timing.secondsSince1970())
        } catch {
            return failed(.host, "its certificate cannot be created: \(error.message)", cause: error)
        }
        let host = HostSide(
            socketDirectory: place.sockets, temporaryDirectory: place.temporary, clientCertificatePEM: identity?.certificatePEM)
        let variables = specification.variables.of(environment.variables)
        let executable = Executable(plugin: replica, path: specification.executable, environment: variables)
        let child: ChildProcess
        do {
            try executable.check()
            child = try await ProcessThread.shared.spawn(
                ProcessRequest(
                    path: specification.executable, arguments: specification.arguments, environment: host.environment(inheriting: variables)))
        } catch let error as PluginError {
            return .failed(error, served: nil)
        } catch let error as SpawnError {
            return .failed(executable.explain(error), served: nil)
        } catch {
            return failed(.spawn, "\(error)", cause: error)
        }
        logger.debug("plugin process started", metadata: ["pid": "\(child.pid)"])

        let log = PluginLog(logger: logger, limits: limits, secrets: secrets, now: timing.elapsed)
        let output = ChildOutput(child, log: log, on: environment.eventLoopGroup, timing: timing)
        return await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await output.drain() }
            let end = await supervise(
                child, output, methods,
                bringUp: PluginBringUp(
                    replica: replica, specification: specification, environment: environment, methods: methods,
                    identity: identity, child: child, output: output))
            child.signal(SIGKILL)
            _ = try? await child.exit()
            await finishOutput(output)
            tasks.cancelAll()
            return end
        }
    }

    private func supervise(
        _ child: ChildProcess, _ output: ChildOutput, _ methods: ProviderMethods, bringUp: PluginBringUp
    ) async -> End {
        let ladder = StopLadder(child: child, methods: methods, timing: timing, limits: limits, hurry: hurry, logger: logger)
        let start = await race(child) {
            do {
                return .ready(try await bringUp.run())
            } catch let error as PluginError {
                return .failed(error)
            } catch {
                // Cancelled, since something else was first.
                return .nothing
            }
        }
        // The connection may have come about at the very moment at which the race was lost.
        let ready = start.lazy.compactMap { if case .ready(let outcome) = $0 { outcome } else { nil } }.first
        guard case .ready(let outcome)? = start.first else {
            let end = await self.end(start.first, child, output, served: nil)
            await ladder.descend(ready?.plugin.connection)
            return end
        }

        let began = timing.elapsed()
        let keeper = ConnectionKeeper(outcome.plugin, dialer: outcome.dialer, log: output.log, logger: logger, publish: publish)
        keeper.report(complaint: outcome.complaint.map(secrets.removed))
        let life = await race(child) { await serve(keeper, methods, complaint: outcome.complaint) }
        let end = await self.end(life.first, child, output, served: timing.elapsed() - began)
        // Nobody answers any more behind a lost connection, or a plugin that hangs: it is not asked.
        let isDeaf =
            switch life.first {
            case .connectionLost, .hung: true
            default: false
            }
        let connection = keeper.plugin.connection
        // Calls that hang there may be made elsewhere.
        if isDeaf { await connection.close() }
        await ladder.descend(isDeaf ? nil : connection)
        await connection.close()
        return end
    }

    /// Runs `body` until it ends, the child ends, or a stop is requested. What happened first comes first.
    private func race(_ child: ChildProcess, _ body: @escaping @Sendable () async -> Event) async -> [Event] {
        await withTaskGroup(of: Event.self) { tasks in
            tasks.addTask { (try? await child.exit()).map(Event.exited) ?? .nothing }
            tasks.addTask { (try? await stop.wait()) == nil ? .nothing : .stopRequested }
            tasks.addTask { await body() }
            var events: [Event] = []
            for await event in tasks {
                if case .nothing = event { continue }
                events.append(event)
                tasks.cancelAll()
            }
            return events
        }
    }

    /// What a first event means. Publishes that it stops where a stop was requested.
    private func end(_ event: Event?, _ child: ChildProcess, _ output: ChildOutput, served: Duration?) async -> End {
        switch event {
        case .stopRequested, .ready, .nothing, nil:
            publish(.stopping)
            return .stopped
        case .exited(let status):
            return .failed(await ended(status, output, served: served), served: served)
        case .failed(let error):
            // A process that dies takes its connection along first; its end is the better explanation.
            guard error.code != .handshake, let status = await exitSoon(child) else { return .failed(error, served: served) }
            return .failed(await ended(status, output, served: served), served: served)
        case .connectionLost(let reason):
            if let status = await exitSoon(child) { return .failed(await ended(status, output, served: served), served: served) }
            return failed(.connection, "its connection was lost while it served: \(reason)", served: served)
        case .hung(let error, let silence):
            return .failed(error, served: served, hung: silence)
        }
    }

    private func ended(_ status: ExitStatus, _ output: ChildOutput, served: Duration?) async -> PluginError {
        await finishOutput(output)
        let words = output.lastWords
        guard served == nil else {
            return PluginError(.exited, plugin: replica, "it exited while it served, with \(status)\(words)")
        }
        // What it printed may tell more than its end: rubbish, or a handshake that we cannot use.
        if let line = output.firstLine.value ?? nil {
            do {
                _ = try HandshakeLine(parsing: line.text)
            } catch {
                return PluginError(.handshake, plugin: replica, "\(error.message) (it exited with \(status))\(words)", cause: error)
            }
        }
        return PluginError(.exited, plugin: replica, "it exited before it was ready, with \(status)\(words)")
    }

    private func exitSoon(_ child: ChildProcess) async -> ExitStatus? {
        (try? await timing.limit(limits.drainTime) { try await child.exit() }) ?? nil
    }

    private func finishOutput(_ output: ChildOutput) async {
        _ = try? await timing.limit(limits.drainTime) { try await output.isDrained.wait() }
    }

    /// Watches a ready plugin until it cannot be reached any more, or hangs.
    private func serve(_ keeper: ConnectionKeeper, _ methods: ProviderMethods, complaint: String?) async -> Event {
        await withTaskGroup(of: Event.self) { tasks in
            tasks.addTask { await watchHealth(keeper, methods, complaint: complaint) }
            tasks.addTask { await keeper.run().map(Event.connectionLost) ?? .nothing }
            for await event in tasks {
                if case .nothing = event { continue }
                tasks.cancelAll()
                return event
            }
            return .nothing
        }
    }

    /// Returns when the plugin hangs, or has no health to tell.
    private func watchHealth(_ keeper: ConnectionKeeper, _ methods: ProviderMethods, complaint: String?) async -> Event {
        var watch = HealthWatch(limits: limits, complaint: complaint)
        var pause = limits.healthInterval
        while (try? await timing.sleep(for: pause)) != nil {
            let verdict: HealthWatch.Verdict?
            let plugin = keeper.plugin
            do {
                let health = try await plugin.connection.unary(
                    methods.health, .init(), options: CallOptions(timeout: limits.healthTime, outlastsSilence: true))
                verdict = watch.answered(isHealthy: health.healthy, message: singleLine(health.message))
                pause = limits.healthInterval
            } catch let error as RPCError where error.code == .unimplemented {
                return .nothing
            } catch let error as RPCError where error.progress == .notProcessed {
                // The connection takes no more calls, which is seen elsewhere: the plugin was not asked.
                pause = limits.healthInterval
                continue
            } catch {
                guard !Task.isCancelled, let signs = await signs(plugin) else { continue }
                verdict = watch.missed(signs)
                // What failed at once was not waited for.
                pause = (error as? RPCError)?.code == .deadlineExceeded ? .zero : limits.healthInterval
            }
            switch verdict {
            case .healthy:
                // What it waited for may decide what it can do.
                keeper.report(
                    complaint: nil, capabilities: await specification.capabilities(plugin.connection, methods, within: limits.healthTime))
            case .unhealthy(let reason): keeper.report(complaint: secrets.removed(from: reason))
            case .hung(let misses, let silence):
                return .hung(
                    PluginError(
                        .unresponsive, plugin: replica,
                        "it hangs: no response for \(silence.inWholeSeconds) (\(misses) health checks), and no processor time spent on calls"),
                    for: silence)
            case nil: break
            }
        }
        return .nothing
    }

    /// Nil once the connection is lost, which is seen elsewhere, and where the host lacks what it needs to look.
    private func signs(_ plugin: ReadyPlugin) async -> HealthWatch.Signs? {
        guard let activity = await plugin.connection.activity(), let used = ProcessorTime.ofGroup(plugin.pid) else { return nil }
        return HealthWatch.Signs(
            answers: activity.answers, calls: activity.calls, processorTime: used, moment: timing.elapsed())
    }

    private func failed(
        _ code: PluginError.Code, _ problem: String, served: Duration? = nil, cause: (any Error)? = nil
    ) -> End {
        .failed(PluginError(code, plugin: replica, problem, cause: cause), served: served)
    }
}
