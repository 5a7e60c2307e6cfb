internal import FoundationEssentials
internal import HectorAPI
internal import HectorCore
internal import HectorMesh
internal import HectorStore
internal import Synchronization

/// What gets no new calls of this host until a person undoes it, over restarts.
final class HostDrains: Sendable {
    static let namespace = "drained"

    private let router: Router
    private let state: StateStore
    private let limits: MeshLimits
    private let now: @Sendable () -> Int64
    /// What is known of the mesh.
    private let snapshot: @Sendable () -> MeshSnapshot
    private let drains: Mutex<Drains>

    /// Blocks, for what was kept.
    init(router: Router, state: StateStore, limits: MeshLimits = MeshLimits(), now: @escaping @Sendable () -> Int64, snapshot: @escaping @Sendable () -> MeshSnapshot) {
        self.router = router
        self.state = state
        self.limits = limits
        self.now = now
        self.snapshot = snapshot
        // Where it cannot be read, the store's conditions tell why.
        let kept = ((try? state.listNow(in: Self.namespace)) ?? []).compactMap { KeptDrain(bytes: $0.value) }
        let drains = Drains(Dictionary(kept.map { ($0.target, $0.entry) }, uniquingKeysWith: { first, _ in first }))
        self.drains = Mutex(drains)
        router.drain(drains)
    }

    var conditions: [MeshCondition] {
        drains.withLock { $0 }.entries.map { target, entry in
            let what = switch target {
            case .machine: "all replicas on \(target) get"
            case .replica: "\(target) gets"
            }
            let reason = entry.reason.isEmpty ? "" : " (\(entry.reason))"
            return MeshCondition(
                .replicaDrained, "\(target)", "\(what) no new calls of this host\(reason): run `hector mesh undrain \(target)` when that may end")
        }.sorted { $0.subject < $1.subject }
    }

    /// `POST /mesh/drain` and `POST /mesh/undrain`.
    var routes: [ChangingRoute] {
        [
            .drain { [self] word, reason in try await drain(word, reason: reason) },
            .undrain { [self] word in try await undrain(word) },
        ]
    }

    private func drain(_ word: String, reason: String) async throws -> DrainReport {
        let target = try target(word, among: snapshot(), others: drains.withLock { Array($0.entries.keys) })
        let entry = Drains.Entry(reason: reason, since: now())
        try change { drains in
            guard drains.entries[target] != nil || drains.entries.count < limits.drains else {
                throw APIError(.exhausted, "\(limits.drains) replicas and machines are drained already: undrain some.")
            }
            drains.entries[target] = entry
        }
        let kept = StateEntry(key: "\(target)", value: KeptDrain(target, entry).bytes)
        let problem = await keep { store throws(StateFailure) in try await store.put(kept.value, for: kept.key, in: Self.namespace) }
        return answer([target], problem, snapshot())
    }

    /// - Parameter word: Nil for everything.
    private func undrain(_ word: String?) async throws -> DrainReport {
        let drained = drains.withLock { Array($0.entries.keys) }
        var targets = drained
        if let word {
            // By the name under which it is shown, even where its machine is not there.
            let exact = drained.first { "\($0)" == word }
            let target = try exact ?? target(word, among: snapshot(), others: drained)
            guard drained.contains(target) else {
                let list = drained.map { "\($0)" }.sorted().joined(separator: ", ")
                throw APIError(.notFound, "\(quoted("\(target)")) is not drained: \(drained.isEmpty ? "nothing is" : "these are: \(list)").")
            }
            targets = [target]
        }
        change { drains in for target in targets { drains.entries[target] = nil } }
        let problem = await keep { [targets] store throws(StateFailure) in
            try await store.apply(targets.map { .delete(key: "\($0)", namespace: Self.namespace) })
        }
        return answer(targets, problem, snapshot())
    }

    private func target(_ word: String, among snapshot: MeshSnapshot, others: [DrainTarget]) throws -> DrainTarget {
        do {
            return try snapshot.target(word, others: others)
        } catch {
            throw APIError(.notFound, "\(error)", parameter: "target")
        }
    }

    /// The last change that is told to the router is the newest.
    private func change(_ change: (inout Drains) throws -> Void) rethrows {
        try drains.withLock { drains in
            try change(&drains)
            router.drain(drains)
        }
    }

    /// - Returns: Why it will not outlive a restart; nil where it will.
    private func keep(_ change: (StateStore) async throws(StateFailure) -> Void) async -> String? {
        do {
            try await change(state)
            return state.directory == nil ? "nothing is kept on disk" : nil
        } catch {
            return "\(error)"
        }
    }

    private func answer(_ targets: [DrainTarget], _ problem: String?, _ snapshot: MeshSnapshot) -> DrainReport {
        let touched = snapshot.replicas.filter { replica in targets.contains { $0.includes(replica) } }
        let waiting = Set(touched.map(\.plugin)).filter { plugin in !snapshot.replicas.contains { $0.plugin == plugin && $0.state == .ready } }
        return DrainReport(
            targets: targets.map { "\($0)" }.sorted(), calls: touched.reduce(0) { $0 + $1.inFlight }, unserved: waiting.sorted(), notKept: problem)
    }
}

/// The form of one that is kept, under its description.
private struct KeptDrain: Codable {
    var machine: String
    /// Nil for all replicas of the machine.
    var replica: String?
    var reason: String
    var since: Int64

    init(_ target: DrainTarget, _ entry: Drains.Entry) {
        switch target {
        case .machine(let id): machine = id
        case .replica(let id, let machine):
            self.machine = machine
            replica = id
        }
        reason = entry.reason
        since = entry.since
    }

    /// Nil for bytes that are no such thing.
    init?(bytes: [UInt8]) {
        guard let kept = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
        self = kept
    }

    var bytes: [UInt8] { (try? JSONEncoder().encode(self)).map(Array.init) ?? [] }

    var target: DrainTarget { replica.map { .replica($0, machine: machine) } ?? .machine(machine) }
    var entry: Drains.Entry { Drains.Entry(reason: reason, since: since) }
}
