internal import HectorCore
internal import HectorMesh
internal import HectorProto
internal import HectorProviders
internal import HectorRPC
internal import Logging
internal import Synchronization

/// One line for each call that failed: the caller may not tell anybody, and cannot mend the plugin.
final class FailedCalls: Sendable {
    /// Lines about one plugin, at once and per second.
    static let burst = 20
    static let perSecond = 1.0
    /// Characters of an error in a log line: a plugin's message may be long.
    static let problemCharacters = 500

    private let log: Logger
    /// One failing plugin must neither fill the log nor hide what the others do.
    private let limits = Mutex<[PluginKey: RateLimit]>([:])

    init(_ log: Logger) { self.log = log }

    /// - Parameters:
    ///   - replica: Of the last attempt; nil where none was made.
    ///   - cause: What went wrong.
    ///   - problem: What the caller is told.
    ///   - isCancelled: The caller has gone: nothing for operators.
    func note(
        _ plugin: PluginKey, _ replica: ReplicaID?, _ method: String, cause: any Error, _ problem: String, isCancelled: Bool, now: Instant
    ) {
        guard !isCancelled else {
            return log.debug("a call was cancelled", metadata: metadata(plugin, replica, method, cause, nil))
        }
        let dropped = limits.withLock { limits in
            limits[plugin, default: RateLimit(burst: Self.burst, perSecond: Self.perSecond)].admit(at: Instant().duration(to: now))
        }
        guard let dropped else { return }
        var metadata = metadata(plugin, replica, method, cause, problem)
        if dropped > 0 { metadata["not_shown"] = "\(dropped) since the last such line" }
        log.warning("a call failed", metadata: metadata)
    }

    private func metadata(
        _ plugin: PluginKey, _ replica: ReplicaID?, _ method: String, _ cause: any Error, _ problem: String?
    ) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["plugin": "\(plugin)", "method": "\(method)", "code": "\(Self.code(cause))"]
        if let replica { metadata["replica"] = "\(singleLine("\(replica)"))" }
        if let id = TraceContext.current?.requestID { metadata["request_id"] = "\(id)" }
        if let problem { metadata["error"] = "\(singleLine(problem, limit: Self.problemCharacters))" }
        return metadata
    }

    /// gRPC's name of what happened, or this host's where no replica was asked.
    private static func code(_ error: any Error) -> String {
        switch error {
        case let error as RPCError: error.code.name
        case let error as ProviderError: (error.cause as? RPCError)?.code.name ?? error.code.rawValue
        case let error as RouterError: error.code.rawValue
        case is ReportedFailure: "reported"
        case is ReaderGone, is CancellationError: "cancelled"
        default: "unknown"
        }
    }
}
