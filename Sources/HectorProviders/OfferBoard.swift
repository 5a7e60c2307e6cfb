public import HectorProto
internal import Synchronization

/// What a provider offers under names of their own, in place of its plugin's: the models of an engine, for example.
///
/// A provider keeps one, returns it as `offers`, and sets it whenever something comes or goes. The host shows each name as a plugin of
/// its own; all of them share the load of this process. A call says which one it means: `Offer.called`.
///
///     final class Engine: LLMProvider {
///         let offers: OfferBoard? = OfferBoard()
///
///         func initialize(config: [String: String]) async throws {
///             offers?.set([.model("llama3.2:3b"), .model("qwen3:0.6b")])
///         }
///         func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
///             let model = Offer.called
///             …
///         }
///     }
public final class OfferBoard: Sendable {
    private struct State {
        var offers: [Offer]
        var watchers: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var lastWatcher: UInt64 = 0
        var hasEnded = false
    }

    private let state: Mutex<State>

    public init(_ offers: [Offer] = []) { state = Mutex(State(offers: offers)) }

    /// What is offered now.
    public var offers: [Offer] { state.withLock { $0.offers } }

    /// Replaces all that was offered before. Names of one type must be unique; hosts take 200 of them.
    public func set(_ offers: [Offer]) {
        let watchers = state.withLock { state in
            state.offers = offers
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.yield() }
    }

    /// The plugin is about to end: nobody watches any more.
    package func end() {
        let watchers = state.withLock { state in
            state.hasEnded = true
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.finish() }
    }

    /// Hands over all offers now and at every change, until `end`, or until the task is cancelled. A slow reader gets the newest, not every one.
    package func watch(_ body: ([Offer]) async throws -> Void) async throws {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.lastWatcher += 1
            state.watchers[state.lastWatcher] = continuation
            return state.lastWatcher
        }
        defer { _ = state.withLock { $0.watchers.removeValue(forKey: id) } }
        continuation.yield()
        if state.withLock({ $0.hasEnded }) { continuation.finish() }
        for await _ in changes { try await body(offers) }
    }
}

extension Offer {
    /// The name of the offer that the present call is for; nil outside of calls, and for providers that offer themselves only.
    @TaskLocal public static var called: String?

    /// A language model.
    ///
    /// - Parameters:
    ///   - name: Its original name, 1 to 200 printable ASCII characters.
    ///   - digest: Identifies its content: replicas with other contents do not stand in for one another. Empty: unknown.
    ///   - capabilities: What it can do beyond what the plugin declares.
    public static func model(_ name: String, digest: String = "", capabilities: [String: String] = [:]) -> Offer {
        Offer(.llm, name, digest: digest, capabilities: capabilities)
    }

    /// An embedder. See `model`; a process that serves both kinds is served with `serve(all:)`.
    public static func embedder(_ name: String, digest: String = "", capabilities: [String: String] = [:]) -> Offer {
        Offer(.embedder, name, digest: digest, capabilities: capabilities)
    }

    public init(_ kind: PluginKind, _ name: String, digest: String = "", capabilities: [String: String] = [:]) {
        self.init()
        self.name = name
        type = kind.rawValue
        self.digest = digest
        self.capabilities = capabilities
    }
}
