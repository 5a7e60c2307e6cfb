import ConformanceProviders
import Foundation
import HectorMesh
import HectorProviders
import Logging
import Synchronization
import Testing

@testable import HectorHost

extension Integration {
    /// Tools and strategies in memory, in a child, and far away: what an agent gets is the same.
    @Suite(.roads, .timeLimit(.minutes(1)))
    struct ToolConformanceTests {
        @Test(arguments: Road.allCases) func `A schema arrives byte for byte, with what is said of the tool`(road: Road) async throws {
            let tools = try await Roads.tools(road).tools()
            #expect(tools.count == 13)
            let echo = try #require(tools.first)
            #expect(Array(echo.parametersJson.utf8) == Array(ConformanceTools.schema.utf8))
            #expect(echo.description_p == "Says ü")
            #expect(echo.annotations.readOnly && echo.annotations.idempotent && !echo.annotations.asks)
            #expect(tools[1].annotations.asks && !tools[1].annotations.idempotent)
            #expect(!tools[2].hasAnnotations)
        }

        @Test(arguments: Road.allCases) func `Output of every kind arrives in its order`(road: Road) async throws {
            let (outputs, end) = try await call(road, "every")
            #expect(outputs == [.progress(1, of: 2, "half"), .text("a"), .data(json: #"{"b":  1.0}"#), .image([0, 255], mediaType: "image/png")])
            #expect(!end.failed)
        }

        @Test(arguments: Road.allCases) func `A tool that fails says why to the model, and that is no error`(road: Road) async throws {
            let (outputs, end) = try await call(road, "refuse")
            #expect(outputs == [.text("not today")])
            #expect(end.failed)
        }

        @Test(arguments: Road.allCases) func `What a tool said before an error stays`(road: Road) async throws {
            let outputs = Mutex<[ToolOutput]>([])
            let error = await #expect(throws: ProviderError.self) {
                try await Roads.tools(road).call(.of("break")) { output in outputs.withLock { $0.append(output) } }
            }
            #expect(error?.code == .exhausted && error?.message.contains("out of paper") == true)
            #expect(outputs.withLock { $0 } == [.text("half ")])
        }

        @Test(arguments: Road.allCases) func `Refusals keep their kind`(road: Road) async throws {
            for (request, code) in [
                (CallToolRequest.of("nothing"), ProviderError.Code.notFound), (.of("echo", "[]"), .invalidRequest), (.of("echo", "{"), .invalidRequest),
                (.of("echo"), .invalidRequest),
            ] {
                let error = await #expect(throws: ProviderError.self) { try await Roads.tools(road).call(request) { _ in } }
                #expect(error?.code == code, "\(error?.message ?? "")")
            }
        }

