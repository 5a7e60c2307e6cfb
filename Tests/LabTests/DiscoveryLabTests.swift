import Foundation
import Testing

/// Discovery against real avahi-daemons. Each test has a mesh of its own and leaves the hosts as it found them.
@Suite(
    .enabled(if: Lab.problem == nil, Comment(rawValue: Lab.problem ?? "")), .serialized, .lab(hosts: 3),
    .timeLimit(.minutes(2)))
struct DiscoveryLabTests {
    private let lab = Lab.current

    private func browse(_ mesh: String, on host: Int) throws -> Guest {
        try lab.start("mesh-probe", on: host, "browse", mesh)
    }

    private func announce(
        _ name: String, in mesh: String, on host: Int, id: Int, port: Int = 7443, plugins: String = "echo-llm"
    ) throws -> Guest {
        // The short id is the same for all.
        let id = "aaaaaaaa-0000-4000-8000-" + String(repeating: "0", count: 12 - "\(id)".count) + "\(id)"
        return try lab.start("mesh-probe", on: host, "announce", mesh, name, id, "\(port)", plugins)
    }

    @Test func `A node is found, changes its plugins and says goodbye; other meshes are not seen`() async throws {
        let stranger = try announce("stranger", in: "elsewhere", on: 3, id: 2)
        try await stranger.says("established stranger-aaaaaaaa")
        let host = try browse("life", on: 1)
        let node = try announce("alpha", in: "life", on: 2, id: 1)
        try await node.says("established alpha-aaaaaaaa")
        try await host.says("node alpha here plugins=echo-llm", "10.77.0.2:7443", "[fd77::2]:7443")
        try node.send("plugins echo-llm,smollm")
        try await host.says("node alpha here plugins=echo-llm,smollm")
        try node.endInput()
        try await node.says("withdrawn")
        // What was known stays known.
        try await host.says("node alpha gone plugins=echo-llm,smollm", "10.77.0.2:7443", "[fd77::2]:7443")
        #expect(!host.said.contains { $0.contains("stranger") })
    }

    @Test func `A node is listed under each of its plugins, also after they change`() async throws {
        let node = try announce("alpha", in: "subtypes", on: 2, id: 1)
        try await node.says("established")
        func isListed(under plugin: String) async throws -> Bool {
            try await lab("exec", "1", "avahi-browse", "-tp", "_\(plugin)._sub._hector-plugin._tcp").contains("alpha")
        }
        #expect(try await isListed(under: "echo-llm"))
        #expect(try await !isListed(under: "smollm"))
        try node.send("plugins smollm")
        let host = try browse("subtypes", on: 1)
        try await host.says("node alpha here plugins=smollm")
        #expect(try await isListed(under: "smollm"))
    }

    @Test func `A killed node is gone, and back on another port`() async throws {
        let host = try browse("killed", on: 1)
        let node = try announce("alpha", in: "killed", on: 2, id: 1)
        try await host.says("node alpha here", "10.77.0.2:7443", "[fd77::2]:7443")
        node.kill()
        try await host.says("node alpha gone", "10.77.0.2:7443")
        let again = try announce("alpha", in: "killed", on: 2, id: 1, port: 7555)
        let line = try await host.says("node alpha here", "10.77.0.2:7555", "[fd77::2]:7555")
        #expect(!line.contains("7443"))
        again.kill()
    }

    @Test func `Both sides live through restarts of avahi-daemon and D-Bus`() async throws {
        let host = try browse("restarts", on: 1)
        let node = try announce("alpha", in: "restarts", on: 2, id: 1)
        try await node.says("established")
        try await host.says("node alpha here")

        try await lab("avahi", "1", "kill")
        try await host.says("state unavailable daemonFailed")
        try await lab("avahi", "1", "start")
        try await host.says("state running")
        #expect(!host.said.contains { $0.contains("gone") })

        try await lab("avahi", "2", "kill")
        try await node.says("unavailable")
        try await lab("avahi", "2", "start")
        try await node.says("established alpha-aaaaaaaa")

        try await lab("bus", "2", "kill")
        try await node.says("unavailable")
        try await lab("bus", "2", "start")
        try await lab("avahi", "2", "restart")
        try await node.says("established alpha-aaaaaaaa")

        // The host's view is fresh: it hears of a change.
        try node.send("plugins smollm")
        try await host.says("node alpha here plugins=smollm")
    }

