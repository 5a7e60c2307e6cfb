package import HectorCore

/// Which data a replica stands for, that of a database or the content of a model: replicas may stand in for one another only where they
/// have the same.
package struct Stores: Sendable {
    /// Databases whose replicas share their data by themselves, as the configuration says.
    private let shared: Set<PluginKey>

    package init(shared: Set<PluginKey> = []) {
        self.shared = shared
    }

    /// - Parameters:
    ///   - capability: What the plugin says of its store.
    ///   - digest: What identifies the content behind the name, such as that of a model; empty where it is not told.
    /// - Returns: Nil for what keeps nothing between calls and has no digest. A database that says nothing has a store of its own on each
    ///   machine.
    package func store(of plugin: PluginKey, capability: String?, digest: String = "", host: String) -> String? {
        guard plugin.kind == .database else { return digest.isEmpty ? nil : ReplicaDescription.store(digest: digest) }
        if let capability, !capability.isEmpty { return "store \(capability)" }
        return shared.contains(plugin) ? "shared" : "machine \(host)"
    }
}
