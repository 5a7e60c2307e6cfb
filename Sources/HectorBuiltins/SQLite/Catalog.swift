internal import HectorProviders
internal import Synchronization

/// The collections of a file, as they are committed: what searches look at, and the writer publishes.
final class Catalog: Sendable {
    struct Entry: Sendable {
        /// Of its table; never used again.
        let number: Int64
        let size: Int
        /// Nil where its vectors are not in memory.
        var memory: CollectionInMemory?
        /// Bytes that it needs in memory, as far as it was tried in vain.
        var needed: Int?
        /// Keys of its metadata whose values do not fit into memory.
        var unfit: Set<String> = []
        /// The number of the search that used it last.
        var used = 0
    }

    private struct State {
        var entries: [String: Entry]
        var searches = 0
    }

    private let state: Mutex<State>

    init(_ entries: [String: Entry]) { state = Mutex(State(entries: entries)) }

    var entries: [String: Entry] { state.withLock { $0.entries } }

    subscript(name: String) -> Entry? { state.withLock { $0.entries[name] } }

    /// For a search.
    func use(_ name: String) throws(ProviderError) -> Entry {
        let entry = state.withLock { state -> Entry? in
            state.searches += 1
            state.entries[name]?.used = state.searches
            return state.entries[name]
        }
        guard let entry else { throw VectorLimits.unknown(name) }
        return entry
    }

    func change<T>(_ body: (inout [String: Entry]) -> T) -> T { state.withLock { body(&$0.entries) } }

    /// Bytes of all collections in memory.
    var bytes: Int { state.withLock { $0.entries.values.reduce(0) { $0 + ($1.memory?.bytes ?? 0) } } }

    /// The collection in memory that was used longest ago, but for one.
    ///
    /// - Parameter rest: Searches that must have passed since: of those that take turns, none displaces another.
    func oldest(but name: String?, unusedFor rest: Int) -> String? {
        state.withLock { state in
            state.entries.filter { $0.key != name && $0.value.memory != nil && $0.value.used + rest <= state.searches }.min { $0.value.used < $1.value.used }?.key
        }
    }
}
