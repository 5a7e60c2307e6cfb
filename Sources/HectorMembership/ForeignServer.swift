internal import HectorCore
internal import HectorDiscovery
internal import HectorMesh
internal import HectorProto
internal import HectorRPC
internal import HectorTrust
internal import SwiftProtobuf

/// A gRPC server with a node's certificate that is no `hector-plugin-agent`: which plugins it has, and how it is doing.
///
/// Whoever runs it also configures it: nobody here calls its `Initialize` or `Shutdown`.
struct ForeignServer: Sendable {
    let session: NodeSession

    private var connection: ClientConnection { session.connection }

    /// - Throws: Why it cannot be followed any more.
    nonisolated(nonsending) func follow(_ tell: (Told) -> Void) async throws {
        connection.setKeepalive(.foreign)
        let mesh = session.identity.mesh
        let named = MeshCredentials.plugins(named: session.certificate, mesh: mesh)
        let said = session.sighting.plugins
        let isSaid = Set(named).isSubset(of: Set(said.map(\.name)))
        let served = isSaid ? nil : try await servedKinds()
        let offered = ForeignPlugins(
            node: session.identity.name, named: named, allowsAny: MeshCredentials.allowsAnyPlugin(session.certificate, mesh: mesh),
            said: said, served: served, kinds: session.context.kinds)
        let abilities = await abilities(of: offered.plugins)
        do {
            try await connection.serverStreaming(HealthMethods.watch, Grpc_Health_V1_HealthCheckRequest()) { answers in
                for try await answer in answers { tell(told(offered, abilities, answer.status)) }
            }
            throw RPCError(.unavailable, "the server ended the watch of its health")
        } catch let error as RPCError where error.code == .unimplemented && error.origin == .peer {
            // It has no word on its health: the connection has.
            tell(told(offered, abilities, .serving))
            throw await connection.waitUntilNotReady() ?? ConnectionError(.closedByPeer, "the server stopped")
        }
    }

    private func told(
        _ offered: ForeignPlugins, _ abilities: [PluginKey: Abilities], _ status: Grpc_Health_V1_HealthCheckResponse.ServingStatus
    ) -> Told {
        var told = Told(conditions: offered.conditions)
        told.validity = CertificateValidity(session.certificate)
        for plugin in offered.plugins {
            let description = ReplicaDescription(
                id: ReplicaID(plugin, host: session.identity.name, replica: plugin.name), host: session.identity.name, path: .lan,
                certificateExpiry: session.certificate.notAfter,
                store: session.context.stores.store(of: plugin, capability: nil, host: session.identity.name),
                abilities: abilities[plugin] ?? [],
                // One process, whatever the plugin is called.
                capacity: "server", isForeign: true)
            told.replicas.append(
                PublishedReplica(
                    description,
                    status == .serving
                        ? .ready(ReplicaConnection.foreign(connection, plugin)) : .checking(reason: "the server says that it is not serving")))
        }
        return told
    }

    /// Asked once for each connection: a server that is replaced ends its connections.
    private func abilities(of plugins: [PluginKey]) async -> [PluginKey: Abilities] {
        await withTaskGroup(of: (PluginKey, Abilities).self) { group in
            for plugin in plugins.prefix(Self.askedPlugins) {
                group.addTask {
                    let connection = ReplicaConnection.foreign(connection, plugin)
                    return (plugin, Abilities(capabilities: await connection.capabilities(within: .seconds(2))))
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// More plugins than one server has that is no node.
    private static let askedPlugins = 64

    /// The kinds of plugin whose services it has; nil where it has no reflection.
    private func servedKinds() async throws -> Set<PluginKind>? {
        for method in [ReflectionMethods.v1, ReflectionMethods.v1alpha] {
            do {
                return try await services(method).map { services in
                    Set(ProviderService.all.filter { services.contains($0.name) }.map(\.kind))
                }
            } catch let error as RPCError where error.code == .unimplemented && error.origin == .peer {
                continue
            }
        }
        return nil
    }

    private func services(_ method: ReflectionMethods.Info) async throws -> Set<String>? {
        try await connection.bidirectionalStreaming(method, options: CallOptions(timeout: .seconds(5))) { requests, answers in
            try await requests.write(.with { $0.listServices = "" })
            requests.finish()
            for try await answer in answers {
                guard case .listServicesResponse(let list) = answer.messageResponse else { return nil }
                return Set(list.service.map(\.name))
            }
            return nil
        }
    }
}
