import NIOCore
import Synchronization

/// All connections of the front. When they come near their limit, the one that has been without a request for longest is
/// closed for each new one: clients that only hold connections do not block others.
final class Connections: Sendable {
    private struct Entry {
        let channel: any Channel
        let connection: Connection
    }

    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])
    private let turns = Atomic(0)
    /// The number of connections beyond which idle ones are closed.
    private let threshold: Int

    /// - Parameters:
    ///   - limit: The most connections that are accepted.
    ///   - reserve: Places kept for new connections while others are idle.
    init(limit: Int, reserve: Int) {
        threshold = max(1, limit - reserve)
    }

    var count: Int { entries.withLock(\.count) }

    /// A connection was accepted; it is idle.
    func opened(_ channel: any Channel) -> Connection {
        let connection = Connection(idleSince: nextTurn())
        let surplus = entries.withLock { entries in
            entries[ObjectIdentifier(channel)] = Entry(channel: channel, connection: connection)
            return entries.count > threshold ? Self.takeOldestIdle(&entries, but: channel) : nil
        }
        surplus?.close(promise: nil)
        return connection
    }

    func closed(_ channel: any Channel) {
        _ = entries.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    /// A whole request has come.
    func requestBegan(on connection: Connection) {
        connection.idleSince.store(0, ordering: .relaxed)
    }

    /// It waits for its client: for a request, or for the rest of one.
    func becameIdle(_ connection: Connection) {
        connection.idleSince.store(nextTurn(), ordering: .relaxed)
    }

    /// Closes the connections that have been idle for longest, that many where there are enough.
    func closeOldestIdle(_ count: Int) {
        let oldest = entries.withLock { entries in (0..<count).compactMap { _ in Self.takeOldestIdle(&entries) } }
        for channel in oldest { channel.close(promise: nil) }
    }

    subscript(channel: any Channel) -> Connection? {
        entries.withLock { $0[ObjectIdentifier(channel)]?.connection }
    }

    private func nextTurn() -> Int { turns.add(1, ordering: .relaxed).newValue }

    private static func takeOldestIdle(_ entries: inout [ObjectIdentifier: Entry], but except: (any Channel)? = nil) -> (any Channel)? {
        let idle = entries.lazy.compactMap { key, entry in
            let since = entry.connection.idleSince.load(ordering: .relaxed)
            return since == 0 || entry.channel === except ? nil : (key: key, since: since)
        }
        guard let oldest = idle.min(by: { $0.since < $1.since }) else { return nil }
        return entries.removeValue(forKey: oldest.key)?.channel
    }
}
