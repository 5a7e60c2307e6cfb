@_exported public import HectorCore
@_exported public import HectorProto

/// A plugin's description of itself. The plugin's manifest should say the same.
public struct PluginDescription: Sendable, Equatable {
    /// The plugin's name, as in its manifest, for example `echo-llm`.
    public var name: String
    /// A semantic version, for example `1.2.0`.
    public var version: String
    public var author: String
    /// One line for people.
    public var summary: String
    /// Capabilities by name, with values as text, for example `["streaming": "true"]`.
    public var capabilities: [String: String]

    public init(
        name: String, version: String, author: String = "", summary: String = "", capabilities: [String: String] = [:]
    ) {
        self.name = name
        self.version = version
        self.author = author
        self.summary = summary
        self.capabilities = capabilities
    }
}

/// Whether a provider can serve calls now, and if not, why.
public struct ProviderHealth: Sendable, Equatable {
    public var isHealthy: Bool
    /// The reason, for people; shown by `hector mesh status`.
    public var message: String

    public init(isHealthy: Bool, message: String = "") {
        self.isHealthy = isHealthy
        self.message = message
    }
}

/// What a provider knows of its own load, for hosts that choose among replicas. Nil: unknown.
///
/// How many calls there are and how long one takes is measured in any case.
public struct ProviderLoad: Sendable, Equatable {
    /// Calls with a single response that it works on at once: a further one waits, or slows the others down. At least 1.
    public var slots: Int?
    /// Calls that it has taken on and not begun.
    public var queued: Int?
    /// Tokens of prompts that it reads in a second, of all calls together.
    public var prefillTokensPerSecond: Double?
    /// Tokens that it generates in a second, of all calls together.
    public var decodeTokensPerSecond: Double?

    public init(
        slots: Int? = nil, queued: Int? = nil, prefillTokensPerSecond: Double? = nil, decodeTokensPerSecond: Double? = nil
    ) {
        self.slots = slots
        self.queued = queued
        self.prefillTokensPerSecond = prefillTokensPerSecond
        self.decodeTokensPerSecond = decodeTokensPerSecond
    }
}

/// The methods that every provider has, whatever its kind.
///
/// A plugin's author implements a provider and passes it to `serve(_:)`; a host calls it. A provider behaves the same
/// in the host's process, in a child process and on another machine.
///
/// **Threads and concurrency.** Each call runs in its own task on Swift's global concurrent executor, and many calls run at
/// the same time: protect shared state with a lock or an actor. The executor has about one thread for each core, so code
/// that blocks a thread (synchronous I/O, long computation) delays all other calls, `health` included: run it on a thread of
/// your own.
///
/// **Cancellation.** The task of a call is cancelled when the caller disconnects, has received enough, or its deadline has
/// passed. Stop working then and throw `CancellationError`. The `onCancel` closure of `withTaskCancellationHandler` runs on
/// the event loop that serves all connections of the plugin, so it must not block.
///
/// **Errors.** Throw a `ProviderError`: its code becomes the gRPC status of the call, and decides what the caller sees and
/// whether the host retries. `CancellationError` becomes CANCELLED, any other error UNKNOWN; its description is shown to
/// the caller in both cases.
///
/// **Sizes.** A request and a response (or chunk) may be up to 4 MiB each.
public protocol Provider: Sendable {
    /// The plugin's description of itself. Must not change.
    var about: PluginDescription { get }

    /// Called once, before any other call, with the configuration of the plugin's entry. Load models and open
    /// connections here.
    ///
    /// The plugin's whole start, this call included, is limited by `start_timeout` (5 minutes by default).
    ///
    /// - Parameter config: Keys and values as written in the configuration, with the manifest's defaults filled in. Numbers and
    ///   booleans are text, for example `0.2` and `true`.
    /// - Throws: Any error if the plugin cannot work with this configuration. The host reports its description as the reason
    ///   why the plugin does not start, so say what to change.
    func initialize(config: [String: String]) async throws

    /// Called once, when the host stops the plugin. Save state and close connections within 5 seconds, then return.
    ///
    /// No call begins any more: since the stop began, new ones are refused with UNAVAILABLE, and `grpc.health.v1` says NOT_SERVING.
    /// Calls that were running have been waited for, for two of these 5 seconds at most. As a rule none is left, because a host lets
    /// calls finish before it stops a plugin; one that takes longer is still running: finish or fail it. The process exits after this call.
    func shutdown() async throws

