import Foundation
import FoundationNetworking
import HectorCore
import HectorLoad
import HectorProto
import HectorRPC
import HectorTrust
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

extension Integration {
    /// How busy replicas are, as a node tells everybody who calls.
    @Suite(.timeLimit(.minutes(1)))
    struct LoadTests {
        private static let python: String = ProcessInfo.processInfo.environment["HECTOR_TEST_PYTHON"]
            ?? Scene.package.appending(path: ".build/test-python/bin/python").path
        private static let hasPython = FileManager.default.isExecutableFile(atPath: python)
        private static let missing: Comment = "run 'deploy/prerequisites python .build/test-python Tests/InteropTests/python/requirements.txt'"
        private static let echo = CallOptions(timeout: .seconds(20), metadata: ["hector-plugin": "echo-llm"])
        private static let hello = GenerateRequest.with { $0.messages = [.with { ($0.role, $0.content) = ("user", "hello there") }] }

        /// A node with one plugin under the name echo-llm, and certificates of hosts with two identities.
        private func node(
            plugin: (Scene) throws -> String = { _ in Scene.product("echo-llm") }, _ body: (Scene, _ port: Int) async throws -> Void
        ) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let maker = try scene.start(
                executable: Scene.package.appending(path: "certs/make-dev-certs").path,
                [scene.certificates, "--mesh", "home", "--host", "near", "--host", "second", "--agent", "far"])
            try #require(try await maker.exit() == 0, "\(maker.said)")
            let (_, port) = try await scene.startNode(
                scene.nodeConfiguration(plugins: "  llm_providers: {echo-llm: {path: \(plugin(scene)), auto_mtls: off}}"))
            try await body(scene, port)
        }

        private func connect(_ scene: Scene, as host: String, _ port: Int) async throws -> ClientConnection {
            let files = scene.certificates
            let credentials = try MeshCredentials(
                mesh: "home", role: .host, ca: "\(files)/ca.pem", certificate: "\(files)/host-\(host).pem", key: "\(files)/host-\(host).key")
            return try await ClientConnection.connect(
                to: .tcp(host: "127.0.0.1", port: UInt16(port)), security: .mutualTLS(credentials.dialling(nodeID: "far")),
                on: MultiThreadedEventLoopGroup.singleton)
        }

        /// What a node tells over one connection.
        private final class Told: Sendable {
            private let last = Mutex(Hector_Mesh_V1_NodeState())

            func follow(_ connection: ClientConnection) async throws {
                try await connection.serverStreaming(NodeMethods.watch, Hector_Mesh_V1_WatchRequest()) { states in
                    for try await state in states { last.withLock { $0 = state } }
                }
            }

            func shows(_ condition: (Hector_Mesh_V1_NodeState) -> Bool) async throws {
                try await eventually(within: .seconds(20)) { last.withLock { condition($0) } }
                let state = last.withLock { $0 }
                #expect(condition(state), "\(state)")
            }
        }

