package import HectorCore

/// Which data a replica of a database stands for: its replicas may stand in for one another only where they have the same.
package struct Stores: Sendable {
    /// Databases whose replicas share their data by themselves, as the configuration says.
    private let shared: Set<PluginKey>

    package init(shared: Set<PluginKey> = []) {
        self.shared = shared
    }

    /// - Parameter capability: What the plugin says of its store.
    /// - Returns: Nil for plugins that keep nothing between calls. A database that says nothing has a store of its own on each machine.
    package func store(of plugin: PluginKey, capability: String?, host: String) -> String? {
        guard plugin.kind == .database else { return nil }
        if let capability, !capability.isEmpty { return "store \(capability)" }
        return shared.contains(plugin) ? "shared" : "machine \(host)"
    }
}
