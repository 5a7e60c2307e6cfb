internal import HectorCore

/// What of this node takes no new calls because somebody said so on its machine. A pure value.
struct Drained: Sendable, Equatable {
    /// Why the whole node is drained; nil where it is not.
    private(set) var node: String?
    /// Why plugins are, by the names that were given: theirs, or the labels of these.
    private(set) var plugins: [String: String] = [:]

    init() {}

    /// - Parameter kept: What `kept` was.
    init(kept: [(key: String, value: [UInt8])]) {
        for (key, value) in kept {
            let reason = String(decoding: value, as: UTF8.self)
            if key == Self.whole { node = reason } else if key.hasPrefix(Self.plugin) { plugins[String(key.dropFirst(Self.plugin.count))] = reason }
        }
    }

    /// What is to be kept over a restart, by key.
    var kept: [(key: String, value: [UInt8])] {
        (node.map { [(key: Self.whole, value: Array($0.utf8))] } ?? [])
            + plugins.sorted { $0.key < $1.key }.map { (key: Self.plugin + $0.key, value: Array($0.value.utf8)) }
    }

    private static let whole = "node"
    private static let plugin = "plugin "

    /// - Parameter names: Empty: the whole node.
    mutating func drain(_ names: [String], reason: String) {
        if names.isEmpty { node = reason }
        for name in names { plugins[name] = reason }
    }

    /// - Parameter names: Empty: all that is drained.
    mutating func undrain(_ names: [String]) {
        if names.isEmpty { self = Drained() }
        for name in names { plugins[name] = nil }
    }

    /// Why the plugin takes no new calls, for hosts and people; nil where it takes them.
    func reason(for key: PluginKey) -> String? {
        (node ?? plugins[key.name] ?? plugins[Label.of(key.name)]).map { $0.isEmpty ? ReplicaCondition.drainedThere : "\(ReplicaCondition.drainedThere): \($0)" }
    }
}
