internal import HectorCore
internal import HectorDiscovery
internal import HectorMesh
internal import HectorProto
internal import HectorRPC
internal import HectorTrust

/// One connection to a node whose certificate is right: follows what the node tells for as long as it does.
struct NodeSession: Sendable {
    let link: LinkID
    let connection: ClientConnection
    let certificate: PeerCertificate
    let identity: MeshIdentity
    let sighting: NodeSighting
    let context: NodeContext

    /// Returns when the node says that it goes away.
    ///
    /// - Throws: Why it cannot be followed any more.
    nonisolated(nonsending) func follow(_ tell: (Told) -> Void) async throws {
        do {
            try await connection.serverStreaming(NodeMethods.watch, Hector_Mesh_V1_WatchRequest()) { states in
                for try await state in states { tell(told(ToldNode(state))) }
            }
        } catch let error as RPCError where error.code == .unimplemented && error.origin == .peer {
            try await ForeignServer(session: self).follow(tell)
        }
    }

    private func told(_ node: ToldNode) -> Told {
        var told = Told(process: node.process, isDraining: node.isDraining)
        told.validity = CertificateValidity(certificate, renewedUntil: node.certificateExpires)
        var refused: [String] = []
        for plugin in node.plugins {
            // A node that may not serve a plugin has no say in how its calls fare.
            guard MeshCredentials.allows(certificate, plugin: Label.of(plugin.key.name), mesh: identity.mesh) else {
                refused.append(plugin.key.name)
                continue
            }
            for replica in plugin.replicas {
                let description = ReplicaDescription(
                    id: ReplicaID(plugin.key, host: identity.name, replica: replica.id),
                    host: node.name.isEmpty ? identity.name : node.name, path: .lan, version: plugin.version,
                    // A node may have another certificate by now than this connection began with.
                    certificateExpiry: node.certificateExpires > 0 ? node.certificateExpires : certificate.notAfter,
                    metered: plugin.metered,
                    store: context.stores.store(of: plugin.key, capability: plugin.store, digest: plugin.digest, host: identity.name),
                    methods: plugin.methods, abilities: replica.condition.isStarting ? nil : plugin.abilities, capacity: replica.capacity, hosts: node.hosts)
                let state: ReplicaState<any CallTarget>? =
                    node.isDraining ? .draining(reason: "the node is shutting down") : ReplicaState(replica.condition)
                told.replicas.append(
                    PublishedReplica(description, state ?? .ready(ReplicaConnection.remote(connection, plugin.key, replica: replica.id, methods: plugin.methods))))
            }
        }
        if node.untold > 0 {
            told.conditions.append(MeshCondition(
                .pluginNotTold, identity.name, node: identity.name,
                "node \(identity.name) has \(node.untold) more names of plugins than the \(ToldNode.Limits().plugins) that it can tell, not used: offer fewer there, or run some of the plugins on another node"))
        }
        if !refused.isEmpty {
            let names = refused.prefix(8).joined(separator: ", ") + (refused.count > 8 ? " and \(refused.count - 8) more" : "")
            told.conditions.append(MeshCondition(
                .pluginNotAllowed, identity.name, node: identity.name,
                "node \(identity.name) offers \(names), not used: its certificate does not allow that; issue one that does, or remove the plugin there"))
        }
        // The message was under way for a moment; what counts here is far longer.
        let ahead = node.time.map { $0.subtractingReportingOverflow(context.timing.secondsSince1970()).partialValue } ?? 0
        if ahead.magnitude > Self.clocksApart {
            let words = DurationText.format(.seconds(Double(ahead.magnitude)))
            told.conditions.append(MeshCondition(
                .clocksApart, identity.name, node: identity.name,
                "the clock of node \(identity.name) is \(words) \(ahead > 0 ? "ahead of" : "behind") the one here: set both by NTP"))
        }
        return told
    }

    /// In seconds. Certificates of development begin a minute or more before they are issued.
    private static let clocksApart: UInt64 = 60
}
