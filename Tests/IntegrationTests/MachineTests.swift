import Foundation
import Glibc
@testable import HectorHost
import HectorMesh
import Logging
import ServiceLifecycle
import Testing

extension Integration {
    /// The programs on machines as they are: few descriptors, directories of others, cleaners.
    @Suite(.timeLimit(.minutes(1)))
    struct MachineTests {
        /// Somebody who says nothing.
        private func connect(to port: Int) -> CInt? {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { return nil }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            // Those that wait to be accepted count as well.
            _ = withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
            }
            return descriptor
        }

        /// With descriptors that the program has from the one that started it: an editor, a test, a supervisor.
        @Test(arguments: [0, 100])
        func `Connections of strangers leave descriptors for plugins`(inherited: Int) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let configuration = try scene.hostConfiguration(
                llm: "echo-llm", plugins: "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}}")
            let host = try scene.start(
                executable: "/bin/bash", [
                    "-c",
                    "for ((n = 0; n < \(inherited); n++)); do exec {fd}</dev/null; done; ulimit -n 200; exec \(Scene.product("hector")) serve --config \(configuration)",
                ])
            let port = try #require(try await host.says("listening", "url=http://").split(separator: ":").last.flatMap { Int($0.prefix { $0.isNumber }) })
            let ready = try await host.says("plugin ready", "pid=")
            let pid = try #require(ready.firstMatch(of: #/pid=(\d+)/#).flatMap { pid_t($0.output.1) })

            let strangers = (0..<190).compactMap { _ in connect(to: port) }
            defer { for stranger in strangers { close(stranger) } }
            #expect(strangers.count == 190)
            try await Task.sleep(for: .milliseconds(300))
            kill(pid, SIGKILL)
            func starts() -> Int { host.said.split(separator: "\n").count { $0.contains("plugin ready") } }
            try await eventually(within: .seconds(15)) { starts() == 2 }
            #expect(starts() == 2 && !host.said.contains("Too many open files"), "\(host.said)")
        }

        @Test func `A host that has ended leaves no event loop behind`() async throws {
            func loops() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
                    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?.contains("eventpoll") == true
                }
            }
            var before: Int?
            for _ in 0..<3 {
                let scene = try await Scene()
                defer { scene.close() }
                let plugins = "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}}"
                let host = try scene.host(scene.hostConfiguration(llm: "echo-llm", plugins: plugins), log: .critical)
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    let group = ServiceGroup(services: [RunningHost(host: host)], logger: Logger(label: "host"))
                    tasks.addTask { try await group.run() }
                    try await eventually("the plugin is not ready", within: .seconds(20)) { host.mesh.replicas.contains { $0.state == .ready } }
                    await group.triggerGracefulShutdown()
                    try await tasks.waitForAll()
                }
                // What all hosts share is there after the first.
                if let before { #expect(try loops() == before) } else { before = try loops() }
            }
        }

        private struct RunningHost: Service {
            let host: HectorHost.Host
            func run() async throws { try await host.run() }
        }

        @Test func `Directories of others stay, and ours go`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let manager = FileManager.default
            for name in ["hector-models", "hector-Ab3dE6"] {
                try manager.createDirectory(
                    atPath: "\(scene.temporary)/\(name)", withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
                try Data("weights".utf8).write(to: URL(filePath: "\(scene.temporary)/\(name)/w.bin"))
            }
            let plugins = "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}}"
            let (host, _) = try await scene.startHost(scene.hostConfiguration(llm: "echo-llm", plugins: plugins))
            let (node, _) = try await scene.startNode(scene.nodeConfiguration(plugins: plugins))
            #expect(try await scene.hector("plugin", "validate", Scene.product("echo-llm"), "--type", "llm_provider").status == 0)
            _ = try await host.says("plugin ready")
            host.kill()
            #expect(try await scene.hector("plugin", "validate", Scene.product("echo-llm"), "--type", "llm_provider").status == 0)
            // The directory of control sockets is shared by all hosts of a user.
            func found() throws -> [String] { try manager.contentsOfDirectory(atPath: scene.temporary).filter { $0 != "hector" }.sorted() }
            // Of the host that was killed nothing is left, of the node that lives one.
            #expect(try found().count == 3)
            node.signal(SIGTERM)
            #expect(try await node.exit() == 0)
            #expect(try found() == ["hector-Ab3dE6", "hector-models"])
            #expect(manager.fileExists(atPath: "\(scene.temporary)/hector-models/w.bin"))
        }
    }
}
