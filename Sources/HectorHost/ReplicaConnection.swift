internal import HectorCore
internal import HectorMesh
internal import HectorPlugins
internal import HectorProto
internal import HectorProviders
internal import HectorRPC

/// How calls reach one replica.
struct ReplicaConnection: Sendable, Equatable {
    let client: ClientConnection
    /// The methods that the plugin has as a provider of its kind; nil for a kind without a wire form.
    let methods: ProviderMethods?
    /// For a replica under a node: which plugin and which replica the node is to pass the call to.
    let address: Metadata

    /// The same way to the same replica.
    static func == (a: ReplicaConnection, b: ReplicaConnection) -> Bool {
        a.client === b.client && a.address == b.address
    }

    /// A child of this host: the connection is the plugin's own.
    static func local(_ client: ClientConnection, _ kind: PluginKind) -> ReplicaConnection {
        ReplicaConnection(client: client, methods: ProviderService.of(kind)?.common, address: [:])
    }

    /// A child of a node: the node passes the calls on.
    static func remote(_ client: ClientConnection, _ plugin: PluginKey, replica: String) -> ReplicaConnection {
        ReplicaConnection(
            client: client, methods: ProviderService.of(plugin.kind)?.common,
            address: [MeshMetadata.plugin: plugin.name, MeshMetadata.replica: replica])
    }

    /// Whether the plugin says that it can serve.
    func isHealthy(within timeout: Duration) async -> Bool {
        guard let methods else { return client.isReady }
        // Whatever goes wrong, the answer is no.
        let response = try? await client.unary(methods.health, HealthRequest(), options: options(timeout))
        return response?.healthy ?? false
    }

    func options(_ timeout: Duration?, _ progress: CallOptions.Progress? = nil) -> CallOptions {
        CallOptions(timeout: timeout, progress: progress, metadata: address)
    }
}

/// What a failed call says of the replica. Who made a status decides: a peer that says CANCELLED did not do what its caller
/// still waited for.
func classifyFailure(_ error: any Error) -> FailureKind {
    switch error {
    case is CancellationError: return .cancelled
    case is ReaderGone: return .cancelled
    case is ReportedFailure: return .doubtful(code: StatusCode.internalError.rawValue)
    // Not a valid answer, or a request that no replica accepts.
    case let error as ProviderError: return error.code == .failed ? .failed : .callersFault
    case let error as RPCError: return classify(error)
    default: return .failed
    }
}

private func classify(_ error: RPCError) -> FailureKind {
    if error.progress == .notProcessed {
        if error.isConnectionLoss { return .notConnected }
        // What cannot even be sent is the caller's; the rest was refused.
        return error.code == .unavailable ? .neverProcessed : error.code == .cancelled ? .cancelled : .callersFault
    }
    // The node's connection stands, but not the one to the replica behind it (`ForwardedPair`).
    if error.isConnectionLoss || error.metadata[MeshMetadata.lost] == MeshMetadata.Lost.replica { return .connectionLost }
    // It answered.
    if error.isOverloadHere { return .callersFault }
    if error.isNotThere { return .neverProcessed }
    let doubtful = FailureKind.doubtful(code: error.code.rawValue)
    switch error.code {
    case .cancelled: return error.origin == .local ? .cancelled : doubtful
    case .deadlineExceeded:
        guard error.origin == .local else { return doubtful }
        return error.cause as? RPCError.PassedLimit == .nextMessage ? .stalled : .deadline
    case .unavailable, .aborted: return .retryable
    // Ours: the answer is too large, which is no overload.
    case .resourceExhausted: return error.origin == .peer ? .overloaded(pause: nil) : doubtful
    case .invalidArgument, .notFound, .alreadyExists, .outOfRange: return .callersFault
    // Methods that the plugin should have, for callers that it should serve: it may be of another version, or policy.
    case .unimplemented, .permissionDenied, .unauthenticated, .failedPrecondition: return doubtful
    // Ours: the answer is not valid.
    case .ok, .unknown, .internalError, .dataLoss: return error.origin == .peer ? doubtful : .failed
    }
}
