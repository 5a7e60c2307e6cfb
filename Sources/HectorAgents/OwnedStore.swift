import OrderedCollections

/// What several owners keep in one bounded place. When it is full, the owner that holds the most gives up its oldest entry: an owner
/// cannot push out what belongs to another that holds less.
package struct OwnedStore<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    package struct Entry: Sendable {
        package let owner: String
        package var value: Value
        fileprivate var bytes: Int
    }

    private struct Share {
        var count = 0
        var bytes = 0
    }

    /// The oldest first.
    private var entries: OrderedDictionary<Key, Entry> = [:]
    private var shares: [String: Share] = [:]
    private var bytes = 0

    package init() {}

    package var count: Int { entries.count }

    package subscript(key: Key) -> Entry? { entries[key] }

    /// The one that was put first.
    package var oldest: (key: Key, value: Value)? { entries.elements.first.map { ($0.key, $0.value.value) } }

    /// The oldest first.
    package var keys: some Collection<Key> { entries.keys }

    package var newestFirst: some Collection<Entry> { entries.values.reversed() }

    /// Puts an entry behind all others. One of that key is replaced, and keeps its place.
    ///
    /// - Parameter bytes: What it counts as.
    package mutating func put(_ value: Value, for key: Key, of owner: String, bytes: Int = 0) {
        if let earlier = entries[key] { count(earlier, -1) }
        let entry = Entry(owner: owner, value: value, bytes: bytes)
        entries[key] = entry
        count(entry, 1)
    }

    @discardableResult
    package mutating func remove(_ key: Key) -> Value? {
        guard let entry = entries.removeValue(forKey: key) else { return nil }
        count(entry, -1)
        return entry.value
    }

    package mutating func removeAll(where isWanted: (Key) -> Bool) {
        for key in entries.keys where isWanted(key) { remove(key) }
    }

    /// Forgets until the rest is within both bounds, or nothing may go.
    ///
    /// - Parameter mayGo: Whether an entry may be forgotten.
    /// - Returns: What was forgotten.
    @discardableResult
    package mutating func makeRoom(count most: Int, bytes mostBytes: Int = .max, mayGo: (Value) -> Bool = { _ in true }) -> [Key] {
        var forgotten: [Key] = []
        while entries.count > most || bytes > mostBytes {
            let byCount = entries.count > most
            let owners = shares.sorted { byCount ? $0.value.count > $1.value.count : $0.value.bytes > $1.value.bytes }.map(\.key)
            var index: Int?
            for owner in owners where index == nil { index = entries.values.firstIndex { $0.owner == owner && mayGo($0.value) } }
            guard let index else { break }
            let (key, entry) = entries.remove(at: index)
            count(entry, -1)
            forgotten.append(key)
        }
        return forgotten
    }

    private mutating func count(_ entry: Entry, _ sign: Int) {
        bytes += sign * entry.bytes
        var share = shares[entry.owner] ?? Share()
        share.count += sign
        share.bytes += sign * entry.bytes
        shares[entry.owner] = share.count == 0 ? nil : share
    }
}
