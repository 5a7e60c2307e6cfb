internal import HectorCore
internal import HectorMesh
internal import HectorProviders
internal import Synchronization

/// The tools of each plugin as they were told last. Bounded by the plugins that there are: lists that are too old are removed.
final class ToolLists: Sendable {
    /// How long a list counts: a plugin's tools change seldom, and a call of one that is gone asks anew.
    static let age = Duration.seconds(30)

    private struct List {
        let tools: [Tool]
        let until: Instant
        /// What was ready then: a replica that has come since may have other tools.
        let ready: Set<ReadyConnection>
    }

    private let lists = Mutex<[PluginKey: List]>([:])

    /// Nil where it is not known, was told too long ago, or before a replica came.
    ///
    /// - Parameter ready: What is ready now.
    func tools(of plugin: PluginKey, ready: Set<ReadyConnection>, now: Instant) -> [Tool]? {
        lists.withLock { lists in lists[plugin].flatMap { now < $0.until && ready.isSubset(of: $0.ready) ? $0.tools : nil } }
    }

    func keep(_ tools: [Tool], of plugin: PluginKey, ready: Set<ReadyConnection>, now: Instant) {
        lists.withLock { lists in
            lists = lists.filter { now < $0.value.until }
            lists[plugin] = List(tools: tools, until: now.advanced(by: Self.age), ready: ready)
        }
    }

    func forget(_ plugin: PluginKey) { lists.withLock { $0[plugin] = nil } }
}
