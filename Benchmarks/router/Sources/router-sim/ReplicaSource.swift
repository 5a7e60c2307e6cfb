import HectorCore
import HectorMesh

/// The source of one router's replicas: one for each server, with the server's number as the connection.
///
/// Only this file knows how replicas get into the router.
struct ReplicaSource {
    static let plugin = PluginKey(.llm, "simulated")

    /// By server, as it will be published next.
    var isLost: [Bool]

    /// That call each server; nil: they do not tell.
    let hosts: Int?

    init(servers: Int, hosts: Int?) {
        self.hosts = hosts
        isLost = Array(repeating: false, count: servers)
    }

    /// Publishes the whole set. A replica that did not change keeps its connection, and with it all that was measured.
    mutating func publish(
        to set: inout ReplicaSet, now: Instant, using generator: inout SeededGenerator
    ) -> [Action] {
        var actions: [Action] = []
        for server in isLost.indices {
            let state: ReplicaState<any CallTarget> = isLost[server] ? .lost(reason: "killed") : .ready(server)
            actions += set.take(PublishedReplica(description(server), state), now: now, using: &generator)
        }
        return actions
    }

    static func id(_ server: Int) -> ReplicaID { ReplicaID(plugin, host: "h", replica: "r\(server)") }

    private func description(_ server: Int) -> ReplicaDescription {
        ReplicaDescription(id: Self.id(server), host: "h", path: .local, version: "1.0.0", hosts: hosts)
    }
}
