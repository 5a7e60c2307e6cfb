internal import HectorCore
internal import HectorMesh

/// Which replicas of databases are not used because they keep other data: each is said once for as long as that lasts.
struct StoreReport: Sendable {
    private var told: Set<ReplicaID> = []
    private var toldContents: Set<PluginKey> = []

    /// - Returns: One line for each that is new among them.
    mutating func lines(for replicas: [ReplicaID], contents: [OtherContent] = []) -> [String] {
        let new = contents.filter { toldContents.insert($0.plugin).inserted }.map { "\($0.name): \($0.notice)" }
        return new + lines(for: replicas)
    }

    private mutating func lines(for replicas: [ReplicaID]) -> [String] {
        let new = Set(replicas).subtracting(told)
        told = Set(replicas)
        return new.sorted { "\($0)" < "\($1)" }.map { replica in
            guard replica.plugin.kind == .database else {
                return "\(replica.plugin.name): the replica \(replica) is not used, since the content behind its name (its digest) is not that of the replicas that served first; bring all machines to one version of it, or offer this one under another name"
            }
            return "\(replica.plugin.name): the replica \(replica) is not used, since it keeps its data in another store than the replicas that served first; let all of them use one store and name it in the manifest (capability store), set shared: true in the plugin's entry, or give the other database a name of its own"
        }
    }
}
