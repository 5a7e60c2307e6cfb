import HectorCore
import HectorLoad
import HectorProto
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorNodeHost
@testable import HectorRPC

/// What a node says behind every response of how busy the replica is.
@Suite(.timeLimit(.minutes(1)))
struct ReportedLoadTests {
    private final class Clock: Sendable {
        let moment = Mutex(Instant())

        func move(_ time: Duration) { moment.withLock { $0 = $0.advanced(by: time) } }
    }

    private static let loop = MultiThreadedEventLoopGroup.singleton.next()

    private static func serving(_ services: RPCServices, _ body: @Sendable (ClientConnection, RPCServer) async throws -> Void) async throws {
        let server = try RPCServer(
            .unix(path: "/tmp/hector-load-\(UInt32.random(in: 0 ... .max)).sock"), security: .plaintext, services: services,
            on: loop, random: { _ in 1 }, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
            tasks.addTask { try await server.run { listening.yield($0) } }
            var iterator = bound.makeAsyncIterator()
            let client = try await ClientConnection.connect(to: #require(await iterator.next()), security: .plaintext, on: loop)
            try await body(client, server)
            await client.close()
            server.shutDown(grace: .zero)
            try await tasks.waitForAll()
        }
    }

    /// - Parameter body: Gets the host's connection to the node, the node's clock, and the plugin.
    private static func node(
        _ plugin: RPCServices, names: [String] = ["echo"],
        _ body: @escaping @Sendable (ClientConnection, Clock, RPCServer, PluginForwarder) async throws -> Void
    ) async throws {
        let clock = Clock()
        try await serving(plugin) { connection, pluginServer in
            let forwarder = PluginForwarder(now: { clock.moment.withLock { $0 } })
            for name in names {
                forwarder.offer(PluginKey(.llm, name))
                forwarder.ready(PluginKey(.llm, name), replica: "echo-1", connection)
            }
            var services = RPCServices()
            services.forwarder = forwarder
            try await serving(services) { client, _ in try await body(client, clock, pluginServer, forwarder) }
        }
    }

    private static func report(_ trailers: Metadata?) -> LoadReport? {
        trailers?.bytes("hector-load-bin").flatMap(LoadReport.init(bytes:))
    }

    private static let toEcho = CallOptions(metadata: ["hector-plugin": "echo"])

    private static func unary<Q, R>(_ method: Method<Q, R>, _ request: Q, on client: ClientConnection) async -> (report: LoadReport?, error: RPCError?) {
        do {
            return (report(try await client.unaryResponse(method, request, options: toEcho).trailers), nil)
        } catch let error as RPCError {
            return (report(error.metadata), error)
        } catch {
            Issue.record(error)
            return (nil, nil)
        }
    }

    /// Without a word from the plugin.
    @Test func `Every response says how many calls the replica has left, and how long one takes`() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (releases, release) = AsyncStream.makeStream(of: Void.self)
        var plugin = RPCServices()
        plugin.unary(LLMProviderMethods.generate) { request, _ in
            if request.messages.first?.content == "wait" {
                arrived.yield()
                for await _ in releases { break }
            }
            return GenerateResponse()
        }
        plugin.unary(LLMProviderMethods.getModelInfo) { _, _ in ModelInfo() }
        plugin.serverStreaming(LLMProviderMethods.generateStreaming) { _, writer, _ in try await writer.write(StreamChunk()) }
        try await Self.node(plugin) { client, clock, _, _ in
            // Neither a question for what the plugin is, nor a stream, nor a failure is how long a call takes.
            #expect(await Self.unary(LLMProviderMethods.getModelInfo, Empty(), on: client).report == LoadReport(inFlight: 0))
            let streamed = try await client.serverStreaming(LLMProviderMethods.generateStreaming, GenerateRequest(), options: Self.toEcho) { chunks in
                for try await _ in chunks {}
                return await chunks.trailers
            }
            #expect(Self.report(streamed) == LoadReport(inFlight: 0))
            let health = await Self.unary(LLMProviderMethods.common.health, HealthRequest(), on: client)
            #expect(health.error?.code == .unimplemented && health.report == LoadReport(inFlight: 0))

            try await withThrowingTaskGroup(of: LoadReport?.self) { calls in
                for _ in 0..<3 {
                    calls.addTask {
                        await Self.unary(LLMProviderMethods.generate, .with { $0.messages = [.with { $0.content = "wait" }] }, on: client).report
                    }
                }
                var arrivals = arrivals.makeAsyncIterator()
                for _ in 0..<3 { _ = await arrivals.next() }
                #expect(await Self.unary(LLMProviderMethods.getModelInfo, Empty(), on: client).report == LoadReport(inFlight: 3))
                clock.move(.milliseconds(250))
                for left in [2, 1, 0] {
                    release.yield()
                    let report = try #require(await calls.next() ?? nil)
                    #expect(report.inFlight == left)
                    // Each took 0.25 s beside two others: alone that may be less, which is not known yet.
                    #expect(report.serviceTime == nil)
                }
            }
        }
    }