    @Test func `Of two nodes with one name the second takes another`() async throws {
        let host = try browse("names", on: 1)
        let first = try announce("alpha", in: "names", on: 2, id: 1, port: 7001)
        try await first.says("established alpha-aaaaaaaa")
        let second = try announce("alpha", in: "names", on: 3, id: 2, port: 7002)
        try await second.says("established alpha-aaaaaaaa #2")
        // And a third, whose name is taken by its own host.
        let third = try announce("alpha", in: "names", on: 2, id: 3, port: 7003)
        try await third.says("established alpha-aaaaaaaa #")
        for port in 7001...7003 {
            if !host.said.contains(where: { $0.contains(":\(port)") }) { try await host.says(":\(port)") }
        }
        // A change still goes to the right one.
        try second.send("plugins smollm")
        try await host.says("plugins=smollm", "10.77.0.3:7002")
    }

    @Test func `Without a daemon it is said once, and found later`() async throws {
        let node = try announce("alpha", in: "absent", on: 2, id: 1)
        try await node.says("established")
        try await lab("avahi", "3", "stop")
        let host = try browse("absent", on: 3)
        try await host.says("state unavailable noDaemon: avahi-daemon is not running on this machine", "start dbus and avahi-daemon")
        try await lab("bus", "3", "kill")
        let late = try announce("beta", in: "absent", on: 3, id: 2)
        try await late.says("unavailable noDaemon: avahi-daemon is not running on this machine", "start dbus and avahi-daemon")
        try await lab("bus", "3", "start")
        try await lab("avahi", "3", "start")
        try await host.says("state running")
        try await late.says("established beta-aaaaaaaa")
        for node in ["alpha", "beta"] where !host.said.contains(where: { $0.contains("node \(node) here") }) {
            try await host.says("node \(node) here")
        }
        #expect(host.said.count { $0.contains("noDaemon") } == 1)
        #expect(late.said.count { $0.contains("noDaemon") } == 1)
    }

    @Test func `Records of strangers do no harm`() async throws {
        let services = "/tmp/mesh-lab/\(lab.name)/h3/avahi/services/strangers.service"
        let id = "id=bbbbbbbb-0000-4000-8000-000000000001"
        let bad: [[String]] = [
            [], ["txtvers=2", id, "mesh=strange", "name=x", "version=1", "proto=1"],
            ["txtvers=1", "id=../../etc", "mesh=strange", "name=x", "version=1", "proto=1"],
            ["txtvers=1", id, "mesh=strange", "name=\u{202e}evil", "version=1", "proto=1"],
            ["txtvers=1", id, "mesh=strange", "name=x", "version=1", "proto=99999999"],
            ["txtvers=1", id, "mesh=strange", "name=x", "version=1", "proto=1"]
                + (0..<7).map { "pad\($0)=" + String(repeating: "x", count: 200) },
        ]
        let groups = bad.enumerated().map { number, strings in
            "<service-group><name>stranger \(number)</name><service><type>_hector-plugin._tcp</type><port>9</port>"
                + strings.map { "<txt-record>\($0)</txt-record>" }.joined() + "</service></service-group>"
        }
        for (number, group) in groups.enumerated() {
            try group.write(toFile: services.replacing("strangers", with: "s\(number)"), atomically: true, encoding: .utf8)
        }
        try await lab("avahi", "3", "restart")
        let host = try browse("strange", on: 1)
        let node = try announce("alpha", in: "strange", on: 2, id: 1)
        try await node.says("established")
        try await host.says("node alpha here")
        try node.send("plugins smollm")
        try await host.says("node alpha here plugins=smollm")
        #expect(host.said.count { $0.hasPrefix("node") && !$0.hasPrefix("node alpha") } == 0)
        for number in bad.indices { try FileManager.default.removeItem(atPath: services.replacing("strangers", with: "s\(number)")) }
    }
}
