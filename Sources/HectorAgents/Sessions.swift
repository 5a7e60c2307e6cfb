package import HectorCore
import HectorProviders
import Synchronization

/// Keeps sessions over a restart.
package protocol SessionStore: Sendable {
    /// All that were kept. Blocks: for the start.
    func all() -> [SessionRecord]

    /// Keeps what these sessions are by the time of writing, and forgets those that are no more.
    ///
    /// - Parameter latest: A session as it is now; nil: it is no more.
    /// - Throws: Where nothing of it was kept.
    func write(_ keys: [SessionKey], _ latest: @escaping @Sendable (SessionKey) -> SessionRecord?) async throws
}

/// The sessions of all agents: in memory, and in a store that outlives the program where there is one.
///
/// A turn is in the store before its caller learns that it has ended. Where the store fails the session goes on in memory, and is written
/// with the next change; the store tells people of its trouble.
package final class Sessions: Sendable {
    private struct State {
        var table: SessionTable
        /// What the store did not take yet.
        var unsaved: Set<SessionKey> = []
    }

    private let state: Mutex<State>
    private let store: (any SessionStore)?
    private let timing: Timing

    package init(limits: AgentLimits = AgentLimits(), timing: Timing, store: (any SessionStore)? = nil) {
        var table = SessionTable(limits: limits)
        for record in (store?.all() ?? []).sorted(by: { $0.used < $1.used }) {
            table.restore(record, at: timing.now(), wall: timing.secondsSince1970())
        }
        let unsaved = Set(table.takeForgotten())
        state = Mutex(State(table: table, unsaved: unsaved))
        self.store = store
        self.timing = timing
    }

    /// The one used last first.
    package var all: [SessionRecord] { state.withLock { $0.table.records } }

    func use(_ key: SessionKey) -> SessionRecord? { state.withLock { $0.table.use(key, at: timing.now()) } }

    subscript(key: SessionKey) -> SessionRecord? { state.withLock { $0.table[key] } }

    func append(_ turn: [Message], to key: SessionKey, keep: Duration?) async {
        state.withLock { $0.table.append(turn, to: key, keep: keep, at: timing.now(), wall: timing.secondsSince1970()) }
        await save([key])
    }

    func summarise(_ key: SessionKey, _ summary: SessionRecord.Summary) async {
        if state.withLock({ $0.table.summarise(key, summary) }) { await save([key]) }
    }

    /// - Throws: Where the store could not forget them; they are forgotten here all the same, and there with the next change.
    package func delete(_ keys: [SessionKey]) async throws {
        state.withLock { state in for key in keys { state.table.remove(key) } }
        try await write(keys)
    }

    /// Forgets the sessions of agents that are no more; the store does with the next change.
    func keep(agents: Set<String>) {
        state.withLock { state in
            state.table.keep(agents: agents)
            state.unsaved.formUnion(state.table.takeForgotten())
        }
    }

    /// The store has told of it where it fails.
    private func save(_ keys: [SessionKey]) async { try? await write(keys) }

    private func write(_ keys: [SessionKey]) async throws {
        let due = state.withLock { state in
            let due = state.unsaved.union(keys).union(state.table.takeForgotten())
            state.unsaved = []
            return due
        }
        guard let store else { return }
        do {
            try await store.write(Array(due)) { [self] key in self[key] }
        } catch {
            state.withLock { $0.unsaved.formUnion(due) }
            throw error
        }
    }
}
