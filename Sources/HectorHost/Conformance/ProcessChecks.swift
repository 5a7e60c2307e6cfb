internal import Glibc
internal import HectorCore
internal import HectorPlugins
internal import HectorProto
internal import HectorProviders
internal import HectorRPC
internal import NIOPosix
internal import SwiftProtobuf

extension PluginCheck {
    /// Set in the environment of every process that is started, to find those that stay.
    static let marker = "HECTOR_PLUGIN_TEST"
    /// The check that ends the process.
    static let shutdown = "shutdown"

    private static func process(
        _ name: String, _ stage: Stage = .running, _ body: @escaping @Sendable (PluginBench, PluginSubject) async throws -> String
    ) -> PluginCheck {
        PluginCheck(name, nil, stage) { subject in try await body(subject.needsProcess(), subject) }
    }

    /// Starting it, and what it says of itself.
    static let beginning: [PluginCheck] = [
        process("manifest", .files) { bench, _ in
            guard let manifest = bench.specification.manifest else {
                throw Skipped("\(bench.specification.executable)\(PluginManifest.suffix) does not exist: plugin discovery will not find the plugin")
            }
            return "\(manifest.name) \(manifest.version), \(manifest.kind.rawValue)"
        },
        // These three have held where the plugin has become ready; `PluginTester` says which of them has not.
        process("handshake") { bench, _ in
            let plugin = try bench.running()
            return "ready after \(bench.timeToReady.inSeconds), \(plugin.isSecure ? "AutoMTLS" : "without TLS"), \(plugin.endpoint)"
        },
        process("health-service") { bench, subject in
            let connection = try bench.running().connection
            do {
                let answer = try await connection.unary(HealthMethods.check, .with { $0.service = "plugin" }, options: CallOptions(timeout: subject.limits.call))
                try require(answer.status == .serving, "grpc.health.v1.Health says \(answer.status) for the service 'plugin'. Say SERVING")
            } catch let error as RPCError {
                throw Unfit(
                    "grpc.health.v1.Health/Check for the service 'plugin' fails: \(singleLine("\(error)")). Serve it, with the status SERVING")
            }
            return "the service 'plugin' is SERVING"
        },
        process("initialize") { bench, _ in
            bench.specification.config.isEmpty ? "without configuration" : bench.specification.config.keys.sorted().joined(separator: ", ")
        },
        process("process") { bench, _ in
            let plugin = try bench.running()
            guard case .unix(let path) = plugin.endpoint else { throw Skipped("it listens on TCP") }
            guard let listener = ProcessSight.listener(path) else { throw Skipped("the system does not say who listens") }
            try require(
                listener == plugin.pid,
                "process \(listener) listens, and the host started process \(plugin.pid): the plugin would outlive its host. Let the script end with `exec PROGRAM \"$@\"`")
            return "process \(plugin.pid) listens itself"
        },
        process("health") { bench, _ in
            let health = try await bench.ask(\.health, HealthRequest(), within: PluginLimits().healthTime)
            try require(
                health.healthy,
                "Health says that it is not healthy: \(quoted(health.message)). Say healthy=true when a call made now would succeed")
            return "healthy"
        },
        process("get-manifest") { bench, subject in
            let answer = try await bench.ask(\.getManifest, ManifestRequest(), within: subject.limits.call)
            try require(!answer.name.isEmpty, "GetManifest has no name. Answer with what the manifest says")
            try require(
                SemanticVersion(answer.version) != nil,
                "GetManifest has the version \(quoted(answer.version)). Give a semantic version such as 1.0.0")
            try require(
                answer.type == bench.specification.kind.rawValue, "GetManifest has the type \(quoted(answer.type)); hosts use it as \(bench.specification.kind.rawValue)")
            try require(answer.protocol == "grpc", "GetManifest has the protocol \(quoted(answer.protocol)). Write grpc")
            guard let manifest = bench.specification.manifest else { return "\(answer.name) \(answer.version)" }
            try require(
                answer.name == manifest.name,
                "GetManifest has the name \(quoted(answer.name)), and the manifest file \(quoted(manifest.name))")
            try require(
                answer.version == "\(manifest.version)",
                "GetManifest has the version \(quoted(answer.version)), and the manifest file \(manifest.version)")
            let (told, written) = (Abilities(capabilities: answer.capabilities), Abilities(capabilities: manifest.capabilities))
            let lost = written.subtracting(told)
            try require(
                answer.capabilities.isEmpty || lost.isEmpty,
                "the manifest file declares \(lost.names.joined(separator: ", ")), and GetManifest does not. Declare the same in both")
            return "\(answer.name) \(answer.version)"
        },
        process("status") { bench, subject in
            let status = try await bench.ask(\.getStatus, StatusRequest(), within: subject.limits.call).status
            let known = ["unloaded", "loading", "ready", "error", "crashed", "shutdown", "restarting"]
            try require(known.contains(status), "GetStatus says \(quoted(status)). Say one of \(known.joined(separator: ", "))")
            try require(status == "ready", "GetStatus says \(quoted(status)) after Initialize. Say ready")
            return status
        },
        process("unknown-method") { bench, subject in
            let method = Method<Empty, Empty>(ProviderService.of(bench.specification.kind).name, "ThisMethodDoesNotExist", .notIdempotent)
            do {
                _ = try await bench.running().connection.unary(method, Empty(), options: CallOptions(timeout: subject.limits.call))
            } catch let error as RPCError {
                try require(
                    error.code == .unimplemented,
                    "a method that does not exist fails with \(error.code.name). Fail with UNIMPLEMENTED: newer hosts rely on it")
                return "UNIMPLEMENTED"
            }
            throw Unfit("a method that does not exist succeeds. Fail with UNIMPLEMENTED")
        },
    ]

