internal import HectorMesh
internal import HectorPlugins
internal import HectorProto
internal import HectorProviders
internal import HectorRPC

/// How calls reach one replica.
struct ReplicaConnection: Sendable {
    let client: ClientConnection
    /// The methods that the plugin has as a provider of its kind; nil for a kind without a wire form.
    let methods: ProviderMethods?
    /// For a replica under an agent: which plugin and which replica the agent is to pass the call to.
    let address: Metadata

    /// A child of this host: the connection is the plugin's own.
    static func local(_ client: ClientConnection, _ kind: PluginKind) -> ReplicaConnection {
        ReplicaConnection(client: client, methods: kind.methods, address: [:])
    }

    /// A child of an agent: the agent passes the calls on.
    static func remote(_ client: ClientConnection, _ plugin: PluginKey, replica: String) -> ReplicaConnection {
        ReplicaConnection(
            client: client, methods: PluginKind(rawValue: plugin.type)?.methods,
            address: ["hector-plugin": plugin.name, "hector-replica": replica])
    }

    /// Whether the plugin says that it can serve.
    func isHealthy(within timeout: Duration) async -> Bool {
        guard let methods else { return client.isReady }
        // Whatever goes wrong, the answer is no.
        let response = try? await client.unary(methods.health, HealthRequest(), options: options(timeout))
        return response?.healthy ?? false
    }

    func options(_ timeout: Duration?) -> CallOptions {
        CallOptions(timeout: timeout, metadata: address)
    }
}

/// What a failed call says of the replica.
func classifyFailure(_ error: any Error) -> FailureKind {
    switch error {
    case is CancellationError: return .cancelled
    case is ReaderGone: return .cancelled
    // A failure that the plugin reports inside its response.
    case let error as ProviderError: return error.code == .failed ? .failed : .callersFault
    case let error as RPCError:
        if error.progress == .notProcessed { return error.isConnectionLoss ? .notConnected : .neverProcessed }
        // The agent's connection stands, but not the one to the replica behind it (`ServerCall.forwardLoss`).
        if error.isConnectionLoss || error.metadata["hector-lost"] == "replica" { return .connectionLost }
        switch error.code {
        case .cancelled: return .cancelled
        case .deadlineExceeded: return .deadline
        case .unavailable, .aborted: return .retryable
        case .resourceExhausted: return .overloaded(pause: nil)
        case .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .failedPrecondition, .outOfRange,
            .unimplemented, .unauthenticated:
            return .callersFault
        case .ok, .unknown, .internalError, .dataLoss: return .failed
        }
    default: return .failed
    }
}
