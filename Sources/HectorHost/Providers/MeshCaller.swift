internal import HectorCore
internal import HectorMembership
internal import HectorMesh
internal import HectorProto
internal import HectorProviders
internal import HectorRPC
internal import SwiftProtobuf

/// Calls one plugin of the mesh, on whichever replica the router picks.
///
/// An object: what waits for an answer keeps a reference to it.
final class MeshCaller: Sendable {
    let plugin: PluginKey
    let router: Router
    let now: @Sendable () -> Instant
    let limits: CallLimits
    /// Whether each call costs money, as the configuration says; nil: as the replicas say.
    let metered: Bool?
    let log: FailedCalls

    init(plugin: PluginKey, router: Router, now: @escaping @Sendable () -> Instant, limits: CallLimits, metered: Bool?, log: FailedCalls) {
        self.plugin = plugin
        self.router = router
        self.now = now
        self.limits = limits
        self.metered = metered
        self.log = log
    }

    /// - Parameters:
    ///   - needs: What a replica must be able to do to be asked.
    ///   - told: The request for a replica that can do this; nil where it is the same for all.
    ///   - check: Throws a `ProviderError` where the method may not give such an answer: the replica's
    ///   fault, and counted as such; a `ReportedFailure` where the plugin says in it that it failed.
    func unary<Q, R>(
        _ method: Method<Q, R>, _ request: Q, _ callClass: CallClass = .unary, needs: Abilities = [],
        check: @escaping @Sendable (R) throws -> Void = { _ in }, told: (@Sendable (Abilities) -> Q)? = nil
    ) async throws -> R {
        let deadline = now().advanced(by: limits.whole)
        return try await telling(method.path, isStream: false) { replica in
            try await router.call(
                plugin, callClass, method: method.name, needs: needs, idempotent: method.idempotency == .idempotent, deadline: deadline, metered: metered
            ) { target, attempt in
                let connection = target.replica
                replica = attempt.replica
                CalledReplicas.current?.add("\(attempt.replica)")
                let request = told?(attempt.abilities) ?? request
                let span = Self.span(method.path, attempt)
                let options = Self.options(connection.options(now().duration(to: deadline), onLoad: attempt.loadReported), of: span)
                defer { span?.end() }
                return try await judging(attempt, request, span) {
                    let answer = try await connection.client.unary(method, request, options: options)
                    try check(answer)
                    return answer
                }
            }
        }
    }

    /// - Parameters:
    ///   - needs: What a replica must be able to do to be asked.
    ///   - told: The request for a replica that can do this; nil where it is the same for all.
    ///   - idempotent: Whether this call may be repeated; nil: as the method says.
    ///   - check: At the good end: throws a `ProviderError` where that was no answer.
    ///   - inspect: Looks at a message: throws what the plugin reports in it, returns what the reader gets.
    ///   - onParts: The reader: takes what came together, one part at least.
    @inline(never) func stream<Q, R, Part>(
        _ method: Method<Q, R>, _ request: Q, needs: Abilities = [], told: (@Sendable (Abilities) -> Q)? = nil, idempotent: Bool? = nil,
        check: @escaping @Sendable () throws -> Void, inspect: @escaping @Sendable (R) throws -> Part?,
        onParts: @escaping @Sendable ([Part]) async throws -> Void
    ) async throws {
        let began = now()
        let begunBy = began.advanced(by: limits.progress)
        let endedBy = limits.total.map { began.advanced(by: $0) }
        let deadline = endedBy.map { min($0, begunBy) } ?? begunBy
        try await telling(method.path, isStream: true) { replica in
            try await router.call(
                plugin, .stream, method: method.name, needs: needs, idempotent: idempotent ?? (method.idempotency == .idempotent),
                deadline: deadline, metered: metered
            ) { target, attempt in
                replica = attempt.replica
                let sent = sent(told?(attempt.abilities) ?? request, by: method.path, to: target, attempt, begunBy: begunBy, endedBy: endedBy)
                defer { sent.span?.end() }
                try await judging(attempt, sent.request, sent.span) {
                    try await target.replica.client.serverStreaming(method, sent.request, options: sent.options) { responses in
                        try await responses.forEachBatch { messages in
                            let (parts, seen, failure) = Self.inspected(messages, inspect)
                            // A failure that is the first message is as good as a status: nothing has been handed on.
                            if seen > 0 {
                                attempt.messagesReceived(seen)
                                defer { attempt.messageAwaited() }
                                do {
                                    if !parts.isEmpty { try await onParts(parts) }
                                } catch {
                                    throw ReaderGone(cause: error)
                                }
                            }
                            if let failure { throw failure }
                        }
                        try check()
                    }
                }
            }
        }
    }