    /// How it ends, and what it does when it is started otherwise.
    static let ending: [PluginCheck] = [
        process("sigint", .ending) { bench, subject in
            let plugin = try bench.running()
            kill(plugin.pid, SIGINT)
            try await Task.sleep(for: .milliseconds(300))
            do {
                try await subject.use("hello again")
            } catch {
                throw Unfit(
                    "it does not answer after SIGINT: \(singleLine("\(error)")). Ignore SIGINT: Ctrl-C reaches all processes of a terminal, and the host decides when plugins stop")
            }
            return "ignored"
        },
        process(shutdown, .ending) { bench, _ in
            guard let (plugin, end) = bench.process else { throw Skipped("it does not run any more") }
            let limits = PluginLimits()
            let answer = try await bench.ask(\.shutdown, ShutdownRequest(), within: limits.shutdownTime)
            try require(
                answer.success,
                "Shutdown answers success=false: \(quoted(answer.error)). Release the resources and answer success=true")
            // The process may end before it has answered.
            do {
                _ = try await plugin.connection.unary(ControllerMethods.shutdown, .init(), options: CallOptions(timeout: limits.stepTime))
            } catch let error as RPCError where error.code == .unimplemented {
                throw Unfit(
                    "plugin.GRPCController/Shutdown is not served: every stop takes \(limits.stepTime.inSeconds) longer and ends with SIGTERM. Serve it, and exit")
            } catch {}
            guard let error = await end.wait(limits.stepTime) else {
                throw Unfit(
                    "it has not exited \(limits.stepTime.inSeconds) after plugin.GRPCController/Shutdown: the host sends SIGTERM, and then SIGKILL. Exit at once")
            }
            try require(
                error.code == .exited && error.problem.contains("with \(ExitStatus.code(0))"), "after Shutdown \(singleLine(error.problem)). Exit with status 0")
            return "exits with status 0"
        },
        process("plain", .apart) { bench, _ in
            try await bench.withAnother { $0.autoMTLS = .off } _: { plugin in "speaks without TLS where the host does" }
        },
        process("auto-mtls", .apart) { bench, subject in
            do {
                return try await bench.withAnother { $0.autoMTLS = .required } _: { plugin in
                    try await Self.refusesStrangers(plugin)
                    return "requires the host's certificate, and refuses others"
                }
            } catch let error as PluginError where error.code == .handshake && error.problem.contains("does not support AutoMTLS") {
                throw Skipped("it does not do AutoMTLS: hosts that require it (auto_mtls: required) do not start it")
            }
        },
        process("wrong-configuration", .apart) { bench, _ in
            guard let (key, config) = Self.wrongConfiguration(bench.specification) else {
                throw Skipped("its manifest names neither required keys nor defaults that are numbers")
            }
            do {
                try await bench.withAnother { $0.config = config } _: { _ in }
            } catch let error as PluginError where error.code == .initialize {
                try require(
                    !error.problem.contains("without a reason"), "Initialize refuses a wrong \(key) without an error. Say in `error` what to change")
                return singleLine(error.problem, limit: 120)
            } catch let error as PluginError {
                throw Unfit(
                    "with a wrong \(key), \(singleLine(error.problem)). Answer Initialize with success=false, and say in `error` what to change")
            }
            throw Unfit("Initialize takes a configuration whose \(key) is wrong. Answer with success=false, and say in `error` what to change")
        },
        process("output", .apart) { bench, _ in
            let seen = bench.output.all
            try require(
                seen.tracebacks.isEmpty,
                "it printed a report of a failure while it was checked: \(quoted(seen.tracebacks.first ?? "")). Turn failures into gRPC statuses; --verbose shows what it prints")
            return "\(seen.lines) line\(seen.lines == 1 ? "" : "s"), no traceback"
        },
        process("leaves-nothing", .apart) { bench, _ in
            let left = ProcessSight.all(with: marker, bench.specification.variables.added[marker] ?? "")
            let names = left.map { "process \($0)" }.joined(separator: ", ")
            try require(left.isEmpty, "of the plugin there still is \(names). End what the plugin has started before it exits")
            return "no process is left"
        },
    ]

    /// A configuration that is not valid, and the key that is wrong in it.
    private static func wrongConfiguration(_ specification: PluginSpecification) -> (key: String, config: [String: String])? {
        guard let schema = specification.manifest?.configSchema else { return nil }
        var config = specification.config
        if let key = schema.required.first {
            config[key] = nil
            return (key, config)
        }
        guard let key = schema.defaults.filter({ Double($0.value) != nil }).keys.sorted().first else { return nil }
        config[key] = "no number"
        return (key, config)
    }

    private static func refusesStrangers(_ plugin: ReadyPlugin) async throws {
        guard let der = plugin.connection.peer?.der else { throw Unfit("it shows no certificate") }
        let stranger = try TLSIdentity.selfSigned(now: Int64(time(nil)))
        let attempts: [(String, ConnectionSecurity)] = [
            ("a client with another certificate", .mutualTLS(TLSConfiguration(identity: stranger, trust: .exactly(der: der), serverName: "localhost"))),
            ("a client without TLS", .plaintext),
        ]
        for (who, security) in attempts {
            let isAnswered: Bool
            do {
                let connection = try await ClientConnection.connect(to: plugin.endpoint, security: security, on: MultiThreadedEventLoopGroup.singleton)
                isAnswered = (try? await connection.unary(HealthMethods.check, .with { $0.service = "plugin" }, options: CallOptions(timeout: .seconds(5)))) != nil
                await connection.close()
            } catch is ConnectionError {
                isAnswered = false
            }
            try require(
                !isAnswered,
                "under AutoMTLS \(who) is answered. Require a client certificate, and trust only the one in PLUGIN_CLIENT_CERT")
        }
    }
}
