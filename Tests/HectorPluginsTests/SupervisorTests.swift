internal import HectorCore
import Foundation
import Glibc
import HectorPlugins
import HectorProto
import HectorRPC
import Logging
import Testing

@Suite(.timeLimit(.minutes(2))) struct SupervisorTests {
    private let echo = Workshop.product("echo-llm")

    private func limits() -> PluginLimits {
        var limits = PluginLimits()
        limits.stepTime = .milliseconds(300)
        limits.drainTime = .seconds(2)
        limits.healthInterval = .milliseconds(30)
        return limits
    }

    /// Runs a replica until `body` returns, stops it, and returns all its states.
    private func supervise(
        _ workshop: Workshop, _ specification: PluginSpecification, restarts: Int = 0, limits: PluginLimits? = nil,
        until body: (PluginSupervisor, PluginState) async throws -> Bool
    ) async throws -> [PluginState] {
        try await workshop.supervise(
            specification, workshop.environment(limits: limits ?? self.limits(), restarts: restarts), until: body)
    }

    private func failure(_ workshop: Workshop, _ executable: String, startTimeout: Duration = .seconds(20)) async throws -> PluginError? {
        var specification = PluginSpecification(key: PluginKey(.llm, "bad"), executable: executable)
        specification.startTimeout = startTimeout
        var failure: PluginError?
        _ = try await supervise(workshop, specification) { _, state in
            switch state {
            case .failed(let reason), .restarting(let reason, _): failure = reason
            default: return false
            }
            return true
        }
        #expect(failure?.message.hasPrefix("plugin bad-1: ") == true)
        #expect(workshop.privateFiles.isEmpty)
        return failure
    }

    @Test(arguments: AutoMTLS.allCases)
    func servesAndStops(_ autoMTLS: AutoMTLS) async throws {
        let workshop = try Workshop()
        let specification = PluginSpecification(key: PluginKey(.llm, "echo"), executable: echo, autoMTLS: autoMTLS)
        var pid: Int32 = 0
        let states = try await supervise(workshop, specification) { _, state in
            guard case .ready(let plugin) = state else { return false }
            pid = plugin.pid
            #expect(plugin.isSecure == (autoMTLS != .off))
            var request = GenerateRequest()
            request.messages = [Message()]
            request.messages[0].role = "user"
            request.messages[0].content = "hello there"
            let answer = try await plugin.connection.unary(LLMProviderMethods.generate, request, options: CallOptions(timeout: .seconds(10)))
            #expect(answer.text == "hello there")
            return true
        }
        #expect(states.map(\.word) == ["starting", "ready", "stopping", "stopped"])
        #expect(pid != 0 && kill(pid, 0) != 0)
        #expect(workshop.privateFiles.isEmpty)
    }

    /// As plugins built with an old go-plugin do. Its socket's path is short enough wherever sockets lie.
    @Test func aPluginThatKnowsTMPDIROnlyServes() async throws {
        let workshop = try Workshop()
        for name in ["run", "tmp"] {
            try FileManager.default.createDirectory(atPath: "\(workshop.path)/\(name)", withIntermediateDirectories: false)
        }
        var environment = workshop.environment(limits: limits())
        environment.directory = try RuntimeDirectory(
            environment: ["XDG_RUNTIME_DIR": workshop.path + "/run", "TMPDIR": workshop.path + "/tmp"])
        let supervisor = PluginSupervisor(
            PluginSpecification(key: PluginKey(.llm, "old"), executable: try workshop.bash("exec env -u PLUGIN_UNIX_SOCKET_DIR \(echo)")),
            replica: "old-1", environment: environment)
        var endpoint = ""
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await supervisor.run() }
            for await state in supervisor.states {
                if case .ready(let plugin) = state { endpoint = "\(plugin.endpoint)" }
                if state.word != "starting" { supervisor.stop() }
            }
        }
        #expect(endpoint.hasPrefix("unix:\(workshop.path)/tmp/hector-"), "\(endpoint)")
        environment.directory.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: workshop.path + "/tmp").isEmpty)
    }

    @Test func aKilledPluginComesBack() async throws {
        let workshop = try Workshop()
        var pids: [Int32] = []
        let states = try await supervise(workshop, PluginSpecification(key: PluginKey(.llm, "echo"), executable: echo), restarts: 2) { _, state in
            guard case .ready(let plugin) = state else { return false }
            pids.append(plugin.pid)
            if pids.count == 1 { kill(plugin.pid, SIGKILL) }
            return pids.count == 2
        }
        #expect(states.map(\.word) == ["starting", "ready", "restarting", "starting", "ready", "stopping", "stopped"])
        guard case .restarting(let reason, _) = states[2] else { return }
        #expect(reason.code == .exited)
        #expect(reason.message.contains("signal 9"))
        #expect(Set(pids).count == 2)
    }

    @Test func givesUpVisibly() async throws {
        let workshop = try Workshop()
        let path = try workshop.bash("echo '[ERROR] no licence' >&2; exit 3")
        var failure: PluginError?
        let states = try await supervise(workshop, PluginSpecification(key: PluginKey(.llm, "bad"), executable: path), restarts: 2) { _, state in
            guard case .failed(let reason) = state else { return false }
            failure = reason
            return true
        }
        #expect(states.map(\.word) == ["starting", "restarting", "starting", "restarting", "starting", "failed", "stopped"])
        #expect(failure?.code == .gaveUp)
        #expect(failure?.message.contains("exit status 3") == true)
        #expect(failure?.message.contains("no licence") == true)
        #expect(workshop.log.entries.contains { $0.level == .error && $0.message == "no licence" })
    }

    @Test(arguments: [
        ("echo Welcome to my plugin; sleep 1000", PluginError.Code.handshake, "not a plugin handshake"),
        ("head -c 100000 /dev/urandom; sleep 1000", .handshake, ""),
        ("head -c 1000000 /dev/zero; echo; exit 0", .handshake, ""),
        ("echo '1|1|tcp|127.0.0.1:1234|netrpc|'; sleep 1000", .handshake, "gRPC"),
        ("echo '1|1|tcp|127.0.0.1:1234|netrpc|'; exit 0", .handshake, "gRPC"),
        ("echo '1|9|unix|/tmp/x|grpc|'; sleep 1000", .handshake, "protocol"),
        ("echo '1|1|tcp|192.0.2.1:1234|grpc|'; sleep 1000", .handshake, "127.0.0.1"),
    ])
    func refusesForGood(_ script: String, _ code: PluginError.Code, _ words: String) async throws {
        let workshop = try Workshop()
        let failure = try await failure(workshop, workshop.bash(script))
        #expect(failure?.code == code)
        #expect(words.isEmpty || failure?.message.contains(words) == true)
        #expect((failure?.message.count ?? 0) < 1000)
    }

    @Test(arguments: [
        ("exit 4", Duration.seconds(20), "exit status 4"),
        ("kill -SEGV $$", .seconds(20), "signal 11"),
        ("exec >&-; sleep 1000", .seconds(20), "closed its stdout"),
        ("sleep 1000", .milliseconds(300), "no handshake line within"),
        ("echo '1|1|unix|/nowhere/sock|grpc|'; sleep 1000", .seconds(3), "does not respond"),
    ])
    func triesAgainAndGivesUp(_ script: String, _ timeout: Duration, _ words: String) async throws {
        let workshop = try Workshop()
        let failure = try await failure(workshop, workshop.bash(script), startTimeout: timeout)
        #expect(failure?.code == .gaveUp)
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
    }

    @Test func refusesWhatCannotRun() async throws {
        let workshop = try Workshop()
        #expect(try await failure(workshop, workshop.path + "/absent")?.code == .notFound)
        #expect(try await failure(workshop, try workshop.write("plain", "#!/bin/sh\n".utf8, mode: 0o644))?.code == .notExecutable)
        #expect(try await failure(workshop, try workshop.write("elf", ExecutableTests.elf(machine: 22)))?.code == .wrongArchitecture)
    }

    @Test func aWrongTypeIsNamed() async throws {
        let workshop = try Workshop()
        var failure: PluginError?
        _ = try await supervise(workshop, PluginSpecification(key: PluginKey(.embedder, "echo"), executable: echo)) { _, state in
            guard case .failed(let reason) = state else { return false }
            failure = reason
            return true
        }
        #expect(failure?.message.contains("hector.plugin.EmbedderProvider") == true)
    }

    @Test func aRefusedConfigurationIsToldInThePluginsWords() async throws {
        let workshop = try Workshop()
        let moody = Workshop.product("moody-llm")
        let specification = PluginSpecification(key: PluginKey(.llm, "moody"), executable: moody, config: ["refuse": "api_key is wrong"])
        var failure: PluginError?
        _ = try await supervise(workshop, specification) { _, state in
            guard case .failed(let reason) = state else { return false }
            failure = reason
            return true
        }
        #expect((failure?.cause as? PluginError)?.code == .initialize)
        #expect(failure?.message.contains("api_key is wrong") == true)
    }

    @Test func healthIsFollowedAndOutputIsLogged() async throws {
        let workshop = try Workshop()
        let file = workshop.path + "/sick"
        let specification = PluginSpecification(key: PluginKey(.llm, "moody"), executable: Workshop.product("moody-llm"), config: ["sick_file": file])
        var reasons: [String] = []
        let states = try await supervise(workshop, specification) { _, state in
            switch state {
            case .ready where reasons.isEmpty: try Data().write(to: URL(fileURLWithPath: file))
            case .ready: return true
            case .unhealthy(_, let reason):
                reasons.append(reason)
                try FileManager.default.removeItem(atPath: file)
            default: break
            }
            return false
        }
        #expect(states.map(\.word) == ["starting", "ready", "unhealthy", "ready", "stopping", "stopped"])
        #expect(reasons == ["a headache"])
        let initialized = workshop.log.entries.first { $0.message == "initialized" }
        #expect(initialized?.level == .info)
        #expect(initialized?.metadata["plugin.keys"] == "1")
        #expect(workshop.log.entries.contains { $0.message == "words on stdout" })
    }

    // MARK: hanging

    private func impatient() -> PluginLimits {
        var limits = limits()
        limits.healthTime = .milliseconds(300)
        limits.missesUntilStopped = 8
        // What its health calls say is looked at here, and nothing else.
        limits.frozenTime = .seconds(600)
        return limits
    }

    @Test func aStoppedPluginIsUnhealthyThenKilledAndComesBack() async throws {
        let workshop = try Workshop()
        var pids: [Int32] = []
        let states = try await supervise(
            workshop, PluginSpecification(key: PluginKey(.llm, "echo"), executable: echo), restarts: 2, limits: impatient()
        ) { _, state in
            guard case .ready(let plugin) = state else { return false }
            pids.append(plugin.pid)
            if pids.count == 1 { kill(plugin.pid, SIGSTOP) }
            return pids.count == 2
        }
        #expect(states.map(\.word) == ["starting", "ready", "unhealthy", "restarting", "starting", "ready", "stopping", "stopped"])
        guard states.count > 3, case .unhealthy(_, let silence) = states[2], case .restarting(let reason, _) = states[3] else { return }
        #expect(silence.hasSuffix("3 health checks missed in a row"))
        #expect(reason.code == .unresponsive)
        #expect(Set(pids).count == 2 && pids.first.map { kill($0, 0) } != 0)
        #expect(workshop.log.entries.contains { $0.level == .error && $0.message.contains("it hangs: no response for") })
    }

    @Test func aPluginThatGoesOnIsReadyAgain() async throws {
        let workshop = try Workshop()
        var isOver = false
        var limits = impatient()
        limits.missesUntilStopped = 1_000
        let states = try await supervise(
            workshop, PluginSpecification(key: PluginKey(.llm, "echo"), executable: echo), limits: limits
        ) { _, state in
            switch state {
            case .ready(let plugin) where !isOver: kill(plugin.pid, SIGSTOP)
            case .ready: return true
            case .unhealthy(let plugin, _):
                isOver = true
                kill(plugin.pid, SIGCONT)
            default: break
            }
            return false
        }
        #expect(states.map(\.word) == ["starting", "ready", "unhealthy", "ready", "stopping", "stopped"])
    }

    /// It does everything on one thread: while it has a call, nobody hears of its health.
    private func occupy(_ words: String, limits: PluginLimits) async throws -> [PluginState] {
        let workshop = try Workshop()
        let specification = PluginSpecification(key: PluginKey(.llm, "moody"), executable: Workshop.product("moody-llm"), config: ["one_thread": "true"])
        var wasReady = false
        return try await supervise(workshop, specification, limits: limits) { _, state in
            switch state {
            case .ready(let plugin) where !wasReady:
                wasReady = true
                var request = GenerateRequest()
                request.messages = [Message()]
                request.messages[0].content = words
                let answer = try await plugin.connection.unary(
                    LLMProviderMethods.generate, request, options: CallOptions(timeout: .seconds(30)))
                #expect(answer.text == "done")
                return words.hasPrefix("compute")
            case .ready: return true
            default: return false
            }
        }
    }

    @Test func aPluginThatComputesIsLeftAlone() async throws {
        let states = try await occupy("compute 4", limits: impatient())
        #expect(states.map(\.word) == ["starting", "ready", "stopping", "stopped"])
    }

    @Test func aPluginThatWaitsForLongIsSpared() async throws {
        var limits = impatient()
        limits.missesUntilStopped = 1_000
        // So short a time is thirty ticks of the kernel's clock: one of them is more than the share that counts otherwise.
        limits.busyShare = 0.5
        let states = try await occupy("wait 4", limits: limits).map(\.word)
        // On a busy machine it may be missed twice. It is never restarted.
        #expect(Array(states.prefix(4)) == ["starting", "ready", "unhealthy", "ready"])
        #expect(Set(states.dropFirst(4)).isSubset(of: ["unhealthy", "ready", "stopping", "stopped"]), "\(states)")
    }

    /// A child that ignores everything, with a grandchild that does so too, is gone after the ladder.
    @Test func theLadderEndsInKill() async throws {
        let workshop = try Workshop()
        let marker = workshop.path + "/pids"
        let path = try workshop.bash("trap '' TERM INT HUP; (trap '' TERM; sleep 1000; sleep 1000) & echo $$ $! > \(marker).new; mv \(marker).new \(marker); while :; do sleep 1; done")
        let supervisor = PluginSupervisor(
            PluginSpecification(key: PluginKey(.llm, "deaf"), executable: path), replica: "deaf-1", environment: workshop.environment(limits: limits()))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await supervisor.run() }
            while !FileManager.default.fileExists(atPath: marker) { try await Task.sleep(for: .milliseconds(10)) }
            supervisor.stop()
            try await tasks.waitForAll()
        }
        let pids = try String(contentsOfFile: marker, encoding: .utf8).split(separator: " ")
            .compactMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        #expect(pids.count == 2)
        for pid in pids {
            let state = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            #expect(state.isEmpty || state.contains(") Z "), "\(state)")
        }
        #expect(workshop.privateFiles.isEmpty)
    }
}

extension PluginState {
    var word: String {
        switch self {
        case .starting: "starting"
        case .ready: "ready"
        case .unhealthy: "unhealthy"
        case .restarting: "restarting"
        case .failed: "failed"
        case .stopping: "stopping"
        case .stopped: "stopped"
        }
    }
}
