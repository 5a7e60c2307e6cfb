@_exported public import HectorProto

/// What a plugin says of itself.
public struct PluginDescription: Sendable, Equatable {
    public var name: String
    /// A semantic version, for example `1.2.0`.
    public var version: String
    public var author: String
    public var summary: String
    /// For example `["streaming": "true"]`.
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

/// Whether a provider can serve now, and if not, why.
public struct ProviderHealth: Sendable, Equatable {
    public var isHealthy: Bool
    public var message: String

    public init(isHealthy: Bool, message: String = "") {
        self.isHealthy = isHealthy
        self.message = message
    }
}

/// What every provider does, whatever its kind.
///
/// A plugin author implements it; a host calls it. In memory, in a child process and on another
/// machine it looks the same.
///
/// Many calls run at once, each in a task of its own on Swift's global executor: state that they share needs a lock or an
/// actor, and work that occupies a thread for long keeps other calls from it. The task of a call is cancelled when its
/// caller has gone, or has all that it wants, or its deadline has passed: stop working then, and throw `CancellationError`.
/// A failure is thrown as a `ProviderError`, whose code decides what the caller is told and whether it tries again; any
/// other error is told as a failure of the provider.
public protocol Provider: Sendable {
    var about: PluginDescription { get }

    /// Called once, before anything else, with the plugin's configuration in plain text form.
    /// What it throws is what the host reports as the reason that the plugin does not start.
    func initialize(config: [String: String]) async throws

    /// Called once, at the end. Calls in flight have finished.
    func shutdown() async throws

    /// Called every few seconds: cheap, and true only when a call now would work.
    func health() async throws -> ProviderHealth
}

extension Provider {
    public func initialize(config: [String: String]) async throws {}
    public func shutdown() async throws {}
    public func health() async throws -> ProviderHealth { ProviderHealth(isHealthy: true) }
}

/// A failure that a provider reports in words: what went wrong and what to do.
public struct ProviderError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is; decides what the caller may do about it.
    public enum Code: String, Sendable, CaseIterable {
        /// The request cannot be served as it is: wrong argument, unknown role.
        case invalidRequest
        /// The request is larger than the model's context, or than what the provider accepts: the same request can
        /// never succeed, a shorter one may.
        case tooLarge
        case notFound
        /// The request is good, but something must be set right before it can be served, for example a collection that
        /// has vectors of another size. Trying again alone does not help.
        case failedPrecondition
        /// The provider knows its caller, and does not let it do this.
        case permissionDenied
        /// The provider could not prove who it is to a service that it needs, or its caller not to it: usually a missing
        /// or expired key in its configuration.
        case unauthenticated
        /// The provider cannot do this at all.
        case unsupported
        /// The provider cannot take the call now; another replica, or the same one later, may.
        case unavailable
        /// Too many calls, or out of quota: later it may work.
        case exhausted
        case deadlineExceeded
        case cancelled
        /// Anything else, on the provider's side.
        case failed
    }

    public var code: Code
    public var message: String
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