        @Test(arguments: Road.allCases) func `A slow reader gets every piece, and a megabyte goes through`(road: Road) async throws {
            let count = Mutex(0)
            _ = try await Roads.tools(road).call(.of("count", #"{"number": 2000}"#)) { output in
                let index = count.withLock { count in
                    defer { count += 1 }
                    return count
                }
                #expect(output == .text("\(index);"))
                if index.isMultiple(of: 400) { try await Task.sleep(for: .milliseconds(5)) }
            }
            #expect(count.withLock { $0 } == 2000)
            let text = String(repeating: "0123456789abcdef", count: 65_536)
            #expect(try await call(road, "echo", #"{"text": "\#(text)"}"#).outputs == [.text(text)])
        }

        @Test(arguments: Road.allCases) func `A tool waits for a reader that does not read`(road: Road) async throws {
            let tools = try Roads.tools(road)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: (any Error).self) {
                        try await tools.call(.of("flood", #"{"name": "flood"}"#)) { _ in try await Task.sleep(for: .seconds(50)) }
                    }
                }
                // It has stopped where a fifth of a second brings nothing more.
                var sent: [ToolOutput] = []
                var before: [ToolOutput] = [.text("unknown")]
                let end = ContinuousClock.now + .seconds(10)
                while sent != before || sent == [.text("unknown")], ContinuousClock.now < end {
                    before = sent
                    try await Task.sleep(for: .milliseconds(200))
                    sent = try await call(road, "state", #"{"name": "flood"}"#).outputs
                }
                let count = try #require(Int(sent.first?.text ?? ""))
                #expect(sent == before && count < 1024, "it sent \(count) times 16 KiB")
                group.cancelAll()
                try await group.waitForAll()
            }
        }

        @Test(arguments: Road.allCases) func `Cancelling a call cancels the tool`(road: Road) async throws {
            let tools = try Roads.tools(road)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: (any Error).self) { try await tools.call(.of("forever", #"{"name": "a"}"#)) { _ in } }
                }
                try await wait(for: "begun", road)
                group.cancelAll()
                try await group.waitForAll()
            }
            try await wait(for: "cancelled", road)
        }

        @Test(arguments: Road.allCases) func `A turn is decided step by step, with notes, text and state`(road: Road) async throws {
            let strategy = try Roads.strategy(road)
            var request = DecideRequest()
            request.messages = [Message(role: "user", content: "hello")]
            request.tools = [Tool(name: "echo", description: "", parameters: "{}")]
            let events = Mutex<[DecideEvent]>([])
            let first = try await strategy.decide(request) { event in events.withLock { $0.append(event) } }
            #expect(first.callModel.tools == ["echo"])
            request.step = 2
            request.state = first.state
            let last = try await strategy.decide(request) { event in events.withLock { $0.append(event) } }
            #expect(last.answer.text == "hello")
            #expect(last.state.count == 2 * first.state.count && last.state.starts(with: first.state))
            #expect(events.withLock { $0 } == [.note("step 0"), .note("step 2"), .text("The answer: ")])
            let error = await #expect(throws: ProviderError.self) { try await strategy.decide(DecideRequest()) { _ in } }
            #expect(error?.code == .invalidRequest)
        }

        private func call(_ road: Road, _ name: String, _ arguments: String = "{}") async throws -> (outputs: [ToolOutput], end: ToolEnd) {
            let outputs = Mutex<[ToolOutput]>([])
            let end = try await Roads.tools(road).call(.of(name, arguments)) { output in outputs.withLock { $0.append(output) } }
            return (outputs.withLock { $0 }, end)
        }

        private func wait(for state: String, _ road: Road) async throws {
            let end = ContinuousClock.now + .seconds(5)
            var now: [ToolOutput] = []
            while now != [.text(state)], ContinuousClock.now < end {
                now = try await call(road, "state", #"{"name": "a"}"#).outputs
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(now == [.text(state)])
        }
    }

    /// Replicas that end under a call, as processes.
    @Suite(.timeLimit(.minutes(1)))
    struct LostToolTests {
        @Test func `A call that was lost is made again only where the tool is idempotent, and says so where it is not`() async throws {
            try await withHost("tool_providers: {toolbox: {path: {tools}, replicas: 2}}") { scene, host in
                let tools = try #require(host.directory.toolProvider("toolbox"))
                try await ready(2, host)
                for (tool, begun) in [("die", 1), ("die.again", 2)] {
                    try await ready(2, host)
                    let file = "\(scene.folder)/\(tool)"
                    let error = await #expect(throws: ProviderError.self) {
                        try await tools.call(.of(tool, #"{"file": "\#(file)"}"#)) { _ in }
                    }
                    #expect(FileManager.default.contents(atPath: file)?.count == begun)
                    #expect(error?.message.contains("may have run") == (begun == 1), "\(error?.message ?? "")")
                }
            }
        }

        @Test func `Any replica takes the next step, also when the one before it is gone`() async throws {
            try await withHost("reasoning_strategies: {planner: {path: {strategy}, replicas: 2}}") { _, host in
                let strategy = try #require(host.directory.reasoningStrategy("planner"))
                try await ready(2, host)
                var request = DecideRequest()
                request.messages = [Message(role: "user", content: "hello")]
                let first = try await strategy.decide(request) { _ in }
                let process = try #require(Int32(String(decoding: first.state, as: UTF8.self).dropLast()))
                kill(process, SIGKILL)
                request.step = 2
                request.state = first.state
                let last = try await strategy.decide(request) { _ in }
                #expect(last.answer.text == "hello")
                let processes = String(decoding: last.state, as: UTF8.self).split(separator: " ")
                #expect(processes.count == 2 && processes[0] == "\(process)" && processes[1] != processes[0])
            }
        }

        private func withHost(_ plugins: String, _ body: @Sendable (Scene, HectorHost.Host) async throws -> Void) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            var text = "  llm_providers: {model: {path: \(try scene.conformancePlugin("llm"))}}\n  \(plugins)"
            for kind in ["tools", "strategy"] { text = text.replacingOccurrences(of: "{\(kind)}", with: try scene.conformancePlugin(kind)) }
            let host = try scene.host(scene.hostConfiguration(plugins: text), log: .critical)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await host.run() }
                try await body(scene, host)
                group.cancelAll()
                try? await group.waitForAll()
            }
        }

        private func ready(_ count: Int, _ host: HectorHost.Host) async throws {
            let end = ContinuousClock.now + .seconds(20)
            func now() -> Int { host.mesh.replicas.filter { $0.type != "llm_provider" && $0.state == .ready }.count }
            while now() < count, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
            #expect(now() == count)
        }
    }
}

extension CallToolRequest {
    fileprivate static func of(_ name: String, _ arguments: String = "{}") -> CallToolRequest {
        var request = CallToolRequest()
        request.name = name
        request.argumentsJson = arguments
        return request
    }
}
