import Dispatch
import HectorCore
import HectorLoad
import HectorMesh
import HectorProto
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorMembership
@testable import HectorRPC

/// How a replica is asked for its health, and what it says of its load.
@Suite(.timeLimit(.minutes(1))) struct ReplicaConnectionTests {
    private static let plugin = PluginKey(.llm, "model")

    /// - Parameter services: If empty, the server answers every call with UNIMPLEMENTED.
    private func connected(
        _ services: RPCServices = RPCServices(), servedBy serverLoop: (any EventLoop)? = nil, _ body: (ClientConnection) async throws -> Void
    ) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let server = try RPCServer(
            .unix(path: "/tmp/hector-replica-\(UInt32.random(in: 0 ... .max)).sock"), security: .plaintext, services: services,
            on: serverLoop ?? loop, random: { _ in 1 }, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
            tasks.addTask { try await server.run { listening.yield($0) } }
            var iterator = bound.makeAsyncIterator()
            try await body(.connect(to: #require(await iterator.next()), security: .plaintext, on: loop))
            server.shutDown(grace: .zero)
            try await tasks.waitForAll()
        }
    }

    @Test func `A replica that has no Health is well while it is connected`() async throws {
        try await connected { client in
            func isHealthy(_ methods: Set<String>?) async -> Bool {
                await ReplicaConnection.remote(client, Self.plugin, replica: "model-1", methods: methods).isHealthy(within: .seconds(20))
            }
            #expect(await isHealthy(["Generate"]))
            #expect(await !isHealthy(["Generate", "Health"]))
            #expect(await !isHealthy(nil))
            await client.close()
            #expect(await !isHealthy(["Generate"]))
        }
    }

    /// What a plugin says behind its response; `fails`: instead of one.
    private func trailing(_ trailers: Metadata, fails: Bool = false) -> RPCServices {
        var services = RPCServices()
        services.unary(LLMProviderMethods.generate) { _, context in
            context.addTrailers(trailers)
            if fails { throw RPCError(.unavailable, "as asked") }
            return GenerateResponse()
        }
        services.serverStreaming(LLMProviderMethods.generateStreaming) { _, writer, context in
            context.addTrailers(trailers)
            if fails { throw RPCError(.unavailable, "as asked") }
            try await writer.write(StreamChunk())
        }
        return services
    }

    /// The reports that one call of each kind hands over, and whether both went well.
    private func reports(behind services: RPCServices) async throws -> (reports: [LoadReport], wentWell: Int) {
        let reports = Mutex<[LoadReport]>([])
        var wentWell = 0
        try await connected(services) { client in
            let options = ReplicaConnection.local(client, .llm).options(.seconds(20), onLoad: { report in reports.withLock { $0.append(report) } })
            do {
                _ = try await client.unary(LLMProviderMethods.generate, GenerateRequest(), options: options)
                wentWell += 1
            } catch is RPCError {}
            do {
                try await client.serverStreaming(LLMProviderMethods.generateStreaming, GenerateRequest(), options: options) { chunks in
                    for try await _ in chunks {}
                }
                wentWell += 1
            } catch is RPCError {}
            await client.close()
        }
        return (reports.withLock { $0 }, wentWell)
    }

    @Test(arguments: [false, true]) func `What a replica says of its load is handed over before its call ends`(fails: Bool) async throws {
        let report = LoadReport(inFlight: 3, queued: 1, slots: 2, serviceTime: 0.5)
        var trailers = Metadata()
        trailers.append(report.bytes, forBinary: MeshMetadata.load)
        let seen = try await reports(behind: trailing(trailers, fails: fails))
        #expect(seen.reports == [report, report])
        #expect(seen.wentWell == (fails ? 0 : 2))
    }

    @Test(arguments: [[:], ["hector-load-bin": "no base64!"], ["hector-load-bin": "CP//"], ["hector-load-bin": String(repeating: "CAk", count: 1_000)]])
    func `A missing or unreadable report is ignored, and the call succeeds`(trailers: [String: String]) async throws {
        var metadata = Metadata()
        for (name, value) in trailers { metadata.append(value, for: name) }
        let seen = try await reports(behind: trailing(metadata))
        #expect(seen.reports.isEmpty)
        #expect(seen.wentWell == 2)
    }

    // MARK: silence

    /// A connection that has been silent refuses calls. Were questions refused as well, a replica that could answer would count as unhealthy.
    @Test func `A silent replica is asked for its health and its load all the same`() async throws {
        var services = RPCServices()
        var trailers = Metadata()
        trailers.append(Self.known.bytes, forBinary: MeshMetadata.load)
        services.unary(LLMProviderMethods.common.health) { [trailers] _, context in
            context.addTrailers(trailers)
            return .with { $0.healthy = true }
        }
        services.unary(HealthMethods.check) { [trailers] _, context in
            context.addTrailers(trailers)
            return .with { $0.status = .serving }
        }
        services.unary(NodeMethods.probe) { _, _ in Self.known.message }
        let frozen = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        try await connected(services, servedBy: frozen.next()) { client in
            client.setKeepalive(.mesh(silence: .milliseconds(700), streams: .seconds(50)))
            let thaw = DispatchSemaphore(value: 0)
            frozen.next().execute { thaw.wait() }
            #expect(await client.waitUntilQuiet())
            let ways: [ReplicaConnection] = [.local(client, .llm), .foreign(client, Self.plugin), remote(client)]
            let refused = await #expect(throws: RPCError.self) {
                try await client.unary(LLMProviderMethods.common.health, HealthRequest(), options: CallOptions(timeout: .seconds(20)))
            }
            #expect(refused?.isConnectionLoss == true)
            await #expect(answered(ways, over: client, once: { thaw.signal() }) == 6)
            await client.close()
        }
        try await frozen.shutdownGracefully()
    }

    private final class Counter: Sendable {
        let count = Mutex(0)
    }

    /// How many questions of these are answered, if `thaw` is called when all of them are under way.
    private func answered(_ ways: [ReplicaConnection], over client: ClientConnection, once thaw: () -> Void) async -> Int {
        let ended = Counter()
        return await withTaskGroup(of: Bool.self) { tasks in
            for way in ways {
                tasks.addTask {
                    defer { ended.count.withLock { $0 += 1 } }
                    return await way.isHealthy(within: .seconds(20))
                }
                tasks.addTask {
                    defer { ended.count.withLock { $0 += 1 } }
                    return await way.load(of: Self.id, within: .seconds(20)) != nil
                }
            }
            // One that was refused has ended.
            while ended.count.withLock({ $0 }) == 0, await client.activity()?.calls != 2 * ways.count { await Task.yield() }
            thaw()
            return await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    // MARK: asked for its load

    private static let id = ReplicaID(plugin, host: "gpu-1", replica: "model-1")
    private static let known = LoadReport(inFlight: 2, slots: 4, serviceTime: 0.25)

    private func load(_ services: RPCServices, within timeout: Duration = .seconds(20), _ way: (ClientConnection) -> ReplicaConnection) async throws -> LoadReport? {
        var load: LoadReport?
        try await connected(services) { client in
            let arrivals = Mutex(0)
            load = await way(client).load(of: Self.id, within: timeout) { arrivals.withLock { $0 += 1 } }
            if load != nil { #expect(arrivals.withLock { $0 } == 1, "when it arrives is told") }
            await client.close()
        }
        return load
    }

    private func remote(_ client: ClientConnection) -> ReplicaConnection { .remote(client, Self.plugin, replica: "model-1") }

    @Test func `A node is asked for the load of its child`() async throws {
        var node = RPCServices()
        node.unary(NodeMethods.probe) { request, _ in
            guard (request.type, request.plugin, request.replica) == ("llm_provider", "model", "model-1") else { throw RPCError(.notFound, "") }
            return Self.known.message
        }
        #expect(try await load(node, remote) == Self.known)
        // It is older than probes, or the replica is gone, or it does not answer.
        #expect(try await load(RPCServices(), remote) == nil)
        var silent = RPCServices()
        silent.unary(NodeMethods.probe) { _, _ in
            try await Task.sleep(for: .seconds(50))
            return Hector_Mesh_V1_LoadReport()
        }
        #expect(try await load(silent, within: .milliseconds(50), remote) == nil)
    }

    /// grpc.health.v1 knows no load; a server may say it behind the answer, as behind any other.
    @Test(arguments: [false, true]) func `Any other server and a child of this host are asked for their health`(says: Bool) async throws {
        var trailers = Metadata()
        if says { trailers.append(Self.known.bytes, forBinary: MeshMetadata.load) }
        var server = RPCServices()
        server.unary(HealthMethods.check) { [trailers] request, context in
            guard request.service.isEmpty else { throw RPCError(.notFound, "") }
            context.addTrailers(trailers)
            return .with { $0.status = .serving }
        }
        #expect(try await load(server) { .foreign($0, Self.plugin) } == (says ? Self.known : nil))
        var child = RPCServices()
        child.unary(LLMProviderMethods.common.health) { [trailers] _, context in
            context.addTrailers(trailers)
            return .with { $0.healthy = true }
        }
        #expect(try await load(child) { .local($0, .llm) } == (says ? Self.known : nil))
        #expect(try await load(RPCServices()) { .local($0, .llm) } == nil)
    }
}
