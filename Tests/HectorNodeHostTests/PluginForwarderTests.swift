import HectorCore
import HectorLoad
import HectorProto
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HectorNodeHost
@testable import HectorRPC

/// What a node counts of the calls that it passes on, and which replica it takes where the host names none.
@Suite(.timeLimit(.minutes(1)))
struct PluginForwarderTests {
    private static let echo = PluginKey(.llm, "echo")
    private static let method = LLMProviderMethods.getModelInfo
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    private func forwarder() -> PluginForwarder {
        let forwarder = PluginForwarder(now: { Instant() })
        forwarder.offer(Self.echo)
        return forwarder
    }

    private func request(replica: String? = nil) -> ForwardedRequest {
        var metadata: Metadata = ["hector-plugin": "echo"]
        if let replica { metadata.append(replica, for: "hector-replica") }
        return ForwardedRequest(path: Self.method.path, authority: "localhost", metadata: metadata, peer: nil)
    }

    private func target(_ decision: ForwardingDecision) -> ForwardingTarget? {
        if case .to(let target) = decision { target } else { nil }
    }

    private func serving(_ services: RPCServices, _ body: @Sendable (Endpoint, RPCServer) async throws -> Void) async throws {
        let server = try RPCServer(
            .unix(path: "/tmp/hector-forward-\(UInt32.random(in: 0 ... .max)).sock"), security: .plaintext, services: services,
            on: loop, random: { _ in 1 }, log: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
            tasks.addTask { try await server.run { listening.yield($0) } }
            var iterator = bound.makeAsyncIterator()
            try await body(#require(await iterator.next()), server)
            server.shutDown(grace: .zero)
            try await tasks.waitForAll()
        }
    }

    private func connect(_ endpoint: Endpoint) async throws -> ClientConnection {
        try await ClientConnection.connect(to: endpoint, security: .plaintext, on: loop)
    }

    @Test func aReplicaThatWasUnhealthyKeepsTheCountOfItsCalls() async throws {
        try await serving(RPCServices()) { endpoint, _ in
            let connection = try await connect(endpoint)
            let forwarder = forwarder()
            forwarder.ready(Self.echo, replica: "echo-1", connection)
            let call = try #require(target(forwarder.route(request())))
            // Its supervisor found it unhealthy, and then well again: it is the same process, and the call goes on.
            forwarder.gone(Self.echo, replica: "echo-1")
            #expect(target(forwarder.route(request(replica: "echo-1"))) == nil)
            forwarder.ready(Self.echo, replica: "echo-1", connection)
            #expect(forwarder.inFlight(Self.echo, replica: "echo-1") == 1)
            let second = try #require(target(forwarder.route(request())))
            forwarder.ready(Self.echo, replica: "echo-1", connection)
            #expect(forwarder.inFlight(Self.echo, replica: "echo-1") == 2)
            call.onEnd()
            second.onEnd()
            #expect(forwarder.inFlight(Self.echo, replica: "echo-1") == 0)
            await connection.close()
        }
    }

    /// What `Node/Probe` answers.
    @Test func theLoadOfAReplicaIsKnownWhileItTakesCalls() async throws {
        try await serving(RPCServices()) { endpoint, _ in
            let connection = try await connect(endpoint)
            let forwarder = forwarder()
            #expect(forwarder.load(of: Self.echo, replica: "echo-1") == nil)
            forwarder.ready(Self.echo, replica: "echo-1", connection)
            let calls = [forwarder.route(request()), forwarder.route(request())].compactMap(target)
            #expect(forwarder.load(of: Self.echo, replica: "echo-1")?.inFlight == 2)
            calls.first?.onEnd()
            #expect(forwarder.load(of: Self.echo, replica: "echo-1")?.inFlight == 1)
            #expect(forwarder.load(of: PluginKey(.embedder, Self.echo.name), replica: "echo-1") == nil)
            forwarder.gone(Self.echo, replica: "echo-1")
            #expect(forwarder.load(of: Self.echo, replica: "echo-1") == nil)
            calls.last?.onEnd()
            await connection.close()
        }
    }

    @Test func aReplicaThatWasStartedAnewIsNotChargedForCallsOfBefore() async throws {
        try await serving(RPCServices()) { endpoint, _ in
            let (old, new) = (try await connect(endpoint), try await connect(endpoint))
            let forwarder = forwarder()
            forwarder.ready(Self.echo, replica: "echo-1", old)
            let call = try #require(target(forwarder.route(request())))
            forwarder.gone(Self.echo, replica: "echo-1")
            forwarder.ready(Self.echo, replica: "echo-1", new)
            #expect(forwarder.inFlight(Self.echo, replica: "echo-1") == 0)
            let next = try #require(target(forwarder.route(request())))
            #expect(next.connection === new)
            call.onEnd()
            #expect(forwarder.inFlight(Self.echo, replica: "echo-1") == 1)
            next.onEnd()
            #expect(forwarder.inFlight(Self.echo, replica: "echo-1") == 0)
            await old.close()
            await new.close()
        }
    }

    /// A replica whose connection has ended has no calls, which makes it look like the idlest one.
    @Test func aReplicaThatIsAliveIsPreferred() async throws {
        try await serving(RPCServices()) { endpoint, _ in
            let (dead, alive) = (try await connect(endpoint), try await connect(endpoint))
            let forwarder = forwarder()
            forwarder.ready(Self.echo, replica: "echo-1", dead)
            forwarder.ready(Self.echo, replica: "echo-2", alive)
            let calls = try (0..<3).map { _ in try #require(target(forwarder.route(request(replica: "echo-2")))) }
            await dead.close()
            #expect(target(forwarder.route(request()))?.connection === alive)
            // Who names the dead one gets no other.
            #expect(target(forwarder.route(request(replica: "echo-1"))) == nil)
            withExtendedLifetime(calls) {}
            await alive.close()
        }
    }

    @Test func theOneWithTheFewestCallsIsTaken() async throws {
        try await serving(RPCServices()) { endpoint, _ in
            let (one, two) = (try await connect(endpoint), try await connect(endpoint))
            let forwarder = forwarder()
            forwarder.ready(Self.echo, replica: "echo-1", one)
            forwarder.ready(Self.echo, replica: "echo-2", two)
            for _ in 0..<10 { _ = forwarder.route(request()) }
            #expect(forwarder.inFlight(Self.echo, replica: "echo-1") == 5)
            #expect(forwarder.inFlight(Self.echo, replica: "echo-2") == 5)
            await one.close()
            await two.close()
        }
    }

    /// Its connections tell hosts to send no more, and refuse what comes after; a call that was on its way then has an answer.
    @Test func `A node that stops passes on what was on its way`() async throws {
        try await serving(RPCServices()) { endpoint, _ in
            let connection = try await connect(endpoint)
            let forwarder = forwarder()
            forwarder.ready(Self.echo, replica: "echo-1", connection)
            forwarder.drain(within: .seconds(10))
            let call = try #require(target(forwarder.route(request())))
            #expect(call.connection === connection)
            call.onEnd()
            #expect(forwarder.cut == 0 && forwarder.inFlight(Self.echo, replica: "echo-1") == 0)
            await connection.close()
        }
    }

    enum End: CaseIterable {
        case answer, caller, plugin
    }

    /// Whichever leg ends a call, it counts no more.
    @Test(arguments: End.allCases) func aCallCountsUntilOneOfItsLegsEndsIt(end: End) async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (departures, depart) = AsyncStream.makeStream(of: Void.self)
        var plugin = RPCServices()
        plugin.unary(Self.method) { _, _ in
            arrived.yield()
            for await _ in departures { break }
            return ModelInfo()
        }
        try await serving(plugin) { endpoint, pluginServer in
            let connection = try await connect(endpoint)
            let forwarder = forwarder()
            forwarder.ready(Self.echo, replica: "echo-1", connection)
            var node = RPCServices()
            node.forwarder = forwarder
            try await serving(node) { endpoint, _ in
                let client = try await connect(endpoint)
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = try? await client.unary(Self.method, Empty(), options: CallOptions(metadata: ["hector-plugin": "echo"]))
                    }
                    for await _ in arrivals { break }
                    #expect(forwarder.inFlight(Self.echo, replica: "echo-1") == 1)
                    switch end {
                    case .answer: depart.yield()
                    case .caller: group.cancelAll()
                    case .plugin: pluginServer.shutDown(grace: .zero)
                    }
                }
                // A cancelled caller is ahead of the node.
                while forwarder.inFlight(Self.echo, replica: "echo-1") > 0 { await Task.yield() }
                #expect(forwarder.inFlight(Self.echo, replica: "echo-1") == 0)
                await client.close()
            }
            depart.finish()
            await connection.close()
        }
    }

    /// Review C2: the second kind overwrote the first, whose calls became UNIMPLEMENTED.
    @Test func aNameOfTwoKindsIsTwoPlugins() async throws {
        try await serving(RPCServices()) { endpoint, _ in
            let (model, embedder) = (try await connect(endpoint), try await connect(endpoint))
            let forwarder = forwarder()
            let other = PluginKey(.embedder, Self.echo.name)
            forwarder.offer(other)
            forwarder.ready(Self.echo, replica: "echo-1", model)
            forwarder.ready(other, replica: "echo-1", embedder)
            #expect(target(forwarder.route(request(replica: "echo-1")))?.connection === model)
            let embed = ForwardedRequest(
                path: EmbedderProviderMethods.embed.path, authority: "localhost", metadata: request(replica: "echo-1").metadata, peer: nil)
            #expect(target(forwarder.route(embed))?.connection === embedder)
            #expect(forwarder.inFlight(Self.echo, replica: "echo-1") == 1 && forwarder.inFlight(other, replica: "echo-1") == 1)
            let search = ForwardedRequest(
                path: DatabaseProviderMethods.search.path, authority: "localhost", metadata: request().metadata, peer: nil)
            guard case .refuse(let error) = forwarder.route(search) else { Issue.record("it has no such kind"); return }
            #expect(error.code == .unimplemented && error.message.contains("does not offer"))
            await model.close()
            await embedder.close()
        }
    }

    /// A host that knows labels only, and a client that names the plugin in its address.
    @Test func `A plugin is told the name that it offers, however the caller says it`() async throws {
        let forwarder = forwarder()
        let name = PluginKey(.llm, "Llama3.2:3b")
        forwarder.offer(name)
        try await serving(RPCServices()) { endpoint, _ in
            let connection = try await connect(endpoint)
            forwarder.ready(name, replica: "engine-1", connection)
            forwarder.ready(Self.echo, replica: "echo-1", connection)
            func told(_ metadata: Metadata, authority: String = "localhost") -> String? {
                target(forwarder.route(ForwardedRequest(path: Self.method.path, authority: authority, metadata: metadata, peer: nil)))
                    .map { $0.metadata["hector-plugin"] ?? "as it was" }
            }
            #expect(told(["hector-plugin": "Llama3.2:3b"]) == "as it was")
            #expect(told(["hector-plugin": "llama3-2-3b"]) == "Llama3.2:3b")
            #expect(told([:], authority: "llama3-2-3b:7443") == "Llama3.2:3b")
            #expect(told([:], authority: "echo") == "echo")
            // The label of two is that of nobody.
            forwarder.offer(PluginKey(.llm, "llama3.2-3b"))
            #expect(told(["hector-plugin": "llama3-2-3b"]) == nil)
            #expect(told(["hector-plugin": "Llama3.2:3b"]) == "as it was")
            forwarder.withdraw(PluginKey(.llm, "llama3.2-3b"))
            #expect(told(["hector-plugin": "llama3-2-3b"]) == "Llama3.2:3b")
            await connection.close()
        }
    }
}
