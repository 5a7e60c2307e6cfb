internal import HectorCore
internal import HectorPlugins
internal import HectorRPC
internal import HectorStore
internal import Logging
internal import Synchronization

/// Drains plugins of this node, or all of it: tells hosts, refuses their calls, and keeps that over a restart.
final class Draining: Sendable {
    private let state: Mutex<Drained>
    private let store: StateStore
    private let apply: @Sendable (Drained) -> Void
    private let log: Logger

    private static let namespace = "drained"

    /// Puts in force what was kept.
    ///
    /// - Parameter apply: Puts it in force; must not block.
    init(store: StateStore, log: Logger, apply: @escaping @Sendable (Drained) -> Void) {
        self.store = store
        self.log = log
        self.apply = apply
        var kept = Drained()
        do throws(StateFailure) {
            kept = Drained(kept: try store.listNow(in: Self.namespace).map { ($0.key, $0.value) })
        } catch {
            log.error("it is not known what is drained, so nothing is: \(error)")
        }
        state = Mutex(kept)
        apply(kept)
        if kept != Drained() { log.notice("drained since before this start", metadata: ["what": "\(Self.words(kept))"]) }
    }

    var drained: Drained { state.withLock { $0 } }

    /// - Returns: Why it will not outlast a restart; nil where it will.
    func change(_ body: (inout Drained) -> Void) async -> String? {
        let now = state.withLock { state in
            body(&state)
            // Applied while it is locked: of two changes, the last one counts.
            apply(state)
            return state
        }
        log.notice("drained by command", metadata: ["what": "\(Self.words(now))"])
        do throws(StateFailure) {
            try await store.apply { [self] in
                [.deleteAll(prefix: "", namespace: Self.namespace)]
                    + drained.kept.map { .put(StateEntry(key: $0.key, value: $0.value), namespace: Self.namespace) }
            }
        } catch {
            return "\(error)"
        }
        return store.directory == nil ? store.conditions.first?.text ?? "nothing is kept on disk (state_directory: none)" : nil
    }

    private static func words(_ drained: Drained) -> String {
        let names = (drained.node == nil ? [] : ["the whole node"]) + drained.plugins.keys.sorted()
        return names.isEmpty ? "nothing" : singleLine(names.joined(separator: ", "), limit: 500)
    }
}