    /// A process of several models has the calls of all of them, whichever a host asks for.
    @Test func `A process under several names has one load`() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (releases, release) = AsyncStream.makeStream(of: Void.self)
        var plugin = RPCServices()
        plugin.unary(LLMProviderMethods.generate) { _, _ in
            arrived.yield()
            for await _ in releases { break }
            return GenerateResponse()
        }
        plugin.unary(LLMProviderMethods.getModelInfo) { _, context in
            var metadata = Metadata()
            metadata.append(LoadReport(inFlight: 0, slots: 4).bytes, forBinary: "hector-load-bin")
            context.addTrailers(metadata)
            return ModelInfo()
        }
        let (echo, other) = (PluginKey(.llm, "echo"), PluginKey(.llm, "other"))
        try await Self.node(plugin, names: ["echo", "other"]) { client, _, _, forwarder in
            await withTaskGroup(of: LoadReport?.self) { calls in
                for _ in 0..<2 { calls.addTask { await Self.unary(LLMProviderMethods.generate, GenerateRequest(), on: client).report } }
                var arrivals = arrivals.makeAsyncIterator()
                for _ in 0..<2 { _ = await arrivals.next() }
                #expect(forwarder.load(of: other, replica: "echo-1") == LoadReport(inFlight: 2))
                #expect(forwarder.inFlight(echo, replica: "echo-1") == 2 && forwarder.inFlight(other, replica: "echo-1") == 0)
                // What it tells under one name is known under the other.
                let info = await Self.unary(LLMProviderMethods.getModelInfo, Empty(), on: client)
                #expect(info.report == LoadReport(inFlight: 2, slots: 4))
                #expect(forwarder.load(of: other, replica: "echo-1") == LoadReport(inFlight: 2, slots: 4))
                // A name that goes leaves its calls with the process.
                forwarder.gone(echo, replica: "echo-1")
                forwarder.withdraw(echo)
                #expect(forwarder.load(of: other, replica: "echo-1")?.inFlight == 2)
                for _ in 0..<2 { release.yield() }
                for _ in 0..<2 { #expect(await calls.next() == .some(nil), "hosts know the name no more") }
                #expect(forwarder.load(of: other, replica: "echo-1")?.inFlight == 0)
            }
        }
    }

    /// The plugin knows more of itself than its node.
    @Test func `What a plugin says of itself counts, and its calls are at least those that the node passed on`() async throws {
        let own = Mutex<Metadata?>(nil)
        var plugin = RPCServices()
        plugin.unary(LLMProviderMethods.generate) { _, context in
            if let own = own.withLock({ $0 }) { context.addTrailers(own) }
            return GenerateResponse()
        }
        try await Self.node(plugin) { client, _, _, _ in
            func reported(_ bytes: [UInt8]) async -> LoadReport? {
                var metadata = Metadata()
                metadata.append(bytes, forBinary: "hector-load-bin")
                own.withLock { $0 = metadata }
                return await Self.unary(LLMProviderMethods.generate, GenerateRequest(), on: client).report
            }
            let all = LoadReport(inFlight: 9, queued: 4, slots: 8, serviceTime: 0.5, prefillRate: 1_000, decodeRate: 64)
            #expect(await reported(all.bytes) == all)
            // A response without a report changes nothing of it but the calls, which it had a while ago.
            own.withLock { $0 = nil }
            let silent = await Self.unary(LLMProviderMethods.generate, GenerateRequest(), on: client).report
            #expect(silent == LoadReport(inFlight: 0, queued: 0, slots: 8, serviceTime: 0.5, prefillRate: 1_000, decodeRate: 64))
            // The next report counts instead of the one before; what it leaves open is known from its calls or not at all.
            let next = await reported(LoadReport(inFlight: 1, slots: 2, serviceTime: 0.75).bytes)
            #expect(next == LoadReport(inFlight: 1, slots: 2, serviceTime: 0.75))
        }
    }

    @Test(arguments: [
        ("hector-load-bin", "no base64!"), ("hector-load-bin", "CP//"), ("hector-load-bin", String(repeating: "CAk", count: 2_000)),
        // Two values in one, as a proxy may fold them.
        ("hector-load-bin", "CAk,CAk"),
    ])
    func `A report that cannot be read is the node's own in its place, and the call goes well`(name: String, value: String) async throws {
        var plugin = RPCServices()
        plugin.unary(LLMProviderMethods.generate) { _, context in
            context.setTrailers([name: value])
            return .with { $0.text = "fine" }
        }
        try await Self.node(plugin) { client, _, _, _ in
            let response = try await client.unaryResponse(LLMProviderMethods.generate, GenerateRequest(), options: Self.toEcho)
            #expect(response.message.text == "fine")
            #expect(Self.report(response.trailers)?.inFlight == 0)
            #expect(response.trailers.entries.count { $0.name == "hector-load-bin" } == 1)
        }
    }

    @Test func `A failure of the plugin and the loss of its connection have it, too`() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        var plugin = RPCServices()
        plugin.unary(LLMProviderMethods.generate) { request, _ in
            guard request.messages.isEmpty else {
                arrived.yield()
                try await Task.sleep(for: .seconds(50))
                return GenerateResponse()
            }
            throw RPCError(.failedPrecondition, "as asked", metadata: ["x-why": "because"])
        }
        try await Self.node(plugin) { client, _, pluginServer, _ in
            let failed = await Self.unary(LLMProviderMethods.generate, GenerateRequest(), on: client)
            #expect(failed.error?.code == .failedPrecondition && failed.error?.message == "as asked" && failed.error?.metadata["x-why"] == "because")
            #expect(failed.report == LoadReport(inFlight: 0))
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let lost = await Self.unary(LLMProviderMethods.generate, .with { $0.messages = [.init()] }, on: client)
                    #expect(lost.error?.code == .unavailable && lost.error?.metadata["hector-lost"] == "replica")
                    #expect(lost.report == LoadReport(inFlight: 0))
                }
                for await _ in arrivals { break }
                pluginServer.shutDown(grace: .zero)
            }
        }
    }
}
