package import HectorCore
package import HectorLoad
import Synchronization

/// Brings every call to a replica of its plugin, and again to another one when that is safe.
///
/// The replica sets decide; the router holds the lock, and resumes the callers that they name.
/// `Connection` is whatever a call is made on: a handle, neither opened nor closed here.
/// `run` must be running: without it, waiting calls never time out and ejected replicas never return.
package final class Router: Sendable {
    let mesh: String
    let host: String
    let timing: Timing
    let classify: @Sendable (any Error) -> FailureKind
    private let state: Mutex<RouterState>

    /// - Parameters:
    ///   - seed: Chance for ties and jitter; different on each host.
    ///   - classify: What an operation's error says of the replica.
    package init(
        mesh: String, host: String, limits: MeshLimits = MeshLimits(), timing: Timing, seed: UInt64,
        classify: @escaping @Sendable (any Error) -> FailureKind
    ) {
        self.mesh = mesh
        self.host = host
        self.timing = timing
        self.classify = classify
        state = Mutex(RouterState(limits: limits, seed: seed))
    }

    // MARK: What is used here

    /// Plugins that are used here: shown as waiting until a replica carries them.
    package func expect(_ plugins: Set<PluginKey>) {
        state.withLock { $0.expected = plugins }
    }

    /// From now on these replicas and machines get no new calls, and all others may get some. Calls in flight go on.
    package func drain(_ drains: Drains) {
        locked { $0.drain(drains, now: $1) }
    }

    // MARK: What people ask

    /// All replicas by plugin, host and replica; notices are the host's to add.
    package func snapshot() -> MeshSnapshot {
        // Figures are made of the copies, so that calls do not wait for them.
        let (sets, waiting, now) = locked { state, now in (state.copies, state.unserved, now) }
        return MeshSnapshot(mesh: mesh, host: host, replicas: sets.statuses(now: now), waiting: waiting)
    }

    /// Names of plugins of that kind that replicas carry, sorted.
    package func plugins(of kind: PluginKind) -> [String] {
        locked { state, _ in state.sets.filter { $0.key.kind == kind && !$0.value.replicas.isEmpty }.map(\.key.name) }.sorted()
    }

    /// Whether any replica carries the plugin, in whatever state. Takes the same time however many there are.
    package func carries(_ plugin: PluginKey) -> Bool {
        locked { state, _ in !(state.sets[plugin]?.replicas.isEmpty ?? true) }
    }

    /// Whether a call of the plugin stands a chance now: in need ejected replicas are tried, too.
    package func mayServe(_ plugin: PluginKey, needs: Abilities = []) -> Bool {
        locked { state, _ in
            state.sets[plugin]?.replicas.contains { $0.isReady && needs.rawValue & ~$0.abilities == 0 } ?? false
        }
    }

    /// Whether a known replica says that each of its calls costs money.
    package func isMetered(_ plugin: PluginKey) -> Bool {
        locked { state, _ in state.sets[plugin]?.pool.metered ?? false }
    }

    /// The connections of which one would get a call made now.
    package func ready(_ plugin: PluginKey) -> Set<ReadyConnection> {
        locked { state, _ in
            Set(state.sets[plugin]?.replicas.filter(\.isReady).map { ReadyConnection(serial: $0.serial, epoch: $0.epoch) } ?? [])
        }
    }

    /// What each ready replica can do that takes calls with those needs; nil where there is none.
    package func commonAbilities(_ plugin: PluginKey, needs: Abilities = []) -> Abilities? {
        locked { state, _ in
            state.sets[plugin]?.replicas.reduce(nil) { common, replica in
                guard replica.isReady, needs.rawValue & ~replica.abilities == 0 else { return common }
                return Abilities(rawValue: replica.abilities & (common?.rawValue ?? .max))
            }
        }
    }

    /// Whether a known replica can do that, or may be found able to.
    package func mayMeet(_ needs: Abilities, _ plugin: PluginKey) -> Bool {
        locked { state, _ in !(state.sets[plugin]?.pool.lackAbility(needs.rawValue) ?? false) }
    }

    /// Replicas that would serve, and get no calls since they keep their data elsewhere than those that served first.
    package var replicasOfOtherStores: [ReplicaID] { locked { state, _ in state.replicasOfOtherStores } }

    /// Where a call made now would go and why; nil for a plugin without a replica.
    package func explain(_ plugin: PluginKey, _ callClass: CallClass = .unary, method: String? = nil) -> PickExplanation? {
        locked { state, now in state.explain(plugin, callClass, method: method, now: now) }
    }

    // MARK: Time

    /// Ends the waiting of calls whose time is over, and probes ejected replicas, until cancelled.
    /// After it every waiting and new call ends with `RouterError.Code.stopped`.
    ///
    /// - Parameters:
    ///   - probe: Asks a replica for its health; bounds its own time.
    ///   - load: Asks it for its load; bounds its own time. Nil where it does not tell. It calls its last argument when the answer arrives, which is
    ///     before it returns: reports count in the order in which they came.
    package func run(
        probe: @escaping @Sendable (ReplicaID, any CallTarget) async -> Bool,
        load: @escaping @Sendable (ReplicaID, any CallTarget, @escaping @Sendable () -> Void) async -> LoadReport? = { _, _, _ in nil }
    ) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for due in locked({ $0.advance(now: $1) }) {
                    group.addTask {
                        let healthy = await probe(due.replica, due.connection)
                        self.locked { $0.probed(due, healthy: healthy, now: $1) }
                    }
                }
                for question in locked({ state, _ in state.takeLoadQuestions() }) {
                    group.addTask {
                        let arrival = Mutex<Instant?>(nil)
                        let report = await load(question.replica, question.connection) {
                            let now = self.timing.now()
                            arrival.withLock { $0 = now }
                        }
                        self.locked { $0.heard(report, to: question, at: arrival.withLock { $0 }, now: $1) }
                    }
                }
                await sleepUntilDue()
            }
            group.cancelAll()
        }
        stop()
    }

    /// Every waiting and new call ends with `RouterError.Code.stopped` from now on. Calls in progress go on, and are not made again.
    ///
    /// - Returns: What they are made on.
    @discardableResult
    package func stop() -> [any CallTarget] {
        locked { state, _ in
            state.stop()
            return state.connections
        }
    }

    private func sleepUntilDue() async {
        let until = locked { state, _ in state.takeDue() }
        await withTaskGroup(of: Void.self) { race in
            race.addTask { await self.listen(until: until) }
            if until < Instant(nanoseconds: .max) {
                // It throws when the bell was first.
                race.addTask { [timing] in try? await timing.sleep(until: until) }
            }
            await race.next()
            race.cancelAll()
        }
    }

    /// Returns when something is due before `until`.
    private func listen(until: Instant) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                locked { state, _ in
                    state.listener = RouterState.Listener(until: until, continuation: continuation)
                    if Task.isCancelled { state.ring() }
                }
            }
        } onCancel: {
            locked { state, _ in state.ring() }
        }
    }

    /// One step under the lock; what it wakes, it wakes after.
    func locked<Result: Sendable>(_ step: (inout RouterState, Instant) -> Result) -> Result {
        let (result, wakeUps) = state.withLock { state in
            let result = step(&state, timing.now())
            return (result, state.takeWakeUps())
        }
        wakeUps.carryOut()
        return result
    }
}

/// A connection of a replica. No other one, of this replica or another, is ever equal to it: what was heard on it may be of a process that
/// has ended since.
package struct ReadyConnection: Hashable, Sendable {
    private let serial: UInt64
    private let epoch: UInt64

    package init(serial: UInt64, epoch: UInt64) {
        self.serial = serial
        self.epoch = epoch
    }
}