    /// What an attempt of a stream sends. An object as well.
    private final class Sent<Request: Sendable>: Sendable {
        let request: Request
        let options: CallOptions
        let span: Span?

        init(_ request: Request, _ options: CallOptions, _ span: Span?) {
            self.request = request
            self.options = options
            self.span = span
        }
    }

    @inline(never) private func sent<Q: Sendable>(
        _ request: Q, by method: String, to target: any CallTarget, _ attempt: Attempt, begunBy: Instant, endedBy: Instant?
    ) -> Sent<Q> {
        CalledReplicas.current?.add("\(attempt.replica)")
        let now = now()
        let span = Self.span(method, attempt)
        let options = target.replica.options(
            endedBy.map { now.duration(to: $0) }, CallOptions.Progress(first: now.duration(to: begunBy), next: limits.progress),
            onLoad: attempt.loadReported)
        return Sent(request, Self.options(options, of: span), span)
    }

    /// One attempt of a call as a span, which the replica is told as the parent of what it does; nil where nothing is traced.
    @inline(never) private static func span(_ method: String, _ attempt: Attempt) -> Span? {
        guard let parent = TraceContext.current?.span else { return nil }
        let span = parent.child(String(method.dropFirst()), .client)
        span.set("rpc.system", "grpc")
        span.set("hector.replica", "\(attempt.replica)")
        span.set("hector.attempt", attempt.number)
        return span
    }

    @inline(never) private static func options(_ options: CallOptions, of span: Span?) -> CallOptions {
        guard let span else { return options }
        var options = options
        options.metadata.append(span.traceParent, for: TraceContext.traceParentName)
        return options
    }

    /// What is in the messages up to the first that reports a failure, and how many these are.
    private static func inspected<R, Part>(_ messages: [R], _ inspect: (R) throws -> Part?) -> ([Part], Int, (any Error)?) {
        var parts: [Part] = []
        parts.reserveCapacity(messages.count)
        for (index, message) in messages.enumerated() {
            do {
                if let part = try inspect(message) { parts.append(part) }
            } catch {
                return (parts, index, error)
            }
        }
        return (parts, messages.count, nil)
    }

    /// Once the response has begun, the router must not repeat the call. A request that is too large is the caller's.
    private func judging<T>(
        _ attempt: Attempt, _ request: some SwiftProtobuf.Message, _ span: Span?, _ body: () async throws -> T
    ) async throws -> T {
        do {
            return try await body()
        } catch {
            span?.fail("\(error)")
            throw verdict(on: error, attempt, request)
        }
    }

    @inline(never) private func verdict(on error: any Error, _ attempt: Attempt, _ request: some SwiftProtobuf.Message) -> any Error {
        switch error {
        case let error as RPCError where error.saysTooLarge(request):
            return ProviderError(
                .tooLarge, "\(plugin.name): the request is larger than the plugin accepts: \(error.shortened)", cause: error)
        case let error as RPCError where error.progress == .responseStarted: attempt.headersReceived()
        case is ProviderError: attempt.headersReceived()
        default: break
        }
        return error
    }

    /// What a failure is to the caller; and one line in the log.
    private func telling<T>(_ method: String, isStream: Bool, _ body: (inout ReplicaID?) async throws -> T) async throws -> T {
        var replica: ReplicaID?
        do {
            return try await body(&replica)
        } catch {
            throw noted(error, replica, method, isStream: isStream)
        }
    }

    @inline(never) private func noted(_ error: any Error, _ replica: ReplicaID?, _ method: String, isStream: Bool) -> any Error {
        let told = told(error, isStream: isStream)
        // Nobody waits for it any more: what it looks like then says nothing.
        let isCancelled = Task.isCancelled || error is ReaderGone || error is CancellationError
        log.note(plugin, replica, method, cause: error, "\(told)", isCancelled: isCancelled, now: now())
        return told
    }

