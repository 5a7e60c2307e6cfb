@_exported public import HectorProviders
internal import HectorHandshake
internal import HectorLogging
internal import HectorProto
package import HectorRPC
internal import Logging
internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Serves a language model to the Hector host or node that started this program, and returns once it was asked to stop.
///
/// Call it last in `main.swift`, and print nothing to standard output before it: the first line printed is the
/// handshake. Log to standard error. It ignores SIGINT and SIGPIPE for the whole process.
///
/// When the program is started by hand, without a host, it prints an explanation to standard error and exits with status 1.
///
///     try await serve(MyModel())
///
/// - Throws: An error if the handshake variables are not valid or the socket cannot be opened.
public func serve(_ provider: some LLMProvider) async throws {
    try await PluginProgram { $0.offer(provider, in: ServedProcess([provider], health: $1)) }.run()
}

/// Serves a vector database. See `serve(_:)` for language models for how it runs and ends.
public func serve(_ provider: some DatabaseProvider) async throws {
    try await PluginProgram { $0.offer(provider, in: ServedProcess([provider], health: $1)) }.run()
}

/// Serves an embedder. See `serve(_:)` for language models for how it runs and ends.
public func serve(_ provider: some EmbedderProvider) async throws {
    try await PluginProgram { $0.offer(provider, in: ServedProcess([provider], health: $1)) }.run()
}

/// Serves tools. See `serve(_:)` for language models for how it runs and ends.
public func serve(_ provider: some ToolProvider) async throws {
    try await PluginProgram { $0.offer(provider, in: ServedProcess([provider], health: $1)) }.run()
}

/// Serves a reasoning strategy. See `serve(_:)` for language models for how it runs and ends.
public func serve(_ provider: some ReasoningStrategy) async throws {
    try await PluginProgram { $0.offer(provider, in: ServedProcess([provider], health: $1)) }.run()
}

/// A provider with work of its own beside the calls.
package protocol BackgroundProvider: Provider {
    /// Does that work until the task is cancelled, once the plugin stops.
    func run() async
}

/// Serves providers of several kinds as one process that have nothing to do with one another, at most one of each kind. A host initializes
/// and calls the one of the kind that it wants; calls of the others find a provider that was never initialized.
package func serve(_ providers: [any Provider]) async throws {
    let background = providers.compactMap { $0 as? any BackgroundProvider }
    try await PluginProgram(background: background.map { provider in { await provider.run() } }) { services, health in
        for provider in providers {
            let process = ServedProcess([provider], health: health)
            if let model = provider as? any LLMProvider { services.offer(model, in: process) }
            if let database = provider as? any DatabaseProvider { services.offer(database, in: process) }
            if let embedder = provider as? any EmbedderProvider { services.offer(embedder, in: process) }
            if let tools = provider as? any ToolProvider { services.offer(tools, in: process) }
            if let strategy = provider as? any ReasoningStrategy { services.offer(strategy, in: process) }
        }
    }.run()
}

/// Serves several kinds of plugins with one process: the language models and the embedders of an engine, for example. See `serve(_:)` for
/// language models for how it runs and ends.
///
/// A host names one kind where it configures the plugin. What this process offers of the others it says on the first provider's
/// `offers`, a board with a name for each: `[.model("llama3.2:3b"), .embedder("nomic-embed-text")]`. All of them share the first provider's
/// `load`. `initialize` and `shutdown` are called on each provider, in their order; `about` and `health` are those of the kind that is asked.
///
/// - Parameter providers: One at least; one of them may be of several kinds, and of each kind there is one.
/// - Throws: As `serve(_:)`.
public func serve(all providers: [any Provider]) async throws {
    precondition(!providers.isEmpty, "nothing to serve")
    try await PluginProgram { $0.offer(all: ServedProcess(providers, health: $1)) }.run()
}

/// The plugin's side of go-plugin: handshake, socket, services.
package struct PluginProgram {
    private let register: (inout RPCServices, HealthService) -> Void
    private let background: [@Sendable () async -> Void]

    /// - Parameters:
    ///   - background: Runs beside the calls, and is cancelled when the plugin stops.
    ///   - register: Adds the program's methods; handed what the program says of its health.
    package init(background: [@Sendable () async -> Void] = [], _ register: @escaping (inout RPCServices, HealthService) -> Void) {
        self.background = background
        self.register = register
    }

    package func run() async throws {
        let settings: PluginSide.Settings
        switch PluginSide(environment: environmentVariables()) {
        case .byHand(let explanation):
            Self.writeError(explanation + "\n")
            exit(1)
        case .underHost(let found): settings = found
        }
        // Ctrl-C in the host's terminal reaches its children too; the host decides when they stop.
        signal(SIGINT, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        MessageMemory.keepForTheNextMessage()

        let (security, certificate) = try Self.security(settings)

        let stop = AsyncStream.makeStream(of: Void.self)
        let health = HealthService(["": .serving, "plugin": .serving])
        var services = RPCServices()
        register(&services, health)
        health.register(in: &services)
        ReflectionService.register(in: &services)
        services.unary(ControllerMethods.shutdown) { _, _ in
            health.setAll(.notServing)
            stop.continuation.finish()
            return Plugin_Empty()
        }

        let path = settings.socketDirectory + "/plugin\(getpid()).sock"
        unlink(path)
        defer { unlink(path) }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let log = Logger.standardError("plugin", level: .warning)
        let server = try RPCServer(
            .unix(path: path), security: security, services: services, on: group, random: { Double.random(in: $0) }, log: log)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await server.run { _ in
                    let line = HandshakeLine(appVersion: settings.appVersion, address: .unix(path: path), certificateDER: certificate)
                    Self.writeOutput(line.text + "\n")
                }
            }
            await withTaskGroup(of: Void.self) { work in
                for body in background { work.addTask { await body() } }
                for await _ in stop.stream {}
                work.cancelAll()
            }
            server.shutDown(grace: .seconds(2))
            try await tasks.waitForAll()
        }
        try await group.shutdownGracefully()
    }

    /// AutoMTLS if the host asks for it: a certificate for this run, and the host's as the only trusted one.
    private static func security(_ settings: PluginSide.Settings) throws -> (ConnectionSecurity, certificate: [UInt8]?) {
        guard let pem = settings.clientCertificatePEM else { return (.plaintext, nil) }
        let identity = try TLSIdentity.selfSigned(now: Int64(time(nil)))
        let host = try PeerCertificate(pem: pem)
        return (.mutualTLS(TLSConfiguration(identity: identity, trust: .exactly(der: host.der))), try identity.leafDER())
    }

    private static func writeOutput(_ text: String) { put(text, on: STDOUT_FILENO) }

    private static func writeError(_ text: String) { put(text, on: STDERR_FILENO) }

    private static func put(_ text: String, on descriptor: Int32) {
        // Where nobody reads it, nobody is left to tell.
        try? HectorCore.write(text.utf8, to: descriptor)
    }
}
