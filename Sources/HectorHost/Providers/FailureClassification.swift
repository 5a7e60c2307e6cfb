internal import HectorMesh
internal import HectorProto
internal import HectorProviders
internal import HectorRPC

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
    case .resourceExhausted: return error.origin == .peer ? .overloaded(pause: error.pushback) : doubtful
    case .invalidArgument, .notFound, .alreadyExists, .outOfRange: return .callersFault
    // Methods that the plugin should have, for callers that it should serve: it may be of another version, or policy.
    case .unimplemented, .permissionDenied, .unauthenticated, .failedPrecondition: return doubtful
    // Ours: the answer is not valid.
    case .ok, .unknown, .internalError, .dataLoss: return error.origin == .peer ? doubtful : .failed
    }
}

extension RPCError {
    /// How long the peer asks not to be called.
    var pushback: Duration? {
        guard origin == .peer, let text = metadata[MeshMetadata.pushback], let time = Int32(text), time >= 0 else { return nil }
        return .milliseconds(time)
    }

    /// What the failure is to the caller of a provider.
    var providerCode: ProviderError.Code {
        if isNotThere || isOverloadHere { return .unavailable }
        switch code {
        case .invalidArgument, .alreadyExists: return .invalidRequest
        case .failedPrecondition: return .failedPrecondition
        case .permissionDenied: return .permissionDenied
        case .unauthenticated: return .unauthenticated
        case .outOfRange: return .tooLarge
        case .notFound: return .notFound
        case .unimplemented: return .unsupported
        case .unavailable, .aborted: return .unavailable
        // Ours is about the answer, which would be as large again.
        case .resourceExhausted: return origin == .peer ? .exhausted : .failed
        case .deadlineExceeded: return .deadlineExceeded
        // A plugin that gives up by itself has failed.
        case .cancelled: return origin == .local ? .cancelled : .failed
        case .ok, .unknown, .internalError, .dataLoss: return .failed
        }
    }
}
