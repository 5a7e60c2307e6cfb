internal import HectorMesh
internal import HectorProviders
internal import HectorRPC

/// How calls reach one replica.
struct ReplicaConnection: Sendable {
    let client: ClientConnection
    /// For a replica under an agent: which plugin and which replica the agent is to pass the call to.
    let address: Metadata

    /// A child of this host: the connection is the plugin's own.
    static func local(_ client: ClientConnection) -> ReplicaConnection {
        ReplicaConnection(client: client, address: [:])
    }

    static func remote(_ client: ClientConnection, plugin: String, replica: String) -> ReplicaConnection {
        ReplicaConnection(client: client, address: ["hector-plugin": plugin, "hector-replica": replica])
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
        if error.progress == .notProcessed { return .neverProcessed }
        if error.isConnectionLoss { return .connectionLost }
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
