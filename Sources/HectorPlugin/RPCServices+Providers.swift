package import HectorCore
internal import HectorProto
package import HectorProviders
package import HectorRPC
internal import SwiftProtobuf

/// One process with its providers, of which there may be one of each kind. All share its life, its load and its offers.
package struct ServedProcess: Sendable {
    /// The first one's load and offers are those of the process.
    let providers: [any Provider]
    let meter: CallMeter
    private let health: HealthService?
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - providers: One at least.
    ///   - health: Says that the program does not serve from the moment its stop begins.
    ///   - now: Measures how long calls take.
    ///   - sleep: Waits for that time; throws when the task is cancelled.
    package init(
        _ providers: [any Provider], health: HealthService? = nil, now: @escaping @Sendable () -> Instant = sinceStart,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.providers = providers
        self.health = health
        self.sleep = sleep
        meter = CallMeter(providers[0], now: now)
    }

    var board: OfferBoard? { providers[0].offers }

    func initialize(_ config: [String: String]) async throws {
        for provider in providers { try await provider.initialize(config: config) }
    }

    /// The time for a stop whose caller gives no deadline: that of Hector's hosts.
    static let standardStopTime = Duration.seconds(5)

    /// Lets calls under way finish for two fifths of the time; the rest is the providers'. New calls are refused from now on.
    ///
    /// All providers are shut down, whatever one throws.
    ///
    /// - Parameter time: Until the caller does not wait any more, as a rule because it ends the process otherwise.
    func shutdown(within time: Duration?) async throws {
        health?.setAll(.notServing)
        guard meter.gate.close() else { throw ProviderError(.failedPrecondition, "it is being shut down already") }
        await withTaskGroup(of: Void.self) { [sleep, meter] tasks in
            tasks.addTask { await meter.gate.waitUntilOver() }
            tasks.addTask { try? await sleep((time ?? Self.standardStopTime) * 2 / 5) }
            await tasks.next()
            tasks.cancelAll()
        }
        defer { board?.end() }
        var failure: (any Error)?
        for provider in providers {
            do {
                try await provider.shutdown()
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

/// A database that hands all that takes time to threads of its own: its handlers stay on the event loop, since each change of the
/// thread on the way of a call costs as much as all that is done there.
package protocol HandingOverDatabase: DatabaseProvider {}

extension RPCServices {
    /// Offers each provider as every kind that it is of.
    package mutating func offer(all process: ServedProcess) {
        var kinds: Set<PluginKind> = []
        func isFirst(_ kind: PluginKind) -> Bool {
            precondition(kinds.insert(kind).inserted, "two providers of one kind, \(kind.rawValue): make one of them, whose offers have several names")
            return true
        }
        for provider in process.providers {
            if let provider = provider as? any LLMProvider, isFirst(.llm) { offer(provider, in: process) }
            if let provider = provider as? any DatabaseProvider, isFirst(.database) { offer(provider, in: process) }
            if let provider = provider as? any EmbedderProvider, isFirst(.embedder) { offer(provider, in: process) }
            if let provider = provider as? any ToolProvider, isFirst(.tool) { offer(provider, in: process) }
            if let provider = provider as? any ReasoningStrategy, isFirst(.reasoning) { offer(provider, in: process) }
        }
        precondition(!kinds.isEmpty, "no provider of any kind")
    }

    /// - Parameter process: Nil: the provider is all of it.
    package mutating func offer(_ provider: some LLMProvider, in process: ServedProcess? = nil) {
        let process = process ?? ServedProcess([provider])
        let meter = process.meter
        offerCommon(provider, .llm, LLMProviderMethods.common, process)
        work(LLMProviderMethods.generate, meter) { request in try await provider.generate(request) }
        generation(LLMProviderMethods.generateStreaming, meter) { try await provider.generateStreaming($0, onChunk: $1) }
        generation(LLMProviderMethods.generateFrom, meter) { try await provider.generateFrom($0, onChunk: $1) }
        question(LLMProviderMethods.getModelInfo, meter) { _ in try await provider.modelInfo() }
        question(LLMProviderMethods.countTokens, meter) { request in
            let tokens = try await provider.countTokens(request.request)
            return .with { $0.tokens = Int32(clamping: tokens) }
        }
    }

    package mutating func offer(_ provider: some DatabaseProvider, in process: ServedProcess? = nil) {
        let process = process ?? ServedProcess([provider])
        let meter = process.meter
        offerCommon(provider, .database, DatabaseProviderMethods.common, process)
        let execution: HandlerExecution = provider is any HandingOverDatabase ? .onLoop : .offLoop
        work(DatabaseProviderMethods.upsert, meter, execution) { request in
            try await provider.upsert(request)
            return .with { $0.success = true }
        }
        work(DatabaseProviderMethods.search, meter, execution) { request in
            let results = try await provider.search(request)
            return .with { $0.results = results }
        }
        work(DatabaseProviderMethods.delete, meter, execution) { request in
            try await provider.delete(collection: request.collection, id: request.id)
            return .with { $0.success = true }
        }
        work(DatabaseProviderMethods.createCollection, meter) { request in
            guard let size = Int(exactly: request.vectorSize) else {
                throw ProviderError(.invalidRequest, "vector_size \(request.vectorSize) is too large")
            }
            try await provider.createCollection(request.collection, vectorSize: size)
            return .with { $0.success = true }
        }
        work(DatabaseProviderMethods.deleteCollection, meter) { request in
            try await provider.deleteCollection(request.collection)
            return .with { $0.success = true }
        }
        work(DatabaseProviderMethods.upsertBatch, meter) { request in
            try await provider.upsertBatch(collection: request.collection, records: request.records)
            return UpsertBatchResponse()
        }
        work(DatabaseProviderMethods.searchFiltered, meter, execution) { request in
            let results = try await provider.searchFiltered(request)
            return .with { $0.results = results }
        }
        work(DatabaseProviderMethods.count, meter, execution) { request in
            let count = try await provider.count(collection: request.collection, filter: request.hasFilter ? request.filter : nil)
            return .with { $0.count = UInt64(clamping: count) }
        }
    }

    package mutating func offer(_ provider: some EmbedderProvider, in process: ServedProcess? = nil) {
        let process = process ?? ServedProcess([provider])
        let meter = process.meter
        offerCommon(provider, .embedder, EmbedderProviderMethods.common, process)
        work(EmbedderProviderMethods.embed, meter) { request in
            let vector = try await provider.embed(request.text)
            return .with { $0.vector = vector }
        }
        work(EmbedderProviderMethods.embedBatch, meter) { request in try await provider.embedBatch(request) }
        question(EmbedderProviderMethods.getEmbedderInfo, meter) { _ in try await provider.embedderInfo() }
    }

    /// A stream of chunks with its last one.
    private mutating func generation<Q>(
        _ method: Method<Q, StreamChunk>, _ meter: CallMeter,
        _ body: @escaping @Sendable (Q, @escaping @Sendable (StreamChunk) async throws -> Void) async throws -> GenerationEnd
    ) {
        serverStreaming(method) { request, writer, context in
            try await meter.work(context, measuresService: false) { try await failingAsStatus {
                let end = try await body(request) { try await writer.writeForAuthor($0) }
                try await writer.write(end.chunk)
            } }
        }
    }

    /// A method that the plugin is there for: its calls are counted and measured.
    private mutating func work<Q, R>(
        _ method: Method<Q, R>, _ meter: CallMeter, _ execution: HandlerExecution = .offLoop, _ body: @escaping @Sendable (Q) async throws -> R
    ) {
        unary(method, execution) { request, context in
            try await meter.work(context, measuresService: true) { try await failingAsStatus { try await body(request) } }
        }
    }

    mutating func question<Q, R>(_ method: Method<Q, R>, _ meter: CallMeter, _ body: @escaping @Sendable (Q) async throws -> R) {
        unary(method) { request, context in
            try await meter.question(context) { try await failingAsStatus { try await body(request) } }
        }
    }

    /// A method that is answered while the plugin stops, too.
    private mutating func about<Q, R>(_ method: Method<Q, R>, _ meter: CallMeter, _ body: @escaping @Sendable (Q) async throws -> R) {
        unary(method) { request, context in try await meter.told(context) { try await body(request) } }
    }

    mutating func offerCommon(_ provider: some Provider, _ type: PluginKind, _ methods: ProviderMethods, _ process: ServedProcess) {
        let meter = process.meter
        unary(methods.initialize) { request, _ in
            do {
                try await process.initialize(request.config)
                return .with { $0.success = true }
            } catch {
                return .with { $0.error = "\(error)" }
            }
        }
        unary(methods.shutdown) { _, context in
            do {
                try await process.shutdown(within: context.timeLeft)
                return .with { $0.success = true }
            } catch {
                return .with { $0.error = "\(error)" }
            }
        }
        about(methods.health, meter) { _ in
            guard meter.gate.enter() else { return .with { $0.message = "it is stopping" } }
            defer { meter.gate.leave() }
            do {
                let health = try await provider.health()
                return .with {
                    $0.healthy = health.isHealthy
                    $0.message = health.message
                }
            } catch {
                return .with { $0.message = "\(error)" }
            }
        }
        about(methods.getManifest, meter) { _ in
            let about = provider.about
            return .with {
                $0.name = about.name
                $0.version = about.version
                $0.author = about.author
                $0.description_p = about.summary
                $0.type = type.rawValue
                $0.protocol = "grpc"
                $0.capabilities = about.capabilities
            }
        }
        about(methods.getStatus, meter) { _ in .with { $0.status = meter.gate.isClosed ? "shutdown" : "ready" } }
        if let board = process.board {
            serverStreaming(OffersMethods.watch) { _, writer, _ in
                try await board.watch { offers in try await writer.write(.with { $0.offers = offers }) }
            }
        }
    }
}

private let start = ContinuousClock.now
/// The clock of the process.
package let sinceStart: @Sendable () -> Instant = { Instant(start.duration(to: .now)) }

/// Converts a `ProviderError` to the gRPC status of the same meaning.
func failingAsStatus<T>(_ body: () async throws -> T) async throws -> T {
    do {
        return try await body()
    } catch let error as ProviderError {
        let code: StatusCode =
            switch error.code {
            case .invalidRequest: .invalidArgument
            case .tooLarge: .outOfRange
            case .notFound: .notFound
            case .failedPrecondition: .failedPrecondition
            case .permissionDenied: .permissionDenied
            case .unauthenticated: .unauthenticated
            case .unsupported: .unimplemented
            case .unavailable: .unavailable
            case .exhausted: .resourceExhausted
            case .deadlineExceeded: .deadlineExceeded
            case .cancelled: .cancelled
            case .failed: .internalError
            }
        var metadata = Metadata()
        if let pause = error.retryAfter { metadata.append("\(max(0, pause.wholeNanoseconds / 1_000_000))", for: MeshMetadata.pushback) }
        throw RPCError(code, error.message, metadata: metadata, cause: error)
    }
}