    private func told(_ error: any Error, isStream: Bool) -> any Error {
        switch error {
        case let error as ReaderGone: return error.cause
        case let error as ReportedFailure: return ProviderError(.failed, error.message)
        case let error as RPCError:
            var failure = ProviderError(error.providerCode, "\(plugin.name): \(text(error, isStream: isStream))", cause: error)
            failure.retryAfter = error.pushback
            return failure
        case let error as RouterError where error.code == .deadlineExceeded:
            return ProviderError(.deadlineExceeded, "\(error.message) (\(limits.wholeKey))", cause: error)
        case let error as RouterError where error.code == .callLostReplicas: return ProviderError(.failed, error.message, cause: error)
        case let error as RouterError where error.code == .unimplemented: return ProviderError(.unsupported, error.message, cause: error)
        case let error as RouterError where error.code == .lacksAbility: return ProviderError(.invalidRequest, error.message, cause: error)
        case let error as RouterError: return ProviderError(.unavailable, error.message, cause: error)
        default: return error
        }
    }

    private func text(_ error: RPCError, isStream: Bool) -> String {
        switch error.cause as? RPCError.PassedLimit {
        case .firstMessage:
            return "the answer did not begin within \(limits.progress.inSeconds); raise \(CallLimits.progressKey) to allow more time"
        case .nextMessage:
            return "the answer stalled: nothing arrived for \(limits.progress.inSeconds); raise \(CallLimits.progressKey) to allow more time"
        case .total where isStream:
            return "the answer did not end within \((limits.total ?? limits.progress).inSeconds); raise \(CallLimits.totalKey) to allow more time"
        case .total:
            return "no answer within \(limits.whole.inSeconds); raise \(limits.wholeKey) to allow more time"
        case nil where error.code == .deadlineExceeded && error.origin == .peer:
            return "\(error.shortened) (the plugin's own limit)"
        case nil: return error.shortened
        }
    }

    /// Whether a replica that is ready declares it: then calls may wait for such a one.
    func isDeclared(_ abilities: Abilities) -> Bool { router.mayServe(plugin, needs: abilities) }

    // MARK: what every provider has

    func health(_ methods: ProviderMethods) async throws -> ProviderHealth {
        let response = try await unary(methods.health, HealthRequest(), .inquiry)
        return ProviderHealth(isHealthy: response.healthy, message: response.message)
    }

    /// A failure that the plugin reports inside its message.
    func check(_ success: Bool, _ error: String) throws {
        guard success, error.isEmpty else { throw failure(error) }
    }

    func failure(_ reported: String) -> ReportedFailure {
        ReportedFailure(message: "\(plugin.name): \(reported.isEmpty ? "the plugin reports a failure without a reason" : reported.cut)")
    }
}

/// How long calls may take.
struct CallLimits: Sendable, Equatable {
    static let progressKey = "mesh.call_timeout"
    static let totalKey = "mesh.call_total_timeout"

    /// The whole of a call with one answer; of a stream the time to its first message, and from one to the next.
    let progress: Duration
    /// Any call as a whole; nil: no limit.
    var total: Duration?

    /// Of a call with one answer; and how long any call may wait to be sent.
    var whole: Duration { total.map { min($0, progress) } ?? progress }
    /// The key that says how long that is.
    var wholeKey: String { whole < progress ? Self.totalKey : Self.progressKey }
}

/// What the reader of a stream threw: it says nothing of the replica.
struct ReaderGone: Error {
    let cause: any Error
}

/// What the plugin says in an otherwise good answer: as INTERNAL, it may be the request's fault or the plugin's.
struct ReportedFailure: Error {
    let message: String
}

extension RPCError {
    /// For people who read an answer or a line: cut to what they can read.
    var shortened: String { description.cut }

    /// Whether a peer says that the request is larger than the messages it accepts: it would be the next time, too.
    func saysTooLarge(_ request: some SwiftProtobuf.Message) -> Bool {
        guard origin == .peer, code == .resourceExhausted || code == .outOfRange else { return false }
        let text = message.lowercased()
        if Self.tooLarge.contains(where: text.contains) { return true }
        // What stock servers accept: a larger request is refused for it, whatever words are used.
        return code == .resourceExhausted && ((try? request.serializedData().count) ?? 0) > 4 * 1024 * 1024
    }

    /// The words of gRPC's C core (so Python, C++, PHP), Go, Node; Java; tonic; .NET; Hector.
    private static let tooLarge = [
        "message larger than max", "message after decompression larger than max", "message exceeds maximum size",
        "message length too large", "exceeds the maximum configured message size", "bytes is longer than is accepted",
    ]

    /// Whether a node says that the plugin is not there, or not for this call: another one may have it.
    var isNotThere: Bool { metadata[MeshMetadata.lost] == MeshMetadata.Lost.plugin }
}

extension String {
    /// The first thousand characters: what a plugin says may be long.
    fileprivate var cut: String { count > 1_000 ? prefix(1_000) + "…" : self }
}
