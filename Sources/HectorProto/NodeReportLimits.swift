/// How much a node says of itself in one `NodeState`: nodes send no more, and hosts read no more. Together it stays far below the
/// longest message that a host accepts, so that no plugin's long words cost a node its connection.
package struct NodeReportLimits: Sendable {
    /// Plugins of one node: as many as one search for manifests may find.
    package var plugins = 256
    /// Replicas of one plugin: as many as a configuration may ask for.
    package var replicasPerPlugin = 64
    /// Replicas of all plugins together: more processes than one machine runs well.
    package var replicas = 1_024
    /// Bytes of a name, as of a DNS label.
    package var name = 63
    /// Bytes of a version, as in announcements.
    package var version = 48
    /// Bytes of a reason: a line or two.
    package var reason = 240
    /// Bytes of a store's id: a path, an address, a hash. A longer one counts as none: a part of it could be another store's.
    package var store = 256
    /// Bytes of all capabilities of a plugin, with their names. What does not fit is left out, what hosts read last.
    package var capabilities = 4 << 10
    /// Methods of one plugin: several times what any kind has.
    package var methods = 64
    /// Bytes of a method's name.
    package var method = 64
    /// Bytes of the id of a process.
    package var capacity = 128
    /// Bytes of a replica's id, which is a plugin's name, a kind and a number.
    package var replicaID = 128
    /// Hosts that are connected to one node: more than a mesh has. A greater number is a mistake.
    package var hosts = 4_096
    /// Bytes of a load report: several times what all of its fields take. A longer one counts as none.
    package var loadReport = 256

    package init() {}

    /// A store's id as a plugin tells it; nil where it is none that can be told on.
    package func store(_ told: String?) -> String? {
        told.flatMap { (1...store).contains($0.utf8.count) ? $0 : nil }
    }
}

extension String {
    /// Truncates to a number of bytes, between two scalars: one character can have any number of them.
    package func cut(to bytes: Int) -> String {
        guard utf8.count > bytes else { return self }
        var kept = String.UnicodeScalarView()
        var size = 0
        for scalar in unicodeScalars {
            size += UTF8.width(scalar)
            guard size <= bytes else { break }
            kept.append(scalar)
        }
        return String(kept)
    }
}
