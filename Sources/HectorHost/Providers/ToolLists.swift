internal import HectorCore
internal import HectorProviders
internal import Synchronization

/// The tools of each plugin as they were told last. Bounded by the plugins that there are: lists that are too old are removed.
final class ToolLists: Sendable {
    /// How long a list counts: a plugin's tools change seldom, and a call of one that is gone asks anew.
    static let age = Duration.seconds(30)

    private let lists = Mutex<[PluginKey: (tools: [Tool], until: Instant)]>([:])

    /// Nil where it is not known, or was told too long ago.
    func tools(of plugin: PluginKey, now: Instant) -> [Tool]? {
        lists.withLock { lists in lists[plugin].flatMap { now < $0.until ? $0.tools : nil } }
    }

    func keep(_ tools: [Tool], of plugin: PluginKey, now: Instant) {
        lists.withLock { lists in
            lists = lists.filter { now < $0.value.until }
            lists[plugin] = (tools, now.advanced(by: Self.age))
        }
    }

    func forget(_ plugin: PluginKey) { lists.withLock { $0[plugin] = nil } }
}
