import HectorCore
import HectorLoad
import HectorProto
import HectorProviders
import HectorRPC
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Testing

@testable import HectorPlugin

/// What the SDK makes of an author's mistakes: the author is told, and the host gets nothing that breaks the rules.
@Suite(.timeLimit(.minutes(1)))
struct ServedToolsTests {
    private struct Tools: ToolProvider {
        let about = PluginDescription(name: "tools", version: "1.0.0")

        func tools() async throws -> [Tool] { [Tool(name: "a b", description: "", parameters: "{}")] }

        func call(
            _ request: CallToolRequest, onOutput: @escaping @Sendable (ToolOutput) async throws -> Void
        ) async throws -> ToolEnd {
            switch request.name {
            case "end": try await onOutput(.with { $0.end = ToolEnd() })
            case "data": try await onOutput(.data(json: "{"))
            case "fail": return .failure
            default: try await onOutput(.text("fine"))
            }
            return .done
        }
    }

    private struct Strategy: ReasoningStrategy {
        let about = PluginDescription(name: "strategy", version: "1.0.0")

        func decide(
            _ request: DecideRequest, onEvent: @escaping @Sendable (DecideEvent) async throws -> Void
        ) async throws -> DecideEvent {
            switch request.step {
            case 0: return .note("no step")
            case 1: try await onEvent(.answer("too early"))
            case 2:
                var step = DecideEvent.answer("")
                step.state.append(contentsOf: [UInt8](repeating: 0, count: ToolLimits().stateBytes + 1))
                return step
            default: break
            }
            return .answer("fine")
        }
    }

    private static func serving(_ offer: (inout RPCServices) -> Void, _ body: (ClientConnection) async throws -> Void) async throws {
        var services = RPCServices()
        offer(&services)
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try RPCServer(
            .tcp(host: "127.0.0.1", port: 0), security: .plaintext, services: services, on: group, random: { _ in 1 },
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
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

    @Test func `A tool that breaks the rules fails with words for its author`() async throws {
        try await Self.serving { $0.offer(Tools()) } _: { client in
            let list = await #expect(throws: RPCError.self) { try await client.unary(ToolProviderMethods.listTools, ListToolsRequest()) }
            #expect(list?.code == .internalError && list?.message.contains("not 'a b'") == true)
            func call(_ name: String, _ arguments: String = "{}") async throws -> ([ToolOutput], Metadata) {
                try await client.serverStreaming(ToolProviderMethods.callTool, .with { $0.name = name; $0.argumentsJson = arguments }) { outputs in
                    var all: [ToolOutput] = []
                    for try await output in outputs { all.append(output) }
                    return (all, await outputs.trailers)
                }
            }
            for (name, arguments, code, words) in [
                ("end", "{}", StatusCode.internalError, "returns its end"), ("data", "{}", .internalError, "data_json is not valid JSON"),
                ("x", "", .invalidArgument, "not a JSON object"),
            ] {
                let error = await #expect(throws: RPCError.self) { try await call(name, arguments) }
                #expect(error?.code == code && error?.message.contains(words) == true, "\(error?.message ?? "")")
            }
            let (outputs, trailers) = try await call("x")
            #expect(outputs == [.text("fine"), .with { $0.end = ToolEnd() }])
            #expect(trailers.bytes("hector-load-bin").flatMap(LoadReport.init(bytes:)) == LoadReport(inFlight: 0))
            let failed = try await call("fail").0
            #expect(failed == [.with { $0.end.failed = true }])
        }
    }

    @Test func `A strategy returns one step, and hands over no more than travels well`() async throws {
        try await Self.serving { $0.offer(Strategy()) } _: { client in
            func decide(_ step: Int32) async throws -> [DecideEvent] {
                try await client.serverStreaming(ReasoningStrategyMethods.decide, .with { $0.step = step }) { events in
                    var all: [DecideEvent] = []
                    for try await event in events { all.append(event) }
                    return all
                }
            }
            for (step, words) in [(0, "returned no step"), (1, "returns its step"), (2, "262144 are the most")] as [(Int32, String)] {
                let error = await #expect(throws: RPCError.self) { try await decide(step) }
                #expect(error?.code == .internalError && error?.message.contains(words) == true, "\(error?.message ?? "")")
            }
            let decided = try await decide(3)
            #expect(decided == [.answer("fine")])
        }
    }
}