    /// Reports whether a call made now would succeed.
    ///
    /// Called every 5 seconds, so it must be cheap. A replica that reports `isHealthy: false`, or does not answer three times in
    /// a row, gets no calls until it is healthy again. One that gives no sign of life for about 2½ minutes is restarted.
    ///
    /// - Throws: Any error, which counts as `isHealthy: false` with its description as the message.
    func health() async throws -> ProviderHealth

    /// What the provider knows of its own load: a model with four slots says so, and gets a fifth call only when no replica has a
    /// free one.
    ///
    /// Read at the end of every call, on any thread, by several at once: it must return immediately. By default nothing is known.
    var load: ProviderLoad { get }

    /// What it offers, each under a name of its own; nil, as by default: only itself, under the name of its entry in the configuration.
    ///
    /// Must not change: set what is on the board.
    var offers: OfferBoard? { get }
}

extension Provider {
    public func initialize(config: [String: String]) async throws {}
    public func shutdown() async throws {}
    public func health() async throws -> ProviderHealth { ProviderHealth(isHealthy: true) }
    public var load: ProviderLoad { ProviderLoad() }
    public var offers: OfferBoard? { nil }
}

/// A failure of a provider's call: a code for programs, and a message for people.
public struct ProviderError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. It becomes the call's gRPC status, named in capitals, and decides what the host and its HTTP
    /// clients do next.
    ///
    /// *Checked elsewhere* means: the host repeats the call once on another replica, if the method may be repeated and
    /// the plugin is not metered. If that succeeds, the failure counts against this replica; if it fails in the same way, the
    /// request is taken to be the cause.
    public enum Code: String, Sendable, CaseIterable {
        /// INVALID_ARGUMENT, HTTP 400: the request is wrong, for example an unknown role. Never retried.
        case invalidRequest
        /// OUT_OF_RANGE, HTTP 400 `context_length_exceeded`: the request exceeds the model's context or the provider's limit.
        /// A shorter one may succeed. Never retried.
        case tooLarge
        /// NOT_FOUND, HTTP 404: a collection or an id does not exist. Never retried.
        case notFound
        /// FAILED_PRECONDITION, HTTP 400: the request is valid, but something must be fixed before it can succeed, for example
        /// a collection with vectors of a different size. Checked elsewhere.
        case failedPrecondition
        /// PERMISSION_DENIED, HTTP 403: the caller is known and may not do this. Checked elsewhere.
        case permissionDenied
        /// UNAUTHENTICATED, HTTP 502 `provider_unauthenticated`: a service that the provider needs rejects its credentials,
        /// usually because a key in its configuration is missing or expired. Checked elsewhere.
        case unauthenticated
        /// UNIMPLEMENTED, HTTP 501: the provider does not support this method or feature. Checked elsewhere.
        case unsupported
        /// UNAVAILABLE, HTTP 503: this replica cannot take the call now, for example because a server behind it does not
        /// respond. Retried on another replica; two in a row take this one out for a while.
        case unavailable
        /// RESOURCE_EXHAUSTED, HTTP 429: too many calls, or a quota is used up. Retried on another replica; this one gets no
        /// calls for a moment.
        case exhausted
        /// DEADLINE_EXCEEDED, HTTP 504: a time limit has passed. Thrown for a limit of your own, it is checked elsewhere; prefer
        /// `unavailable` when a server behind the provider does not respond.
        case deadlineExceeded
        /// CANCELLED: the caller cancelled the call. Thrown while the caller still waits, it counts as a failure, and is checked
        /// elsewhere.
        case cancelled
        /// INTERNAL, HTTP 502: any other failure on the provider's side. Checked elsewhere.
        case failed
    }

    public var code: Code
    /// What went wrong and what to do, for people. At most 4 KiB reach the caller.
    public var message: String
    /// With `exhausted` and `unavailable`: how long nobody should ask again, as a service behind the provider says. A host sends this
    /// replica no calls for that time, half a minute at most, where the code is `exhausted`.
    public var retryAfter: Duration?
    /// The underlying error. It stays in this process: neither the host nor the caller sees it.
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
