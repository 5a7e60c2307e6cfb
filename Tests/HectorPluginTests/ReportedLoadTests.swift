import HectorCore
import HectorLoad
import HectorProto
import HectorProviders
import HectorRPC
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorPlugin

/// What a plugin of the SDK says behind its responses of how busy it is.
@Suite(.timeLimit(.minutes(1)))
struct ReportedLoadTests {
    private final class Clock: Sendable {
        private let moment = Mutex(Instant())
        var now: Instant { moment.withLock { $0 } }
        func move(_ time: Duration) { moment.withLock { $0 = $0.advanced(by: time) } }
    }

    /// Knows nothing of its load, as plugins that were written before it could be told.
    private struct Model: LLMProvider {
        let about = PluginDescription(name: "model", version: "1.0.0")
        let clock: Clock
        var arrived: AsyncStream<Void>.Continuation?
        var releases: AsyncStream<Void>?

        func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
            switch request.messages.first?.content {
            case "wait":
                arrived?.yield()
                if let releases { for await _ in releases { break } }
            case "fail":
                clock.move(.seconds(9))
                throw ProviderError(.unavailable, "as asked")
            default: clock.move(.milliseconds(250))
            }
            return GenerateResponse()
        }

        func generateStreaming(
            _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
        ) async throws -> GenerationEnd {
            clock.move(.seconds(9))
            try await onChunk(.text("word"))
            return 1
        }

        func modelInfo() async throws -> ModelInfo {
            clock.move(.seconds(9))
            return ModelInfo()
        }
    }

    private struct Embedder: EmbedderProvider {
        let about = PluginDescription(name: "embedder", version: "1.0.0")
        let told: @Sendable () -> ProviderLoad
        var load: ProviderLoad { told() }

        func embed(_ text: String) async throws -> [Float] { [1] }
        func embedderInfo() async throws -> EmbedderInfo { EmbedderInfo() }
    }

    private static func serving(_ register: (inout RPCServices) -> Void, _ body: @Sendable (ClientConnection) async throws -> Void) async throws {
        var services = RPCServices()
        register(&services)
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try RPCServer(
            .unix(path: "/tmp/hector-sdk-\(UInt32.random(in: 0 ... .max)).sock"), security: .plaintext, services: services, on: group,
            random: { _ in 1 }, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
            tasks.addTask { try await server.run { listening.yield($0) } }
            var iterator = bound.makeAsyncIterator()
            let client = try await ClientConnection.connect(to: #require(await iterator.next()), security: .plaintext, on: group)
            try await body(client)
            await client.close()
            server.shutDown(grace: .zero)
            try await tasks.waitForAll()
        }
    }

    private static func report(_ trailers: Metadata) -> LoadReport? {
        trailers.bytes("hector-load-bin").flatMap(LoadReport.init(bytes:))
    }

    private static func asking(_ text: String) -> GenerateRequest { .with { $0.messages = [.with { $0.content = text }] } }

    @Test func `Calls in flight and the time of one are measured without the author's help`() async throws {
        let clock = Clock()
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (releases, release) = AsyncStream.makeStream(of: Void.self)
        let model = Model(clock: clock, arrived: arrived, releases: releases)
        try await Self.serving { $0.offer(model, in: ServedProcess([model], now: { clock.now })) } _: { client in
            func generate(_ text: String) async throws -> LoadReport? {
                try await Self.report(client.unaryResponse(LLMProviderMethods.generate, Self.asking(text)).trailers)
            }
            // Questions, streams and failures take nine seconds each, and are no time of service.
            #expect(try await Self.report(client.unaryResponse(LLMProviderMethods.getModelInfo, Empty()).trailers) == LoadReport(inFlight: 0))
            #expect(try await Self.report(client.unaryResponse(LLMProviderMethods.common.health, HealthRequest()).trailers) == LoadReport(inFlight: 0))
            let streamed = try await client.serverStreaming(LLMProviderMethods.generateStreaming, GenerateRequest()) { chunks in
                for try await _ in chunks {}
                return await chunks.trailers
            }
            #expect(Self.report(streamed) == LoadReport(inFlight: 0))
            let failure = await #expect(throws: RPCError.self) { try await client.unary(LLMProviderMethods.generate, Self.asking("fail")) }
            #expect(failure?.code == .unavailable && failure.flatMap { Self.report($0.metadata) } == LoadReport(inFlight: 0))
            let first = try #require(try await generate("quick"))
            #expect(first.inFlight == 0 && first.serviceTime.map { 0.05...0.2501 ~= $0 } == true)

            try await withThrowingTaskGroup(of: LoadReport?.self) { calls in
                calls.addTask { try await generate("wait") }
                for await _ in arrivals { break }
                let quick = try await generate("quick")
                let health = try await Self.report(client.unaryResponse(LLMProviderMethods.common.health, HealthRequest()).trailers)
                #expect(quick?.inFlight == 1 && health?.inFlight == 1)
                release.yield()
                let waited = try await calls.next() ?? nil
                #expect(waited?.inFlight == 0)
            }
        }
    }

    @Test func `A call that its caller gave up is in flight no more`() async throws {
        let clock = Clock()
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (releases, release) = AsyncStream.makeStream(of: Void.self)
        let model = Model(clock: clock, arrived: arrived, releases: releases)
        try await Self.serving { $0.offer(model, in: ServedProcess([model], now: { clock.now })) } _: { client in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await client.unary(LLMProviderMethods.generate, Self.asking("wait")) }
                for await _ in arrivals { break }
                group.cancelAll()
            }
            var inFlight: Int?
            repeat {
                inFlight = try await Self.report(client.unaryResponse(LLMProviderMethods.common.health, HealthRequest()).trailers)?.inFlight
            } while inFlight == 1
            #expect(inFlight == 0)
        }
        release.finish()
    }

    @Test func `What the author says of slots, queue and tokens is told as it is then`() async throws {
        let load = Mutex(ProviderLoad())
        let embedder = Embedder { load.withLock { $0 } }
        try await Self.serving { $0.offer(embedder, in: ServedProcess([embedder], now: { Instant() })) } _: { client in
            func told(_ now: ProviderLoad) async throws -> LoadReport? {
                load.withLock { $0 = now }
                return try await Self.report(client.unaryResponse(EmbedderProviderMethods.getEmbedderInfo, Empty()).trailers)
            }
            let nothing = try await told(ProviderLoad())
            #expect(nothing == LoadReport(inFlight: 0))
            let all = try await told(ProviderLoad(slots: 4, prefillTokensPerSecond: 1_500, decodeTokensPerSecond: 48))
            #expect(all == LoadReport(inFlight: 0, slots: 4, prefillRate: 1_500, decodeRate: 48))
            // Mistakes are unknown, and no queue is longer than the calls that there are.
            let mistaken = try await told(ProviderLoad(slots: 0, queued: 7, prefillTokensPerSecond: -1, decodeTokensPerSecond: .nan))
            #expect(mistaken == LoadReport(inFlight: 0, queued: 0))
        }
    }
}
