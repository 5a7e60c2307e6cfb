package import HectorCore
package import HectorLoad
package import HectorMesh
package import HectorProto
package import HectorRPC
internal import SwiftProtobuf
internal import Synchronization

/// How calls reach one replica.
package struct ReplicaConnection: CallTarget, Equatable {
    package let client: ClientConnection
    /// The methods that every provider has, to ask it for its health; nil where that cannot be asked.
    package let methods: ProviderMethods?
    /// For a replica under a node: which plugin and which replica the node is to pass the call to.
    package let address: Metadata
    /// Whether it is a child of this host.
    package var isChild = false
    /// Whether it is a server that may lack the methods that every plugin has.
    package var isForeign = false

    /// The same way to the same replica.
    package static func == (a: ReplicaConnection, b: ReplicaConnection) -> Bool {
        a.client === b.client && a.address == b.address
    }

    /// A child of this host: the connection is the plugin's own.
    ///
    /// - Parameter offer: The name that is called, of several that it offers; nil where it offers itself only.
    package static func local(_ client: ClientConnection, _ kind: PluginKind, offer: String? = nil) -> ReplicaConnection {
        ReplicaConnection(
            client: client, methods: ProviderService.of(kind).common, address: offer.map { [MeshMetadata.plugin: $0] } ?? [:], isChild: true)
    }

    /// A child of a node: the node passes the calls on.
    ///
    /// - Parameter methods: Names of those that it passes on; nil: all that the plugin's kind has.
    package static func remote(
        _ client: ClientConnection, _ plugin: PluginKey, replica: String, methods: Set<String>? = nil
    ) -> ReplicaConnection {
        let common = ProviderService.of(plugin.kind).common
        return ReplicaConnection(
            client: client, methods: methods?.contains(common.health.name) ?? true ? common : nil,
            address: [MeshMetadata.plugin: plugin.name, MeshMetadata.replica: replica])
    }

    /// A server of its own, which is told the plugin's name: it may serve several.
    package static func foreign(_ client: ClientConnection, _ plugin: PluginKey) -> ReplicaConnection {
        ReplicaConnection(
            client: client, methods: ProviderService.of(plugin.kind).common, address: [MeshMetadata.plugin: plugin.name], isForeign: true)
    }

    /// To ask it whether and how it is there: also while its connection is silent, which refuses all other calls.
    private func question(_ timeout: Duration, onLoad: (@Sendable (LoadReport) -> Void)? = nil) -> CallOptions {
        var options = options(timeout, onLoad: onLoad)
        options.outlastsSilence = true
        return options
    }

    /// Whether the plugin says that it can serve.
    package func isHealthy(within timeout: Duration) async -> Bool {
        guard let methods else { return client.isReady }
        do {
            return try await client.unary(methods.health, HealthRequest(), options: question(timeout)).healthy
        } catch let error as RPCError where isForeign && error.code == .unimplemented {
            // Its health is watched as that of any gRPC server (`ForeignServer`).
            return client.isReady
        } catch {
            // Whatever goes wrong, the answer is no.
            return false
        }
    }

    /// What the plugin declares; nothing where it does not say, or not in time.
    package func capabilities(within timeout: Duration) async -> [String: String] {
        guard let methods else { return [:] }
        let told = try? await client.unary(methods.getManifest, ManifestRequest(), options: options(timeout)).capabilities
        return told ?? [:]
    }

    /// How busy the replica says it is when it is asked; nil where it does not say, or not in time. A node answers for its children;
    /// any other server, and a child of this host, is asked for its health, and may say it behind the answer.
    ///
    /// - Parameter onAnswer: Called when the answer arrives, on an event loop.
    package func load(of replica: ReplicaID, within timeout: Duration, onAnswer: @escaping @Sendable () -> Void = {}) async -> LoadReport? {
        let told = Mutex<LoadReport?>(nil)
        let options = question(timeout) { report in
            onAnswer()
            told.withLock { $0 = report }
        }
        do {
            if isForeign {
                _ = try await client.unary(HealthMethods.check, Grpc_Health_V1_HealthCheckRequest(), options: options)
            } else if isChild {
                guard let methods else { return nil }
                _ = try await client.unary(methods.health, HealthRequest(), options: options)
            } else {
                let request = Hector_Mesh_V1_ProbeRequest.with {
                    $0.type = replica.plugin.kind.rawValue
                    $0.plugin = replica.plugin.name
                    $0.replica = replica.replica
                }
                var options = CallOptions(timeout: timeout, outlastsSilence: true)
                options.onTrailers = { _ in onAnswer() }
                return LoadReport(try await client.unary(NodeMethods.probe, request, options: options))
            }
        } catch {
            // Whatever goes wrong, nothing is known. A failure may have said it as well.
        }
        return told.withLock { $0 }
    }

    /// - Parameter onLoad: Handed what the replica says of its load behind its response, before the call ends; on an event loop.
    package func options(
        _ timeout: Duration?, _ progress: CallOptions.Progress? = nil, onLoad: (@Sendable (LoadReport) -> Void)? = nil
    ) -> CallOptions {
        var options = CallOptions(timeout: timeout, progress: progress, metadata: address)
        if let onLoad {
            options.onTrailers = { trailers in
                if let report = LoadReport(trailers) { onLoad(report) }
            }
        }
        return options
    }
}

extension CallTarget {
    /// What every source of this program publishes.
    package var replica: ReplicaConnection {
        guard let connection = self as? ReplicaConnection else { preconditionFailure("\(Self.self) is no connection to a replica") }
        return connection
    }
}

extension LoadReport {
    /// From the trailers of a response; nil where they carry no readable report.
    package init?(_ trailers: Metadata) {
        guard let bytes = trailers.bytes(MeshMetadata.load, atMost: NodeReportLimits().loadReport) else { return nil }
        self.init(bytes: bytes)
    }
}
