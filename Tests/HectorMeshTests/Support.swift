internal import HectorCore
import Synchronization

// Names and numbers are targets enough: nothing is sent.
extension String: CallTarget {}
extension Int: CallTarget {}

extension CallTarget {
    var name: String { self as? String ?? "" }
    var number: Int { self as? Int ?? -1 }
}

@testable import HectorMesh

let echo = PluginKey(.llm, "echo-llm")

func replica(
    _ name: String, host: String = "here", plugin: PluginKey = echo, path: ReplicaStatus.Path = .local,
    version: String = "1.0.0"
) -> ReplicaDescription {
    ReplicaDescription(
        id: ReplicaID(plugin, host: host, replica: name), host: host, path: path, version: version)
}

func at(_ seconds: Double) -> Instant { Instant(.seconds(seconds)) }

/// A replica set with its chance and time, so that tests read as sequences of inputs.
final class Rig {
    var set: ReplicaSet
    var generator: SeededGenerator
    var now = at(0)

    init(_ names: [String] = [], limits: MeshLimits = MeshLimits(), seed: UInt64 = 1, proven: Bool = true) {
        set = ReplicaSet(echo, limits: limits, now: at(0))
        generator = SeededGenerator(seed: seed)
        for name in names { _ = ready(name, proven: proven) }
    }

    func upsert(_ name: String, _ state: ReplicaState<any CallTarget>, version: String = "1.0.0") -> [Action] {
        set.upsert(replica(name, version: version), state, now: now, using: &generator)
    }

    /// Connected, and past its probation when `proven`.
    func ready(_ name: String, version: String = "1.0.0", proven: Bool = false) -> [Action] {
        let actions = upsert(name, .ready("to \(name)"), version: version)
        if proven, let index = set.replicas.firstIndex(where: { $0.description.id.replica == name }) {
            set.replicas[index].standing.succeeded(began: now, now: now)
        }
        return actions
    }

    func wait(_ seconds: Double) { now = now.advanced(by: .seconds(seconds)) }

    func admit(_ call: inout Call) -> Lease? {
        if case .send(let lease) = set.admit(&call, now: now, using: &generator) { lease } else { nil }
    }

    func finish(
        _ lease: Lease, _ call: inout Call, _ outcome: Outcome, _ progress: Progress = Progress()
    ) -> Lease? {
        if case .send(let next) = sequel(lease, &call, outcome, progress) { next } else { nil }
    }

    func sequel(
        _ lease: Lease, _ call: inout Call, _ outcome: Outcome, _ progress: Progress = Progress()
    ) -> Sequel {
        set.finish(lease, of: &call, outcome, progress, now: now, using: &generator)
    }

    /// A call sent to `name` that ends after `seconds`.
    func run(_ name: String, _ outcome: Outcome, seconds: Double = 0, class callClass: CallClass = .unary) {
        let index = position(name)
        var call = Call(callClass, idempotent: false)
        // To this one, whatever the others cost.
        call.tried = TriedReplicas(set.replicas.filter { $0.serial != set.replicas[index].serial }.map { Tried(serial: $0.serial, epoch: $0.epoch) })
        guard let lease = set.lease(&call, now: now, using: &generator) else { return }
        wait(seconds)
        _ = finish(lease, &call, outcome)
    }

    func position(_ name: String) -> Int {
        set.replicas.firstIndex { $0.description.id.replica == name } ?? -1
    }

    func state(_ name: String) -> ReplicaStatus.State { set.statuses(now: now)[position(name)].state }
    func reason(_ name: String) -> String { set.statuses(now: now)[position(name)].reason }

    func advance() -> [Action] { set.advance(now: now, using: &generator) }

    func probed(_ probe: Probe, healthy: Bool) -> [Action] {
        set.probed(probe, healthy: healthy, now: now, using: &generator)
    }

    /// Shares of 1,000 picks that no call follows.
    func shares(_ callClass: CallClass = .unary) -> [String: Int] {
        var shares: [String: Int] = [:]
        for _ in 0..<1_000 {
            guard let index = set.pool.pick(Call(callClass, idempotent: true), now: now, using: &generator) else { continue }
            shares[set.replicas[index].description.id.replica, default: 0] += 1
        }
        return shares
    }
}

extension TriedReplicas {
    init(_ tried: some Sequence<Tried>) {
        self.init()
        for tried in tried { append(tried) }
    }
}

extension ReplicaSet {
    mutating func takeLoadQuestions() -> [Probe] {
        var questions: [Probe] = []
        takeLoadQuestions(into: &questions)
        return questions
    }
}

extension [Action] {
    var sent: [WaiterID] { compactMap { if case .send(let id, _, _) = $0 { id } else { nil } } }
    var refused: [WaiterID] { compactMap { if case .refuse(let id, _) = $0 { id } else { nil } } }
    var probes: [Probe] { compactMap { if case .probe(let probe) = $0 { probe } else { nil } } }
}

/// A clock that stands until it is moved.
final class ManualClock: Sendable {
    private struct State {
        var now = at(0)
        var sleepers: [UInt64: (until: Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var ids: UInt64 = 0
    }

    private let state = Mutex(State())

    var timing: Timing {
        Timing(now: { self.now }, sleepUntil: { try await self.sleep(until: $0) }, random: { $0.lowerBound })
    }

    var now: Instant { state.withLock(\.now) }
    var sleepers: [Instant] { state.withLock { $0.sleepers.values.map(\.until).sorted() } }

    func move(_ seconds: Double) {
        let awake = state.withLock { state in
            state.now = state.now.advanced(by: .seconds(seconds))
            let awake = state.sleepers.filter { $0.value.until <= state.now }
            for id in awake.keys { state.sleepers[id] = nil }
            return awake.values.map(\.continuation)
        }
        for continuation in awake { continuation.resume() }
    }

    private func sleep(until: Instant) async throws {
        let id = state.withLock { state in
            state.ids += 1
            return state.ids
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let ended: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if until <= state.now { return .success(()) }
                    state.sleepers[id] = (until, continuation)
                    return nil
                }
                if let ended { continuation.resume(with: ended) }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
    }
}

/// What an operation throws in these tests; it classifies itself.
struct Trouble: Error, Equatable {
    let kind: FailureKind
    init(_ kind: FailureKind) { self.kind = kind }
}

func classify(_ error: any Error) -> FailureKind { (error as? Trouble)?.kind ?? .failed }

/// Lets other tasks run until it is so. Ends by itself, so that a broken test fails instead of hanging.
func until(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<200_000 {
        if condition() { return true }
        await Task.yield()
    }
    return false
}

/// What happened, from whichever task.
final class Log<Entry: Sendable>: Sendable {
    private let entries = Mutex<[Entry]>([])
    var all: [Entry] { entries.withLock { $0 } }
    var count: Int { entries.withLock(\.count) }
    func add(_ entry: Entry) { entries.withLock { $0.append(entry) } }
}
