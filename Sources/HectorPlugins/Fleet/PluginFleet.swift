package import HectorCore
import HectorRPC
import Logging
import ServiceLifecycle
import Synchronization

/// All plugins of this machine, supervised, and moved to what is wanted: `apply` says what that is, at any time.
package final class PluginFleet: Sendable {
    /// What callers are to know.
    package enum Report: Sendable {
        /// The replica is in that state. Its process may be another than in the report before.
        case state(PluginState, PluginSupervisor)
        /// There is no such replica any more.
        case gone(replica: String)
    }

    private enum Work: Sendable {
        case run(FleetState.ProcessID, PluginSupervisor)
        case retire(PluginSupervisor)
    }

    private struct State {
        var fleet: FleetState
        var supervisors: [FleetState.ProcessID: PluginSupervisor] = [:]
        /// The process that each slot is, for callers.
        var shown: [String: FleetState.ProcessID] = [:]
        /// Shown as stopping, whatever they say of themselves.
        var retiring: Set<FleetState.ProcessID> = []
        var isEnding = false
    }

    private let environment: PluginEnvironment
    private let elsewhere: @Sendable (PluginKey) -> FleetState.Elsewhere
    /// How long calls of a process that is retired may take to finish.
    private let drainTimeout: @Sendable () -> Duration
    private let report: @Sendable (Report) -> Void
    private let state: Mutex<State>
    private let works: AsyncStream<Work>
    private let work: AsyncStream<Work>.Continuation
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - elsewhere: What is known of a plugin's replicas on other machines; must not block.
    ///   - report: Takes all reports, one at a time; must not block, nor call the fleet.
    package init(
        environment: PluginEnvironment, elsewhere: @escaping @Sendable (PluginKey) -> FleetState.Elsewhere = { _ in .none },
        drainTimeout: @escaping @Sendable () -> Duration,
        report: @escaping @Sendable (Report) -> Void
    ) {
        self.environment = environment
        self.elsewhere = elsewhere
        self.drainTimeout = drainTimeout
        self.report = report
        state = Mutex(State(fleet: FleetState(environment.limits)))
        // Bounded by the processes that there are.
        (works, work) = AsyncStream.makeStream()
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// From now on these plugins should run, and no others. Returns at once.
    package func apply(_ wanted: [DesiredPlugin]) {
        change { $0.apply(wanted, now: $1) }
    }

    /// Upgrades that were given up.
    package var conditions: [MeshCondition] { state.withLock { $0.fleet.conditions } }

    /// Whether everything runs as it should, or was given up.
    package var isSettled: Bool { state.withLock { $0.fleet.isSettled } }

    /// Returns when everything runs as it should or was given up, or the time is over.
    ///
    /// - Returns: Whether it is so.
    package func settle(within time: Duration) async -> Bool {
        let timing = environment.timing
        let end = timing.elapsed() + time
        while !isSettled {
            guard timing.elapsed() < end, (try? await timing.sleep(for: environment.limits.upgradeTurn)) != nil else { return false }
        }
        return true
    }

    /// Ends after graceful shutdown or cancellation, when all processes are gone.
    package func run() async {
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await withDiscardingTaskGroup { group in
                    group.addTask { await self.turn() }
                    for await work in works {
                        switch work {
                        case .run(let process, let supervisor):
                            group.addTask {
                                await supervisor.run()
                                self.ended(process)
                            }
                            group.addTask {
                                for await state in supervisor.states { self.reported(process, state, supervisor) }
                            }
                        case .retire(let supervisor): group.addTask { await self.retire(supervisor) }
                        }
                    }
                }
            } onGracefulShutdown: {
                self.end()
            }
        } onCancel: {
            self.end()
        }
    }

    // MARK: -

    /// Nothing is started any more.
    private func end() {
        state.withLock { $0.isEnding = true }
        work.finish()
        wake.finish()
    }

    /// Looks at what time has changed, while something is under way.
    private func turn() async {
        var wakes = wakes.makeAsyncIterator()
        while true {
            if state.withLock({ $0.fleet.isWaiting && !$0.isEnding }) {
                guard (try? await environment.timing.sleep(for: environment.limits.upgradeTurn)) != nil else { return }
            } else {
                guard await wakes.next() != nil else { return }
            }
            // Without waking itself: it would never rest.
            advance { _, _ in [] }
        }
    }

    private func reported(_ process: FleetState.ProcessID, _ new: PluginState, _ supervisor: PluginSupervisor) {
        change { fleet, now in
            if let condition = FleetState.Condition(new) { fleet.reported(process, condition, now: now) }
            return []
        } first: { state in
            guard state.shown[supervisor.id] == process else { return }
            if state.retiring.contains(process), new.isBeforeItsEnd || state.fleet.isReplaced(process) { return }
            report(.state(new, supervisor))
        }
    }

    private func ended(_ process: FleetState.ProcessID) {
        change { $0.ended(process, now: $1) } first: { state in
            state.supervisors[process] = nil
            state.retiring.remove(process)
        }
    }

    private func change(
        _ input: (inout FleetState, Instant) -> [FleetState.Action], first: (inout State) -> Void = { _ in }
    ) {
        advance(input, first: first)
        wake.yield()
    }

    /// Done while it is locked: of two reports on one replica, the last one told is the newest.
    private func advance(
        _ input: (inout FleetState, Instant) -> [FleetState.Action], first: (inout State) -> Void = { _ in }
    ) {
        state.withLock { state in
            let now = environment.timing.now()
            first(&state)
            let actions = input(&state.fleet, now)
            guard !state.isEnding else { return }
            for action in actions + state.fleet.advance(now: now, elsewhere: elsewhere) { perform(action, &state) }
        }
    }

    private func perform(_ action: FleetState.Action, _ state: inout State) {
        switch action {
        case .start(let process, let slot, let plugin):
            let supervisor = PluginSupervisor(plugin.specification, replica: slot, environment: environment)
            state.supervisors[process] = supervisor
            work.yield(.run(process, supervisor))
        case .show(let process, let slot):
            state.shown[slot] = process
            if let supervisor = state.supervisors[process] { report(.state(supervisor.state, supervisor)) }
        case .retire(let process):
            guard let supervisor = state.supervisors[process] else { return }
            if state.shown[supervisor.id] == process {
                state.retiring.insert(process)
                report(.state(state.fleet.isReplaced(process) ? .starting(attempt: 1) : .stopping, supervisor))
            }
            work.yield(.retire(supervisor))
        case .stop(let process): state.supervisors[process]?.stop()
        case .forget(let slot):
            state.shown[slot] = nil
            report(.gone(replica: slot))
        case .tell(let event):
            let level: Logger.Level = if case .givenUp = event.kind { .error } else { .info }
            environment.logger.log(level: level, "\(event)")
        }
    }

    /// Drains a process that gets no new calls, then stops it.
    private func retire(_ supervisor: PluginSupervisor) async {
        let (timing, limits) = (environment.timing, environment.limits)
        let time = drainTimeout()
        let end = timing.elapsed() + time
        // Somebody who picked it just now may not have begun the call yet.
        var idleTurns = 0
        while idleTurns < 2, timing.elapsed() < end, (try? await timing.sleep(for: limits.upgradeTurn)) != nil {
            // One that does not serve has no calls to finish.
            guard let activity = await supervisor.state.connection?.activity() else { break }
            idleTurns = activity.calls == 0 ? idleTurns + 1 : 0
        }
        if let calls = await supervisor.state.connection?.activity()?.calls, calls > 0 {
            environment.logger.warning(
                "plugin \(supervisor.id): calls are cut off, which have not finished within \(time.inSeconds)", metadata: ["calls": "\(calls)"])
        }
        supervisor.stop()
    }
}

extension PluginState {
    fileprivate var isBeforeItsEnd: Bool {
        switch self {
        case .stopping, .stopped: false
        default: true
        }
    }

    fileprivate var connection: ClientConnection? {
        switch self {
        case .ready(let plugin), .unhealthy(let plugin, _): plugin.connection
        default: nil
        }
    }
}

extension FleetState.Condition {
    /// Nil for a process that is told to end.
    fileprivate init?(_ state: PluginState) {
        switch state {
        case .starting: self = .starting
        case .ready: self = .ready
        case .unhealthy(_, let reason): self = .unhealthy(reason: reason)
        case .restarting(let error, _), .failed(let error): self = .failed(reason: error.problem)
        case .stopping, .stopped: return nil
        }
    }
}
