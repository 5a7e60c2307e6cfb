package import HectorCore
internal import HectorProto
package import HectorProviders

/// One thing that a plugin is held to: a name, and what decides whether it holds.
///
/// `PluginCheck.all` is the list that `hector plugin test` goes through; the tests of the mesh run those that need no process of
/// their own on every way to a provider.
package struct PluginCheck: Sendable {
    /// When it runs.
    enum Stage: Sendable {
        /// Before a process is started.
        case files
        /// While a plugin runs, one check after the other.
        case running
        /// At the end of that process, of which nothing is expected afterwards.
        case ending
        /// With processes of its own, or none, when that one is gone.
        case apart
    }

    /// For `--only`, for example `stream-end`.
    package let name: String
    /// Whose plugins it is for; nil: all.
    package let kind: PluginKind?
    let stage: Stage
    let body: @Sendable (PluginSubject) async throws -> String

    /// - Parameter body: Returns what was seen, for people; may be empty.
    init(_ name: String, _ kind: PluginKind? = nil, _ stage: Stage = .running, _ body: @escaping @Sendable (PluginSubject) async throws -> String) {
        self.name = name
        self.kind = kind
        self.stage = stage
        self.body = body
    }

    /// A check that a plugin's provider passes wherever it is.
    init<P>(
        _ name: String, _ kind: PluginKind, over provider: any KeyPath<PluginSubject, P?> & Sendable,
        _ body: @escaping @Sendable (P, PluginSubject) async throws -> String
    ) {
        self.init(name, kind) { subject in
            guard let provider = subject[keyPath: provider] else { throw Skipped("it is not \(kind.withArticle)") }
            return try await body(provider, subject)
        }
    }

    /// Runs it.
    package func result(_ subject: PluginSubject) async -> PluginCheckResult {
        do {
            return PluginCheckResult(name, .ok, try await body(subject))
        } catch let skipped as Skipped {
            return PluginCheckResult(name, .skipped, skipped.reason)
        } catch let error as ProviderError {
            let problem = "a call that should succeed failed with \(error.code.status): \(singleLine(error.message, limit: 500))"
            return PluginCheckResult(name, .failed, "\(problem). What the plugin printed may say why: --verbose shows it")
        } catch {
            return PluginCheckResult(name, .failed, "\(error)")
        }
    }

    /// In the order in which they run.
    package static let all = beginning + ofProviders + ending
    /// Those that only call the provider: what holds in memory holds in a child and far away.
    package static let ofProviders = models + databases + embedders + tools + strategies + load

    /// Those for one kind of plugin.
    package static func all(of kind: PluginKind) -> [PluginCheck] { all.filter { $0.isFor(kind) } }

    package func isFor(_ kind: PluginKind) -> Bool { self.kind == nil || self.kind == kind }
}

/// How one check ended.
package struct PluginCheckResult: Sendable, Equatable {
    package enum Verdict: String, Sendable { case ok, failed, skipped }

    package let name: String
    package let verdict: Verdict
    /// What was seen; for a failure what is wrong and what to do; why it was skipped.
    package let detail: String

    package init(_ name: String, _ verdict: Verdict, _ detail: String) {
        self.name = name
        self.verdict = verdict
        self.detail = detail
    }
}

/// What is checked: a provider, and where there is one, its process.
package struct PluginSubject: Sendable {
    package var kind: PluginKind
    /// Nil before and after its process.
    package var provider: (any Provider)?
    package var capabilities: [String: String]
    package var limits = ConformanceLimits()
    /// Nil where only the provider is there to be checked.
    var bench: PluginBench?

    package init(_ kind: PluginKind, _ provider: (any Provider)?, capabilities: [String: String]) {
        self.kind = kind
        self.provider = provider
        self.capabilities = capabilities
    }

    var abilities: Abilities { Abilities(capabilities: capabilities) }
    var model: (any LLMProvider)? { kind == .llm ? provider as? any LLMProvider : nil }
    var database: (any DatabaseProvider)? { kind == .database ? provider as? any DatabaseProvider : nil }
    var embedder: (any EmbedderProvider)? { kind == .embedder ? provider as? any EmbedderProvider : nil }
    var tools: (any ToolProvider)? { kind == .tool ? provider as? any ToolProvider : nil }
    var strategy: (any ReasoningStrategy)? { kind == .reasoning ? provider as? any ReasoningStrategy : nil }

    func needsProcess() throws -> PluginBench {
        guard let bench else { throw Skipped("it runs in no process of its own here") }
        return bench
    }
}

/// The bounds of `hector plugin test`.
package struct ConformanceLimits: Sendable {
    /// How long one call may take: a model on a slow machine answers within it.
    package var call: Duration = .seconds(120)
    /// Calls made at the same time: more than a plugin with a thread for each of ten calls can hold.
    package var concurrentCalls = 16
    /// Calls that are begun and cancelled before the plugin must answer another one: more than the threads of a usual gRPC server.
    package var cancelledCalls = 24
    /// How long a plugin may go on working on calls that were cancelled.
    package var afterCancelling: Duration = .seconds(10)
    /// Bytes of the long text: long, and below the 4 MiB that gRPC libraries accept unless told otherwise.
    package var longText = 1 << 20
    /// Tools that are called, of those that change nothing.
    package var calledTools = 16
    /// Steps of a strategy until its turn must have ended, with a model that answers at once.
    package var strategySteps = 12

    package init() {}
}

/// The check does not apply: why.
struct Skipped: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// What is wrong and what to do.
struct Unfit: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws {
    guard condition else { throw Unfit(problem()) }
}

/// Expects a call to fail with one of these codes.
///
/// - Returns: The code, as gRPC names it.
@discardableResult
func requireRefusal(_ call: String, _ codes: ProviderError.Code..., body: () async throws -> Void) async throws -> String {
    do {
        try await body()
    } catch let error as ProviderError {
        guard codes.contains(error.code) else {
            throw Unfit("\(call) failed with \(error.code.status): \(singleLine(error.message)). Fail with \(words(codes))")
        }
        return error.code.status
    }
    throw Unfit("\(call) succeeded. Fail with \(words(codes)), and say what is wrong")
}

private func words(_ codes: [ProviderError.Code]) -> String { codes.map(\.status).joined(separator: " or ") }

extension ProviderError.Code {
    /// The gRPC status of this meaning.
    var status: String {
        switch self {
        case .invalidRequest: "INVALID_ARGUMENT"
        case .tooLarge: "OUT_OF_RANGE"
        case .notFound: "NOT_FOUND"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .permissionDenied: "PERMISSION_DENIED"
        case .unauthenticated: "UNAUTHENTICATED"
        case .unsupported: "UNIMPLEMENTED"
        case .unavailable: "UNAVAILABLE"
        case .exhausted: "RESOURCE_EXHAUSTED"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .cancelled: "CANCELLED"
        case .failed: "INTERNAL"
        }
    }
}
