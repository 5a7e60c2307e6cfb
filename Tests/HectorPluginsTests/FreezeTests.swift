import Foundation
import HectorCore
import HectorPlugins
import HectorProto
import HectorRPC
import Synchronization
import Testing

/// Plugins that stand still: stopped by a signal, or waiting, or so busy that not even their libraries answer.
@Suite(.timeLimit(.minutes(2))) struct FreezeTests {
    private func limits() -> PluginLimits {
        var limits = PluginLimits()
        limits.stepTime = .milliseconds(300)
        // Its calls alone must tell.
        limits.healthInterval = .seconds(600)
        return limits
    }

    private func moody(_ executable: String = Workshop.product("moody-llm"), oneThread: Bool = false) -> PluginSpecification {
        PluginSpecification(key: PluginKey(.llm, "moody"), executable: executable, config: oneThread ? ["one_thread": "true"] : [:])
    }

    private static func request(_ words: String) -> GenerateRequest {
        var request = GenerateRequest()
        request.messages = [Message()]
        request.messages[0].content = words
        return request
    }

    private static func generate(_ plugin: ReadyPlugin, _ words: String) async -> RPCError? {
        do {
            _ = try await plugin.connection.unary(
                LLMProviderMethods.generate, request(words), options: CallOptions(timeout: .seconds(60)))
            return nil
        } catch {
            return error as? RPCError
        }
    }

    /// The next state that is so.
    private static func wait(
        _ states: inout AsyncStream<PluginState>.Iterator, until isIt: (PluginState) -> Bool
    ) async -> PluginState? {
        while let state = await states.next() { if isIt(state) { return state } }
        return nil
    }

    private func run(
        _ specification: PluginSpecification, limits: PluginLimits,
        _ body: (ReadyPlugin, inout AsyncStream<PluginState>.Iterator) async throws -> Void
    ) async throws {
        let workshop = try Workshop()
        let supervisor = PluginSupervisor(specification, replica: "moody-1", environment: workshop.environment(limits: limits))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await supervisor.run() }
            var states = supervisor.states.makeAsyncIterator()
            let state = await Self.wait(&states) { if case .ready = $0 { true } else { false } }
            guard case .ready(let plugin) = state else { Issue.record("not ready"); return }
            // Also where the body throws: the process must not be left stopped.
            defer {
                kill(-plugin.pid, SIGCONT)
                supervisor.stop()
            }
            try await body(plugin, &states)
        }
    }

    /// Stops a process, or with a negative number its group, and returns when it stands still.
    private static func stop(_ process: Int32) async throws {
        kill(process, SIGSTOP)
        for _ in 0..<500 {
            let text = try String(contentsOfFile: "/proc/\(abs(process))/stat", encoding: .utf8)
            if let name = text.lastIndex(of: ")"), text[name...].hasPrefix(") T") { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("it does not stop")
    }

    private static func isReady(_ state: PluginState) -> Bool { if case .ready = state { true } else { false } }
    private static func isUnhealthy(_ state: PluginState) -> Bool { if case .unhealthy = state { true } else { false } }

    /// A stream until its first text has come, and on; how it ended.
    private static func stream(_ plugin: ReadyPlugin, _ began: AsyncStream<Int>.Continuation) async -> RPCError? {
        do {
            try await plugin.connection.serverStreaming(LLMProviderMethods.generateStreaming, request("forever")) { chunks in
                var count = 0
                for try await _ in chunks {
                    count += 1
                    began.yield(count)
                }
            }
            return nil
        } catch {
            return error as? RPCError
        }
    }

    @Test func `A stopped plugin loses its calls that have no response, and keeps its streams when it goes on`() async throws {
        try await run(moody(), limits: limits()) { plugin, states in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                let (counts, began) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
                let ended = Mutex<RPCError?>(nil)
                tasks.addTask {
                    let error = await Self.stream(plugin, began)
                    ended.withLock { $0 = error }
                }
                var count = counts.makeAsyncIterator()
                #expect(await count.next() != nil)
                try await Self.stop(-plugin.pid)
                let start = ContinuousClock.now
                let failure = await Self.generate(plugin, "wait 0")
                let took = start.duration(to: .now)
                #expect(failure?.isConnectionLoss == true && failure?.progress == .unknown)
                #expect(failure?.message == "frozen: no response and no processor time for 1.8 s")
                // 1.8 s, where no other tests hold this one up.
                #expect(took < .seconds(15), "\(took)")
                guard case .unhealthy(_, let reason) = await Self.wait(&states, until: Self.isUnhealthy) else { return }
                #expect(reason == "frozen: no response and no processor time for 1.8 s")
                #expect(ended.withLock { $0 } == nil)

                kill(-plugin.pid, SIGCONT)
                guard case .ready(let again) = await Self.wait(&states, until: Self.isReady) else { return }
                #expect(again.pid == plugin.pid && again.connection === plugin.connection)
                let before = await count.next() ?? 0
                #expect(await count.next() ?? 0 > before && ended.withLock { $0 } == nil, "the stream goes on")
                #expect(await Self.generate(again, "wait 0") == nil)
                tasks.cancelAll()
            }
        }
    }

    @Test func `A stream of a plugin that stays frozen ends UNAVAILABLE, and the process is left alone`() async throws {
        var limits = limits()
        limits.frozenTime = .seconds(1)
        limits.silenceStreams = .seconds(2)
        try await run(moody(), limits: limits) { plugin, states in
            try await withThrowingTaskGroup(of: RPCError?.self) { tasks in
                let (counts, began) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
                tasks.addTask { await Self.stream(plugin, began) }
                for await _ in counts { break }
                let start = ContinuousClock.now
                try await Self.stop(-plugin.pid)
                let error = try await tasks.next() ?? nil
                let took = start.duration(to: .now)
                #expect(error?.code == .unavailable && error?.progress == .responseStarted)
                #expect(took > .seconds(1.8) && took < .seconds(15), "\(took)")
            }
            #expect(await Self.wait(&states, until: Self.isUnhealthy) != nil)
            kill(-plugin.pid, SIGCONT)
            guard case .ready(let again) = await Self.wait(&states, until: Self.isReady) else { return }
            #expect(again.pid == plugin.pid)
        }
    }

    /// As a computation that holds Python's lock: nothing answers, and processor time is used.
    @Test func `A plugin that does not answer because it computes keeps its calls`() async throws {
        let workshop = try Workshop()
        let busy = try workshop.bash("(while :; do :; done) & exec \(Workshop.product("moody-llm"))")
        var limits = limits()
        limits.frozenTime = .seconds(1)
        try await run(moody(busy), limits: limits) { plugin, _ in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                let failure = Mutex<RPCError?>(nil)
                // Not its group: that goes on computing.
                try await Self.stop(plugin.pid)
                tasks.addTask {
                    let error = await Self.generate(plugin, "wait 0")
                    failure.withLock { $0 = error }
                }
                #expect(await plugin.connection.waitUntilQuiet())
                try await Task.sleep(for: .seconds(3))
                kill(plugin.pid, SIGCONT)
                try await tasks.waitForAll()
                #expect(failure.withLock { $0 } == nil)
            }
        }
    }

    /// Its library answers, whatever its only thread does.
    @Test func `A plugin that waits on its only thread is not frozen`() async throws {
        var limits = limits()
        limits.frozenTime = .seconds(1)
        try await run(moody(oneThread: true), limits: limits) { plugin, _ in
            #expect(await Self.generate(plugin, "wait 3") == nil)
        }
    }
}
