internal import HectorMesh
internal import HectorProto
internal import HectorProviders
internal import HectorRPC
internal import Logging
internal import SwiftProtobuf

/// Calls one plugin of the mesh, on whichever replica the router picks.
struct MeshCaller: Sendable {
    let plugin: PluginKey
    let router: Router<ReplicaConnection>
    let now: @Sendable () -> Instant
    /// How long a call may take as a whole, retries included.
    let timeout: Duration
    let log: Logger

    /// - Parameter check: Throws a `ProviderError` where the answer is none that the method may give: the replica's
    ///   fault, and counted as such.
    func unary<Q, R>(
        _ method: Method<Q, R>, _ request: Q, _ callClass: CallClass = .unary,
        check: @escaping @Sendable (R) throws -> Void = { _ in }
    ) async throws -> R {
        let deadline = now().advanced(by: timeout)
        return try await translatingErrors {
            try await router.call(
                plugin, callClass, idempotent: method.idempotency == .idempotent, deadline: deadline
            ) { connection, attempt in
                try await reportingProgress(attempt, method.path) {
                    let answer = try await connection.client.unary(
                        method, request, options: connection.options(now().duration(to: deadline)))
                    try check(answer)
                    return answer
                }
            }
        }
    }

    /// - Parameters:
    ///   - check: At the good end: throws a `ProviderError` where that was no answer.
    ///   - inspect: Looks at a message: throws what the plugin reports in it, returns what the reader gets.
    ///   - onMessage: The reader.
    func stream<Q, R, Part>(
        _ method: Method<Q, R>, _ request: Q, check: @escaping @Sendable () throws -> Void, inspect: @escaping @Sendable (R) throws -> Part?,
        onMessage: @escaping @Sendable (Part) async throws -> Void
    ) async throws {
        let deadline = now().advanced(by: timeout)
        try await translatingErrors {
            try await router.call(
                plugin, .stream, idempotent: method.idempotency == .idempotent, deadline: deadline
            ) { connection, attempt in
                try await reportingProgress(attempt, method.path) {
                    try await connection.client.serverStreaming(
                        method, request, options: connection.options(now().duration(to: deadline))
                    ) { responses in
                        for try await message in responses {
                            attempt.messageReceived()
                            guard let part = try inspect(message) else { continue }
                            do {
                                try await onMessage(part)
                            } catch {
                                throw ReaderGone(cause: error)
                            }
                            attempt.messageAwaited()
                        }
                        try check()
                    }
                }
            }
        }
    }

    /// Once the response has begun, the router must not repeat the call. An answer that is none is told to the
    /// operator, too: its caller cannot mend the plugin.
    private func reportingProgress<T>(_ attempt: Attempt, _ method: String, _ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as RPCError where error.progress == .responseStarted {
            attempt.headersReceived()
            if error.cause != nil, !error.isConnectionLoss { warn(attempt, method, error.message) }
            throw error
        } catch let error as ProviderError where error.code == .failed {
            attempt.headersReceived()
            warn(attempt, method, error.message)
            throw error
        }
    }

    private func warn(_ attempt: Attempt, _ method: String, _ problem: String) {
        log.warning(
            "a replica failed a call",
            metadata: ["replica": "\(attempt.replica)", "method": "\(method)", "error": "\(problem)"])
    }

    private func translatingErrors<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as ReaderGone {
            throw error.cause
        } catch let error as RPCError {
            throw ProviderError(code(error.code), "\(plugin.name): \(error)", cause: error)
        } catch let error as RouterError {
            throw ProviderError(error.code == .deadlineExceeded ? .deadlineExceeded : .unavailable, error.message, cause: error)
        }
    }

    private func code(_ code: StatusCode) -> ProviderError.Code {
        switch code {
        case .invalidArgument, .failedPrecondition, .outOfRange, .alreadyExists: .invalidRequest
        case .notFound: .notFound
        case .unimplemented: .unsupported
        case .unavailable, .aborted: .unavailable
        case .resourceExhausted: .exhausted
        case .deadlineExceeded: .deadlineExceeded
        case .cancelled: .cancelled
        case .ok, .unknown, .permissionDenied, .internalError, .dataLoss, .unauthenticated: .failed
        }
    }

    // MARK: what every provider has

    func health(_ methods: ProviderMethods) async throws -> ProviderHealth {
        let response = try await unary(methods.health, HealthRequest(), .inquiry)
        return ProviderHealth(isHealthy: response.healthy, message: response.message)
    }

    /// A failure that the plugin reports inside its message.
    func check(_ success: Bool, _ error: String) throws {
        if !success || !error.isEmpty {
            throw ProviderError(.failed, "\(plugin.name): \(error.isEmpty ? "the plugin reports a failure without a reason" : error)")
        }
    }
}

/// What the reader of a stream threw: it says nothing of the replica.
struct ReaderGone: Error {
    let cause: any Error
}
