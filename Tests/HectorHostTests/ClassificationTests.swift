import HectorCore
import HectorMesh
import HectorProviders
import HectorRPC
import Testing

@testable import HectorHost

/// What a failed call says of its replica.
struct ClassificationTests {
    private static func of(_ code: StatusCode, _ origin: RPCError.Origin, cause: (any Error)? = nil, metadata: Metadata = [:]) -> FailureKind {
        classifyFailure(RPCError(code, "", origin: origin, metadata: metadata, cause: cause))
    }

    @Test(arguments: StatusCode.allCases.filter { $0 != .ok }) func `A status of the peer`(code: StatusCode) {
        let kind = Self.of(code, .peer)
        switch code {
        case .invalidArgument, .notFound, .alreadyExists, .outOfRange: #expect(kind == .callersFault)
        case .unavailable, .aborted: #expect(kind == .retryable)
        case .resourceExhausted: #expect(kind == .overloaded(pause: nil))
        default: #expect(kind == .doubtful(code: code.rawValue))
        }
    }

    @Test func `One of our own`() {
        #expect(Self.of(.cancelled, .local) == .cancelled)
        #expect(Self.of(.deadlineExceeded, .local, cause: RPCError.PassedLimit.total) == .deadline)
        #expect(Self.of(.deadlineExceeded, .local, cause: RPCError.PassedLimit.firstMessage) == .deadline)
        #expect(Self.of(.deadlineExceeded, .local, cause: RPCError.PassedLimit.nextMessage) == .stalled)
        #expect(Self.of(.internalError, .local) == .failed, "the answer was none")
        #expect(Self.of(.resourceExhausted, .local) == .doubtful(code: 8), "the answer was too large")
        #expect(Self.of(.resourceExhausted, .local, cause: LongWork.Overload()) == .callersFault, "it answered, we had no room")
        #expect(Self.of(.unavailable, .local, cause: ConnectionError(.closedByPeer, "")) == .connectionLost)
    }

    @Test func `What was never sent`() {
        func unsent(_ code: StatusCode, _ cause: (any Error)? = nil) -> FailureKind {
            classifyFailure(RPCError(code, "", progress: .notProcessed, cause: cause))
        }
        #expect(unsent(.unavailable) == .neverProcessed)
        #expect(unsent(.unavailable, ConnectionError(.closed, "")) == .notConnected)
        #expect(unsent(.cancelled) == .cancelled)
        #expect(unsent(.resourceExhausted) == .callersFault, "its own metadata is too large")
    }

    @Test func `What a node says for itself`() {
        #expect(Self.of(.unavailable, .peer, metadata: ["hector-lost": "replica"]) == .connectionLost)
        #expect(Self.of(.unimplemented, .peer, metadata: ["hector-lost": "plugin"]) == .neverProcessed)
        #expect(Self.of(.permissionDenied, .peer, metadata: ["hector-lost": "plugin"]) == .neverProcessed)
    }

    @Test func `What a plugin says in its answer`() {
        #expect(classifyFailure(ReportedFailure(message: "")) == .doubtful(code: 13))
        #expect(classifyFailure(ProviderError(.failed, "")) == .failed)
        #expect(classifyFailure(ProviderError(.tooLarge, "")) == .callersFault)
        #expect(classifyFailure(ReaderGone(cause: CancellationError())) == .cancelled)
    }
}
