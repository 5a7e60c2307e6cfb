internal import HectorCore
import Foundation
import Glibc
import HectorProto
import HectorRPC
import Logging
import Testing

@testable import HectorPlugins

/// What must not cost a plugin its place: a file that is wrong for a moment, trouble of the host, a connection that ends.
// One at a time: each has clocks that run while the others start processes.
@Suite(.serialized, .timeLimit(.minutes(2))) struct RecoveryTests {
    private func supervise(
        _ workshop: Workshop, _ specification: PluginSpecification, variables: [String: String] = [:], limits: PluginLimits = PluginLimits(),
        until body: (PluginSupervisor, PluginState) async throws -> Bool
    ) async throws -> [PluginState] {
        // Nothing that is counted is put up with.
        var environment = workshop.environment(limits: limits, restarts: 0)
        environment.variables.merge(variables) { $1 }
        return try await workshop.supervise(specification, environment, until: body)
    }

    /// Polls often, and stops fast.
    private var limits: PluginLimits {
        var limits = PluginLimits()
        limits.stepTime = .milliseconds(300)
        limits.filePoll = .milliseconds(50)
        return limits
    }

    // MARK: the file

    /// Ways in which a file may be wrong while somebody upgrades it.
    enum Damage: CaseIterable {
        case gone, rubbish, empty, notExecutable, directory, otherMachine, lostInterpreter, otherHandshake

        func inflict(on path: String) throws {
            try FileManager.default.removeItem(atPath: path)
            switch self {
            case .gone: return
            case .directory: return try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            case .rubbish: try Data("neither program nor script".utf8).write(to: URL(fileURLWithPath: path))
            case .empty, .notExecutable: try Data().write(to: URL(fileURLWithPath: path))
            case .otherMachine: try Data(ExecutableTests.elf(machine: 22)).write(to: URL(fileURLWithPath: path))
            case .lostInterpreter: try Data("#!/nowhere/python\n".utf8).write(to: URL(fileURLWithPath: path))
            case .otherHandshake: try Data("#!/bin/sh\necho '1|9|unix|/tmp/x|grpc|'; sleep 1000\n".utf8).write(to: URL(fileURLWithPath: path))
            }
            chmod(path, self == .notExecutable ? 0o644 : 0o755)
        }
    }

    @Test(arguments: Damage.allCases)
    func aPluginWhoseFileIsMendedComesBack(_ damage: Damage) async throws {
        let workshop = try Workshop()
        let path = workshop.path + "/echo"
        try FileManager.default.copyItem(atPath: Workshop.product("echo-llm"), toPath: path)
        var wasReady = false
        var reasons: [PluginError.Code] = []
        let states = try await supervise(workshop, PluginSpecification(key: PluginKey(.llm, "echo"), executable: path), limits: limits) { _, state in
            switch state {
            case .ready(let plugin) where !wasReady:
                wasReady = true
                try damage.inflict(on: path)
                kill(plugin.pid, SIGKILL)
            case .ready: return true
            case .restarting(let reason, _), .failed(let reason):
                reasons.append(reason.code)
                // The first is its end, and the last restart that it has. One that fails with the mended file, as on a busy machine, is tried
                // again after five minutes only: the reasons tell.
                if reasons.count > 2, reason.code == .gaveUp { return true }
                guard reasons.count == 2 else { return false }
                try FileManager.default.copyItem(atPath: Workshop.product("echo-llm"), toPath: path + ".new")
                try? FileManager.default.removeItem(atPath: path)
                try FileManager.default.moveItem(atPath: path + ".new", toPath: path)
            default: break
            }
            return false
        }
        #expect(states.last.map(\.word) == "stopped" && states.count { $0.word == "ready" } == 2, "\(states)")
        #expect(reasons.first == .gaveUp && reasons.count >= 2)
    }

    /// The kernel refuses what somebody has open for writing (ETXTBSY).
    @Test func aFileThatIsBeingWrittenIsWaitedFor() async throws {
        let workshop = try Workshop()
        let path = workshop.path + "/echo"
        try FileManager.default.copyItem(atPath: Workshop.product("echo-llm"), toPath: path)
        let writer = open(path, O_WRONLY | O_CLOEXEC)
        var reason: PluginError?
        let states = try await supervise(workshop, PluginSpecification(key: PluginKey(.llm, "echo"), executable: path), limits: limits) { _, state in
            if case .restarting(let error, _) = state, reason == nil {
                reason = error
                close(writer)
            }
            return state.word == "ready" || state.word == "failed"
        }
        #expect(reason?.code == .beingWritten)
        #expect(states.contains { $0.word == "ready" })
    }

    @Test func aPluginThatWasGivenUpIsTriedWhenItsFileChanges() async throws {
        let workshop = try Workshop()
        let path = try workshop.bash("exit 3")
        let states = try await supervise(workshop, PluginSpecification(key: PluginKey(.llm, "echo"), executable: path), limits: limits) { _, state in
            if case .failed(let reason) = state {
                #expect(reason.code == .gaveUp && reason.problem.contains("is now restarted only every 300 s, or when its file changes"))
                try FileManager.default.removeItem(atPath: path)
                try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: Workshop.product("echo-llm"))
            }
            return state.word == "ready"
        }
        #expect(states.map(\.word) == ["starting", "failed", "starting", "ready", "stopping", "stopped"])
    }

    /// Somebody mends it tomorrow: it is not told a thousand times until then.
    @Test func theSameFailureIsToldNowAndThen() async throws {
        let workshop = try Workshop()
        var environment = workshop.environment(limits: limits)
        environment.restarts.delays.longest = .milliseconds(10)
        let supervisor = PluginSupervisor(
            PluginSpecification(key: PluginKey(.llm, "absent"), executable: workshop.path + "/absent"), replica: "absent-1", environment: environment)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await supervisor.run() }
            var failures = 0
            for await state in supervisor.states where state.word == "restarting" || state.word == "failed" {
                failures += 1
                if failures == 30 { supervisor.stop() }
            }
        }
        let told = workshop.log.entries.filter { $0.message.contains("does not exist") }
        #expect(told.count == 30 && told.count { $0.level == .error } == 6)
    }

    // MARK: the host

    @Test func aHostWithoutDescriptorsWaitsForThem() async throws {
        let workshop = try Workshop()
        let (child, output) = try await run(
            "ulimit -n 100; exec timeout 60 \(Workshop.product("host-probe")) starved \(Workshop.product("echo-llm"))",
            environment: ["TMPDIR": workshop.path, "PATH": "/usr/bin:/bin"])
        let lines = String(decoding: try output.readToEnd() ?? Data(), as: UTF8.self).split(separator: "\n")
        #expect(lines.count >= 7 && lines.last == "ready", "\(lines)")
        #expect(lines.dropLast().allSatisfy { $0.hasPrefix("host ") && $0.contains("Too many open files") }, "\(lines)")
        #expect(try await child.exit() == .code(0))
    }

    @Test(arguments: [EMFILE, ENFILE, EAGAIN, ENOMEM, ENOSPC, EDQUOT])
    func whatTheSystemLacksIsNoFaultOfThePlugin(_ number: CInt) {
        let error = Executable(plugin: "p", path: "/bin/true", environment: [:]).explain(SpawnError(number: number))
        #expect(error.code == .host && error.remedy == .wait)
        #expect(error.problem.contains("this machine is out of a resource"))
    }

    @Test func aDirectoryThatWasTakenIsNoFaultOfThePlugin() async throws {
        let workshop = try Workshop()
        var failures: [PluginError.Code] = []
        let states = try await supervise(
            workshop, PluginSpecification(key: PluginKey(.llm, "echo"), executable: Workshop.product("echo-llm")), limits: limits
        ) { _, state in
            switch state {
            case .ready(let plugin) where failures.isEmpty:
                for path in workshop.directory.paths { try FileManager.default.removeItem(atPath: path) }
                kill(plugin.pid, SIGKILL)
            case .ready: return true
            case .restarting(let reason, _): failures.append(reason.code)
            // It would be started again much later: the states tell.
            case .failed: return true
            default: break
            }
            return false
        }
        #expect(states.map(\.word) == ["starting", "ready", "restarting", "starting", "ready", "stopping", "stopped"])
        #expect(failures == [.host])
        #expect(workshop.privateFiles.isEmpty)
    }

    // MARK: the connection

    private func ask(_ plugin: ReadyPlugin, _ words: String) async throws -> String {
        var request = GenerateRequest()
        request.messages = [Message()]
        request.messages[0].content = words
        return try await plugin.connection.unary(LLMProviderMethods.generate, request, options: CallOptions(timeout: .seconds(20))).text
    }

    /// Nil where the connection took no more calls already, as on a busy machine: the router would ask the next one.
    private func askInTime(_ plugin: ReadyPlugin, _ words: String) async throws -> String? {
        do {
            return try await ask(plugin, words)
        } catch let error as RPCError where error.progress == .notProcessed {
            return nil
        }
    }

    /// MAX_CONNECTION_AGE: the process goes on, is not initialised again, and calls under way finish.
    @Test(arguments: AutoMTLS.allCases)
    func aServerThatEndsItsConnectionsIsDialledAgain(_ autoMTLS: AutoMTLS) async throws {
        let workshop = try Workshop()
        let specification = PluginSpecification(key: PluginKey(.llm, "ageing"), executable: Workshop.product("ageing-llm"), autoMTLS: autoMTLS)
        var connections: [ReadyPlugin] = []
        let states = try await supervise(workshop, specification, variables: ["AGEING_MILLISECONDS": "2500"], limits: limits) { supervisor, state in
            // It would not come back: the states tell.
            guard case .ready(let plugin) = state else { return state.word == "failed" }
            connections.append(plugin)
            // Longer than the connection takes new calls.
            if connections.count == 1, let answer = try await askInTime(plugin, "wait 4000") { #expect(answer == "\(plugin.pid) 1") }
            guard connections.count >= 3, case .ready(let now) = supervisor.state, let answer = try await askInTime(now, "hello")
            else { return false }
            #expect(answer == "\(plugin.pid) 1")
            return true
        }
        #expect(Array(states.map(\.word).prefix(4)) == ["starting", "ready", "ready", "ready"])
        #expect(Set(states.map(\.word)) == ["starting", "ready", "stopping", "stopped"])
        #expect(Set(connections.map(\.pid)).count == 1)
        #expect(connections[0].connection !== connections[1].connection)
        #expect(connections.allSatisfy { $0.isSecure == (autoMTLS != .off) })
        #expect(workshop.log.entries.count { $0.message == "plugin ready" } == 1)
        #expect(workshop.log.entries.contains { $0.message == "plugin connected again" && $0.level == .debug })
    }

    /// The connection is cut with a call under way: still the same process.
    @Test func aConnectionThatIsLostIsDialledAgain() async throws {
        let workshop = try Workshop()
        let specification = PluginSpecification(key: PluginKey(.llm, "ageing"), executable: Workshop.product("ageing-llm"))
        var pids: [Int32] = []
        let states = try await supervise(
            workshop, specification, variables: ["AGEING_MILLISECONDS": "2500", "AGEING_GRACE": "10"], limits: limits
        ) { _, state in
            guard case .ready(let plugin) = state else { return state.word == "failed" }
            pids.append(plugin.pid)
            if pids.count == 1 { await #expect(throws: RPCError.self) { try await ask(plugin, "wait 9000") } }
            return pids.count == 2
        }
        #expect(states.map(\.word) == ["starting", "ready", "ready", "stopping", "stopped"])
        #expect(Set(pids).count == 1)
    }

    /// What go-plugin's library redirects is read by the same rules.
    @Test func redirectedTracebacksAreErrors() async throws {
        let workshop = try Workshop()
        let specification = PluginSpecification(key: PluginKey(.llm, "ageing"), executable: Workshop.product("ageing-llm"))
        _ = try await supervise(workshop, specification, limits: limits) { _, state in
            guard state.word == "ready" else { return false }
            for _ in 0..<200 where !workshop.log.entries.contains(where: { $0.message == "all is well" }) {
                try await Task.sleep(for: .milliseconds(20))
            }
            return true
        }
        let lines = workshop.log.entries.filter { $0.metadata["stream"] == "stderr" }
        #expect(lines.map(\.message) == ["ValueError: redirected", "all is well"])
        #expect(lines.map(\.level) == [.error, .debug])
    }

    // MARK: time

    /// The handshake line came at once; loading takes longer than the whole start may.
    @Test func startTimeoutCoversInitialize() async throws {
        let workshop = try Workshop()
        let specification = PluginSpecification(key: PluginKey(.llm, "moody"), executable: Workshop.product("moody-llm"), config: ["load_milliseconds": "60000"],
            startTimeout: .seconds(4))
        var failure: PluginError?
        _ = try await supervise(workshop, specification, limits: limits) { _, state in
            guard case .failed(let reason) = state else { return false }
            failure = reason.cause as? PluginError
            return true
        }
        #expect(failure?.code == .startTimeout)
        #expect(failure?.problem.contains("Initialize did not finish: it was not ready 4 s after its start") == true, "\(String(describing: failure))")
        #expect(failure?.problem.hasSuffix("Raise its start_timeout if it needs longer") == true)
    }

    /// Without `start_timeout` the line has a limit of its own, and loading the rest of a longer one.
    @Test func loadingMayTakeLongerThanTheHandshakeLine() async throws {
        let workshop = try Workshop()
        var limits = limits
        limits.lineTime = .seconds(3)
        let specification = PluginSpecification(key: PluginKey(.llm, "moody"), executable: Workshop.product("moody-llm"), config: ["load_milliseconds": "4000"])
        let states = try await supervise(workshop, specification, limits: limits) { _, state in state.word != "starting" }
        #expect(states.map(\.word) == ["starting", "ready", "stopping", "stopped"])

        let silent = PluginSpecification(key: PluginKey(.llm, "bad"), executable: try workshop.bash("sleep 1000"))
        var failure: PluginError?
        _ = try await supervise(workshop, silent, limits: limits) { _, state in
            guard case .failed(let reason) = state else { return false }
            failure = reason.cause as? PluginError
            return true
        }
        #expect(failure?.problem.hasPrefix("it printed no handshake line within 3 s") == true)
    }
}
