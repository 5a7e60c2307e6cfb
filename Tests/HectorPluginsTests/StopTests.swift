internal import HectorCore
import Foundation
import Glibc
import HectorProto
import HectorRPC
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorPlugins

/// How a plugin is stopped when there is no time.
@Suite(.timeLimit(.minutes(1))) struct StopTests {
    /// What makes it quick, with the limits as they are.
    enum Reason: CaseIterable {
        /// The program ends because of an error, or its task was cancelled.
        case cancelled
        case quickly
        /// A first signal, and then a second one.
        case inOrderThenQuickly
    }

    /// It writes a file when it is told to shut down, and then takes a minute.
    @Test(arguments: Reason.allCases)
    func aPluginIsAskedToShutDownAndIsGoneSoon(_ reason: Reason) async throws {
        let workshop = try Workshop()
        let farewell = workshop.path + "/farewell"
        var environment = workshop.environment()
        // In order it would take far longer than a busy machine makes of the quick steps' 1.9 s.
        environment.limits.shutdownTime = .seconds(50)
        let supervisor = PluginSupervisor(
            PluginSpecification(key: PluginKey(.llm, "moody"), executable: Workshop.product("moody-llm"), config: ["farewell_file": farewell]),
            replica: "moody-1", environment: environment)
        let began = Mutex(ContinuousClock.now)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await supervisor.run() }
            for await state in supervisor.states where state.word == "ready" {
                began.withLock { $0 = .now }
                switch reason {
                case .cancelled: tasks.cancelAll()
                case .quickly: supervisor.stop(.quickly)
                case .inOrderThenQuickly:
                    supervisor.stop()
                    while !FileManager.default.fileExists(atPath: farewell) { try? await Task.sleep(for: .milliseconds(5)) }
                    supervisor.stop(.quickly)
                }
            }
        }
        #expect(FileManager.default.fileExists(atPath: farewell))
        #expect(ContinuousClock.now - began.withLock { $0 } < .seconds(30))
        #expect(workshop.privateFiles.isEmpty)
    }

    /// What is true of a plugin of the SDK between the beginning of its stop and the call of its `shutdown()`.
    @Test func `A plugin that is asked to stop lets its calls finish, takes no new ones, and says so`() async throws {
        let workshop = try Workshop()
        let farewell = workshop.path + "/farewell"
        var environment = workshop.environment()
        environment.limits.shutdownTime = .seconds(50)
        let moody = PluginSpecification(key: PluginKey(.llm, "moody"), executable: Workshop.product("moody-llm"), config: ["farewell_file": farewell])
        @Sendable func hasShutDown() -> Bool { FileManager.default.fileExists(atPath: farewell) }
        _ = try await workshop.supervise(moody, environment) { supervisor, state in
            guard case .ready(let plugin) = state else { return false }
            let client = plugin.connection
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                let (begun, begins) = AsyncStream.makeStream(of: Void.self)
                tasks.addTask {
                    // A word each tenth of a second, for four seconds.
                    let words = try await client.serverStreaming(LLMProviderMethods.generateStreaming, Self.asking("say 40")) { chunks in
                        var words = 0
                        for try await chunk in chunks where !chunk.text.isEmpty {
                            words += 1
                            begins.yield()
                        }
                        return words
                    }
                    #expect(words == 41)
                }
                for await _ in begun { break }
                try await client.serverStreaming(HealthMethods.watch, .with { $0.service = "plugin" }) { answers in
                    for try await answer in answers {
                        if answer.status == .serving { supervisor.stop() } else { break }
                    }
                }
                let check = try await client.unary(HealthMethods.check, .init())
                #expect(check.status == .notServing)
                let health = try await client.unary(LLMProviderMethods.common.health, .init())
                #expect(!health.healthy && health.message == "it is stopping")
                let status = try await client.unary(LLMProviderMethods.common.getStatus, .init())
                #expect(status.status == "shutdown")
                let refusal = await #expect(throws: RPCError.self) { try await client.unary(LLMProviderMethods.generate, Self.asking("sleep 0")) }
                #expect(refusal?.code == .unavailable && refusal?.message.contains("stopping") == true && refusal?.metadata["hector-lost"] == "plugin")
                await #expect(throws: RPCError.self) { try await client.unary(LLMProviderMethods.getModelInfo, .init()) }
                #expect(!hasShutDown())
                try await tasks.waitForAll()
                while !hasShutDown() { try await Task.sleep(for: .milliseconds(5)) }
            }
            supervisor.stop(.quickly)
            return true
        }
        #expect(hasShutDown())
    }

    @Test func `A call that does not end holds up the shutdown for two fifths of its time`() async throws {
        let workshop = try Workshop()
        let farewell = workshop.path + "/farewell"
        var environment = workshop.environment()
        environment.limits.shutdownTime = .seconds(10)
        let moody = PluginSpecification(key: PluginKey(.llm, "moody"), executable: Workshop.product("moody-llm"), config: ["farewell_file": farewell])
        _ = try await workshop.supervise(moody, environment) { supervisor, state in
            guard case .ready(let plugin) = state else { return false }
            try await plugin.connection.serverStreaming(LLMProviderMethods.generateStreaming, Self.asking("forever")) { chunks in
                var begin: ContinuousClock.Instant?
                for try await _ in chunks {
                    guard let began = begin else {
                        begin = .now
                        supervisor.stop()
                        continue
                    }
                    guard FileManager.default.fileExists(atPath: farewell) else { continue }
                    #expect(ContinuousClock.now - began >= .seconds(4))
                    break
                }
            }
            supervisor.stop(.quickly)
            return true
        }
        #expect(FileManager.default.fileExists(atPath: farewell))
    }

    private static func asking(_ text: String) -> GenerateRequest { .with { $0.messages = [.with { $0.content = text }] } }

    @Test func theQuickStepsTakeLessThanTwoSeconds() {
        let limits = PluginLimits()
        // Until SIGKILL.
        #expect(StopLadder.Rung.allCases.dropLast().reduce(Duration.zero) { $0 + $1.time(limits, isQuick: true) } < .seconds(2))
        #expect(StopLadder.Rung.allCases.dropLast().reduce(Duration.zero) { $0 + $1.time(limits, isQuick: false) } < .seconds(10))
    }
}
