import NIOCore
import Synchronization

/// All connections of the front. When they come near their limit, the one that has been without a request for longest is
/// closed for each new one: clients that only hold connections do not block others.
final class Connections: Sendable {
    private struct Entry {
        let channel: any Channel
        let connection = Connection()
        /// Counts up: the smallest has been idle for longest. Nil while a whole request has come and is not answered.
        var idleSince: Int?
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var turns = 0

        mutating func nextTurn() -> Int {
            turns += 1
            return turns
        }
    }

    private let state = Mutex(State())
    /// The number of connections beyond which idle ones are closed.
    private let threshold: Int

    /// - Parameters:
    ///   - limit: The most connections that are accepted.
    ///   - reserve: Places kept for new connections while others are idle.
    init(limit: Int, reserve: Int) {
        threshold = max(1, limit - reserve)
    }

    var count: Int { state.withLock { $0.entries.count } }

    /// A connection was accepted; it is idle.
    func opened(_ channel: any Channel) -> Connection {
        let (connection, surplus) = state.withLock { state in
            let entry = Entry(channel: channel, idleSince: state.nextTurn())
            state.entries[ObjectIdentifier(channel)] = entry
            let surplus = state.entries.count > threshold ? Self.takeOldestIdle(&state, but: channel) : nil
            return (entry.connection, surplus)
        }
        surplus?.close(promise: nil)
        return connection
    }

    func closed(_ channel: any Channel) {
        _ = state.withLock { $0.entries.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    /// A whole request has come.
    func requestBegan(on channel: any Channel) {
        state.withLock { $0.entries[ObjectIdentifier(channel)]?.idleSince = nil }
    }

    /// It waits for its client: for a request, or for the rest of one.
    func becameIdle(_ channel: any Channel) {
        state.withLock { state in
            let turn = state.nextTurn()
            state.entries[ObjectIdentifier(channel)]?.idleSince = turn
        }
    }

    /// Closes the connections that have been idle for longest, that many where there are enough.
    func closeOldestIdle(_ count: Int) {
        let oldest = state.withLock { state in (0..<count).compactMap { _ in Self.takeOldestIdle(&state) } }
        for channel in oldest { channel.close(promise: nil) }
    }

    subscript(channel: any Channel) -> Connection? {
        state.withLock { $0.entries[ObjectIdentifier(channel)]?.connection }
    }

    private static func takeOldestIdle(_ state: inout State, but except: (any Channel)? = nil) -> (any Channel)? {
        let idle = state.entries.lazy.compactMap { key, entry in
            entry.channel === except ? nil : entry.idleSince.map { (key: key, since: $0) }
        }
        guard let oldest = idle.min(by: { $0.since < $1.since }) else { return nil }
        return state.entries.removeValue(forKey: oldest.key)?.channel
    }
}
