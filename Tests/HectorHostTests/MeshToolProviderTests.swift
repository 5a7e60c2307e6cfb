import Glibc
import HectorCore
import HectorMesh
import HectorProto
import HectorProviders
import HectorRPC
import Logging
import NIOPosix
import Synchronization
import SwiftProtobuf
import Testing

@testable import HectorHost
@testable import HectorMembership

/// Tools as the host reaches them, over sockets.
@Suite(.timeLimit(.minutes(1))) struct MeshToolProviderTests {
    /// A plugin whose tools change, and whose calls answer with these messages, or fail with the code.
    private final class Toolbox: Sendable {
        let tools = Mutex(["one"])
        let asked = Mutex(0)
        let called = Mutex(0)
        let outputs: [ToolOutput]
        let failure: StatusCode?

        init(_ outputs: [ToolOutput] = [.with { $0.end = ToolEnd() }], failure: StatusCode? = nil) {
            self.outputs = outputs
            self.failure = failure
        }

        func register(in services: inout RPCServices) {
            services.unary(ToolProviderMethods.common.health) { _, _ in .with { $0.healthy = true } }
            services.unary(ToolProviderMethods.listTools) { [self] _, _ in
                asked.withLock { $0 += 1 }
                return .with { $0.tools = tools.withLock { $0 }.map { Tool(name: $0, description: "", parameters: "{}", idempotent: $0 == "again") } }
            }
            services.serverStreaming(ToolProviderMethods.callTool) { [self] _, writer, _ in
                called.withLock { $0 += 1 }
                for output in outputs { try await writer.write(output) }
                if let failure { throw RPCError(failure, "as asked") }
            }
        }
    }

    private final class Clock: Sendable {
        let passed = Mutex(Duration.zero)
    }

    private func run(_ toolbox: Toolbox, _ body: @Sendable (MeshToolProvider, Clock) async throws -> Void) async throws {
        let clock = Clock()
        let start = ContinuousClock.now
        let now: @Sendable () -> Instant = { Instant(start.duration(to: .now) + clock.passed.withLock { $0 }) }
        let router = Router(
            mesh: "", host: "here",
            timing: Timing(now: now, sleepUntil: { try await Task.sleep(for: now().duration(to: $0)) }, random: { .random(in: $0) }),
            seed: 1, classify: classifyFailure)
        let plugin = PluginKey(.tool, "tools")
        let group = MultiThreadedEventLoopGroup.singleton
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            var services = RPCServices()
            toolbox.register(in: &services)
            let path = "/tmp/hector-tools-\(UInt32.random(in: 0 ... .max)).sock"
            let server = try RPCServer(
                .unix(path: path), security: .plaintext, services: services, on: group, random: { _ in 1 },
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let (bound, listening) = AsyncStream.makeStream(of: Void.self)
            tasks.addTask {
                defer { unlink(path) }
                try await server.run { _ in listening.yield() }
            }
            for await _ in bound { break }
            let connection = try await ClientConnection.connect(to: .unix(path: path), security: .plaintext, on: group)
            let replica = ReplicaDescription(id: ReplicaID(plugin, host: "here", replica: "tools-1"), host: "here", path: .local)
            router.source(named: "tools").publish([PublishedReplica(replica, .ready(ReplicaConnection.local(connection, .tool)))])
            let caller = MeshCaller(
                plugin: plugin, router: router, now: now, limits: CallLimits(progress: .seconds(30)), metered: nil,
                log: FailedCalls(Logger(label: "host") { _ in SwiftLogNoOpLogHandler() }))
            try await body(MeshToolProvider(caller: caller, lists: ToolLists()), clock)
            await connection.close()
            tasks.cancelAll()
        }
    }

    private func call(_ tools: MeshToolProvider, _ name: String) async throws -> ToolEnd {
        try await tools.call(.with { $0.name = name; $0.argumentsJson = "{}" }) { _ in }
    }

    @Test func `A list is kept for a while, and asked for again for a tool that is not in it`() async throws {
        let toolbox = Toolbox()
        try await run(toolbox) { tools, clock in
            for _ in 0..<3 { _ = try await call(tools, "one") }
            #expect(toolbox.asked.withLock { $0 } == 1)
            toolbox.tools.withLock { $0 = ["one", "two"] }
            _ = try await call(tools, "two")
            #expect(toolbox.asked.withLock { $0 } == 2)
            clock.passed.withLock { $0 += ToolLists.age }
            #expect(try await tools.tools().map(\.name) == ["one", "two"])
            #expect(toolbox.asked.withLock { $0 } == 3)
            let error = await #expect(throws: ProviderError.self) { try await call(tools, "twoo") }
            #expect(error?.code == .notFound && error?.message == "tools has no tool 'twoo'; did you mean 'two'?")
        }
    }

    @Test func `A list counts no longer when a replica has come`() {
        let lists = ToolLists()
        let plugin = PluginKey(.tool, "box")
        let (one, two) = (ReadyConnection(serial: 1, epoch: 1), ReadyConnection(serial: 1, epoch: 2))
        lists.keep([Tool(name: "x", description: "", parameters: "{}")], of: plugin, ready: [one], now: Instant())
        #expect(lists.tools(of: plugin, ready: [one], now: Instant())?.count == 1)
        #expect(lists.tools(of: plugin, ready: [one, two], now: Instant()) == nil && lists.tools(of: plugin, ready: [], now: Instant())?.count == 1)
        #expect(lists.tools(of: plugin, ready: [one], now: Instant(ToolLists.age)) == nil)
    }

    @Test func `After NOT_FOUND the list is asked for again`() async throws {
        let toolbox = Toolbox([], failure: .notFound)
        try await run(toolbox) { tools, _ in
            for asked in 1...2 {
                let error = await #expect(throws: ProviderError.self) { try await call(tools, "one") }
                #expect(error?.code == .notFound && error?.message.contains("may have run") == false)
                #expect(toolbox.asked.withLock { $0 } == asked)
            }
        }
    }

    @Test(arguments: [StatusCode.unavailable, .internalError, .resourceExhausted, .permissionDenied])
    func `A failure of a tool that is not idempotent says that it may have run, and it runs once`(code: StatusCode) async throws {
        for (outputs, isTold) in [([ToolOutput](), true), ([.text("a")], true)] {
            let toolbox = Toolbox(outputs, failure: code)
            try await run(toolbox) { tools, _ in
                let error = await #expect(throws: ProviderError.self) { try await call(tools, "one") }
                #expect(error?.message.hasSuffix("(the tool may have run; the call was not repeated)") == isTold, "\(error?.message ?? "")")
                #expect(toolbox.called.withLock { $0 } == 1)
            }
        }
    }

    @Test(arguments: [
        ([ToolOutput.text("a")], "ended without its end"), ([.with { $0.end = ToolEnd() }, .text("a")], "behind its end"),
        ([ToolOutput()], "empty, or of a newer kind"), ([.data(json: "{")], "not valid JSON"),
    ] as [([ToolOutput], String)])
    func `Output that breaks the rules fails the call`(outputs: [ToolOutput], expected: String) async throws {
        try await run(Toolbox(outputs)) { tools, _ in
            let error = await #expect(throws: ProviderError.self) { try await call(tools, "one") }
            #expect(error?.code == .failed && error?.message.contains(expected) == true, "\(error?.message ?? "")")
        }
    }

    @Test func `A list that breaks the rules is the plugin's failure`() async throws {
        let toolbox = Toolbox()
        toolbox.tools.withLock { $0 = ["one", "one"] }
        try await run(toolbox) { tools, _ in
            let error = await #expect(throws: ProviderError.self) { try await tools.tools() }
            #expect(error?.code == .failed && error?.message == "tools: it has two tools with the name 'one'")
            #expect(toolbox.called.withLock { $0 } == 0)
        }
    }
}