        @Test func `A node counts its hosts, and says how busy a replica is behind each response and when it is asked`() async throws {
            try await node { scene, port in
                let (near, second) = (try await connect(scene, as: "near", port), try await connect(scene, as: "second", port))
                let told = Told()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try? await told.follow(near) }
                    try await told.shows { $0.plugins.first?.replicas.first?.phase == .ready && $0.hosts == 1 }
                    group.addTask { try? await Told().follow(second) }
                    try await told.shows { $0.hosts == 2 }
                    await second.close()
                    try await told.shows { $0.hosts == 1 }
                    group.cancelAll()
                }
                func probe(_ replica: String) async throws -> LoadReport {
                    LoadReport(try await near.unary(NodeMethods.probe, .with { ($0.type, $0.plugin, $0.replica) = ("llm_provider", "echo-llm", replica) }))
                }
                #expect(try await probe("echo-llm-1") == LoadReport(inFlight: 0))
                let trailers = try await near.unaryResponse(LLMProviderMethods.generate, Self.hello, options: Self.echo).trailers
                let report = try #require(trailers.bytes("hector-load-bin").flatMap(LoadReport.init(bytes:)))
                #expect(report.inFlight == 0)
                let time = try #require(report.serviceTime)
                #expect((0.000_001...5).contains(time))
                #expect(trailers.entries.count { $0.name == "hector-load-bin" } == 1)
                #expect(try await probe("echo-llm-1") == report)
                let unknown = await #expect(throws: RPCError.self) { try await probe("echo-llm-2") }
                #expect(unknown?.code == .notFound)
                await near.close()
            }
        }

        /// gRPC's own client for Python hears of the report like of any other metadata, and calls as it did.
        @Test(.enabled(if: hasPython, missing)) func `The report does not disturb callers on other libraries`() async throws {
            try await node { scene, port in
                let client = try scene.write(
                    "client.py",
                    """
                    import sys
                    import grpc

                    pb, services = grpc.protos_and_services("hector/plugin/plugin.proto")
                    load_pb = grpc.protos("hector/mesh/v1/load.proto")
                    certs, port = sys.argv[1:]
                    read = lambda name: open(f"{certs}/{name}", "rb").read()
                    credentials = grpc.ssl_channel_credentials(read("ca.pem"), read("host-near.key"), read("host-near.pem"))
                    name = ("grpc.ssl_target_name_override", "far.agents.home.hector.internal")
                    with grpc.secure_channel(f"127.0.0.1:{port}", credentials, options=[name]) as channel:
                        model = services.LLMProviderStub(channel)
                        request = pb.GenerateRequest(messages=[pb.Message(role="user", content="one two")])
                        to = dict(metadata=[("hector-plugin", "echo-llm")], timeout=20)
                        answer, call = model.Generate.with_call(request, wait_for_ready=True, **to)
                        report = load_pb.LoadReport.FromString(dict(call.trailing_metadata())["hector-load-bin"])
                        print("answer", answer.text, report.in_flight, report.HasField("service_time"), report.HasField("slots"))
                        stream = model.GenerateStreaming(request, **to)
                        texts = [chunk.text for chunk in stream if chunk.type == pb.TEXT]
                        print("stream", texts, "hector-load-bin" in dict(stream.trailing_metadata()))
                        try:
                            model.Generate(pb.GenerateRequest(), **to)
                        except grpc.RpcError as error:
                            print("failure", error.code().name, "hector-load-bin" in dict(error.trailing_metadata()))
                    """)
                let program = try scene.start(
                    executable: Self.python, [client, scene.certificates, "\(port)"],
                    environment: ["PYTHONPATH": Scene.package.appending(path: "proto").path])
                #expect(try await program.exit(within: .seconds(40)) == 0)
                #expect(program.said.contains("answer one two 0 True False\n"), "\(program.said)")
                #expect(program.said.contains("stream ['one ', 'two'] True\n"), "\(program.said)")
                #expect(program.said.contains("failure INVALID_ARGUMENT True\n"), "\(program.said)")
            }
        }

        /// `GET /mesh`, as a user's script reads it.
        private struct Mesh: Decodable {
            let replicas: [Shown]
        }

        private struct Shown: Decodable {
            let path: String
            let share, loadAgeMs, concurrency, prefillTokensPerSecond, decodeTokensPerSecond: Double?
            let load, queued: Int?
        }

        /// A machine of some slots and pace, as a plugin in Swift tells it: the host's own child, and a node's.
        @Test func `What a plugin tells of its load is shown to people, over a child and over a node`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            func model(_ config: String) -> String {
                "  llm_providers: {model: {path: \(Scene.product("paced-llm")), config: {tells: true, \(config)}}}"
            }
            let (_, port) = try await scene.startNode(scene.nodeConfiguration(plugins: model("slots: 2, token_ms: 50")))
            let (_, url) = try await scene.startHost(scene.hostConfiguration(nodes: [port], plugins: model("slots: 4, token_ms: 10")))
            for path in ["local", "lan"] { try await scene.replica("model-1", path, "ready", of: url) }
            func replicas() async throws -> [String: Shown] {
                let mesh = try await URLSession.shared.data(from: try #require(URL(string: url + "/mesh"))).0
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                return Dictionary(uniqueKeysWithValues: try decoder.decode(Mesh.self, from: mesh).replicas.map { ($0.path, $0) })
            }
            #expect(try await replicas().values.allSatisfy { $0.share == nil && $0.decodeTokensPerSecond == nil })
            for _ in 0..<20 {
                // Some at once, so that no replica is left out.
                try await withThrowingTaskGroup(of: Int32.self) { group in
                    for _ in 0..<4 {
                        group.addTask { try await scene.hector("call", "helper", "2", server: url).status }
                    }
                    for try await status in group { #expect(status == 0) }
                }
                if try await replicas().values.allSatisfy({ $0.decodeTokensPerSecond != nil }) { break }
            }
            // A caller has its answer a little before the call counts as ended.
            let end = ContinuousClock.now + .seconds(20)
            while ContinuousClock.now < end, try await !replicas().values.allSatisfy({ $0.load == 0 }) {
                try await Task.sleep(for: .milliseconds(20))
            }
            let (told, status) = (try await replicas(), try await scene.hector("mesh", "status", server: url).output)
            let (child, far) = (try #require(told["local"]), try #require(told["lan"]))
            #expect(child.concurrency == 4 && child.decodeTokensPerSecond == 400 && child.prefillTokensPerSecond == nil, "\(child)")
            #expect(far.concurrency == 2 && far.decodeTokensPerSecond == 40 && far.prefillTokensPerSecond == nil, "\(far)")
            for replica in [child, far] {
                // What waited is told by the last report, when others may have been there.
                #expect(replica.load == 0 && replica.queued.map { (0...4).contains($0) } == true, "\(replica)")
                #expect(replica.loadAgeMs.map { (0..<60_000).contains($0) } == true, "\(replica)")
            }
            #expect(try abs(#require(child.share) + #require(far.share) - 1) < 1e-9, "\(told)")
            let lines = status.split(separator: "\n").map { $0.split(separator: " ") }
            let heading = try #require(lines.first { $0.first == "PLUGIN" })
            #expect(heading.joined(separator: " ").contains("SHARE LOAD K TOK/S SUCCESS"), "\(status)")
            #expect(lines.contains { $0.contains("local") && $0.contains("4") && $0.contains("400") }, "\(status)")
            #expect(lines.contains { $0.contains("lan") && $0.contains("2") && $0.contains("40") }, "\(status)")
        }

        /// The lines of docs/plugin-protocol.md, in the worked example of that page.
        @Test(.enabled(if: hasPython, missing)) func `What a plugin in Python says of itself reaches the host through the node`() async throws {
            let page = try String(contentsOf: Scene.package.appending(path: "docs/plugin-protocol.md"), encoding: .utf8)
            func block(_ language: String) throws -> String {
                try #require(page.components(separatedBy: "```\(language)\n").dropFirst().first?.components(separatedBy: "```\n").first)
            }
            let (example, lines) = (try block("python"), try block("py"))
            let reporting = example.replacing("class Echo(", with: lines + "\nclass Echo(")
                .replacing("        return pb.GenerateResponse(", with: "        report(context, 2, 1)\n        return pb.GenerateResponse(")
            try #require(reporting.contains("report(context, 2, 1)") && lines.split(separator: "\n").count <= 6)
            try await node { scene in
                let program = try scene.write("echo.py", reporting)
                return try scene.script(
                    "echo-py", "PYTHONPATH='\(Scene.package.appending(path: "proto").path)' exec '\(Self.python)' '\(program)'")
            } _: { scene, port in
                let near = try await connect(scene, as: "near", port)
                let told = Told()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try? await told.follow(near) }
                    try await told.shows { $0.plugins.first?.replicas.first?.phase == .ready }
                    group.cancelAll()
                }
                let response = try await near.unaryResponse(LLMProviderMethods.generate, Self.hello, options: Self.echo)
                #expect(response.message.text == "You said: hello there")
                let report = try #require(response.trailers.bytes("hector-load-bin").flatMap(LoadReport.init(bytes:)))
                #expect(report.inFlight == 3 && report.queued == 1 && report.slots == 4 && report.decodeRate == nil)
                // What the plugin does not say, its node has measured.
                #expect(report.serviceTime.map { (0.000_01...10).contains($0) } == true)
                // Its next response says nothing of the sort.
                let info = try await near.unaryResponse(LLMProviderMethods.getModelInfo, Empty(), options: Self.echo)
                #expect(info.trailers.bytes("hector-load-bin").flatMap(LoadReport.init(bytes:))?.slots == 4)
                await near.close()
            }
        }
    }
}
