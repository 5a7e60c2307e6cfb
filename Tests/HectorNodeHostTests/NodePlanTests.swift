import HectorConfig
import HectorCore
import HectorDiscovery
import HectorYAML
import Testing

@testable import HectorNodeHost

/// What a node will do is found out before it runs.
@Suite struct NodePlanTests {
    private static let system = ListeningAddress.System(hasIPv6: { _ in true }, addresses: { _ in [] })

    private func plan(
        name: String? = nil, listen: String? = nil, advertise: String? = nil, avahi: Bool = true, machine: String = "tower",
        identity: String? = "gpu-1",
        plugins: String = ""
    ) throws -> NodePlan {
        let node = [name.map { "name: \($0)" }, listen.map { "listen: '\($0)'" }, advertise.map { "advertise: '\($0)'" }]
        let document = try YAMLDocument(
            text: """
            agent: {\(node.compactMap(\.self).joined(separator: ", "))}
            mesh: {name: home, tls: {ca: ca.pem, certificate: a.pem, key: a.key}, announce: {avahi: \(avahi)}}
            plugins: {plugin_discovery: {paths: [/nowhere-at-all]}, llm_providers: {\(plugins)}}
            """, file: "agent.yaml")
        let configuration = try NodeConfiguration(
            document, environment: [:], site: ConfigurationSite(folder: "/") { _, _ in true })
        return NodePlan(configuration, machine: machine, identity: identity, environment: [:], system: Self.system)
    }

    /// What it says of the node itself; of the plugins' folder it says more.
    private func warnings(_ plan: NodePlan) -> [String] { plan.warnings.filter { $0.hasPrefix("agent.") } }

    @Test(arguments: [("GPU-Box", "gpu-box"), ("gpu_1", "gpu-1"), ("Tower.example.org", "tower"), ("", "gpu-1"), ("日本", "gpu-1")])
    func `A machine of any name is announced`(machine: String, name: String) throws {
        let plan = try plan(machine: machine)
        #expect(plan.problems.isEmpty && warnings(plan).isEmpty)
        #expect(plan.name == name)
        #expect(plan.record?.name == name)
        #expect(plan.record?.advertised == nil)
    }

    @Test func `The name in the configuration stands`() throws { #expect(try plan(name: "mine", machine: "GPU").record?.name == "mine") }

    /// Hosts read no more of one node: what they leave out must be known where it is configured.
    @Test(arguments: [(17, 64, "1088 replicas"), (257, 1, "257 plugins"), (16, 64, nil)] as [(Int, Int, String?)])
    func `More than hosts use of one node is a warning`(plugins: Int, replicas: Int, words: String?) throws {
        let entries = (0..<plugins).map { "p\($0): {path: /bin/sh, replicas: \(replicas)}" }.joined(separator: ", ")
        let warning = try plan(plugins: entries).warnings.first { $0.hasPrefix("this node would run") }
        #expect(warning?.contains(words ?? "?") == (words == nil ? nil : true), "\(warning ?? "none")")
    }

    @Test func `What cannot be announced is a problem at the start`() throws {
        let address = String(repeating: "a.", count: 124) + "a:1"
        let plan = try plan(advertise: address)
        #expect(plan.problems.count == 1)
        #expect(plan.problems.first?.contains("cannot be announced: a node's advertised address must be") == true, "\(plan.problems)")
        #expect(plan.record == nil)
        #expect(try self.plan(advertise: address, avahi: false).problems.isEmpty)
    }

    @Test(arguments: ["127.0.0.1", "localhost", "[::1]"])
    func `Who listens on loopback only is not announced, unless hosts reach it elsewhere`(host: String) throws {
        let quiet = try plan(listen: "\(host):7443")
        #expect(quiet.record == nil && quiet.problems.isEmpty)
        #expect(warnings(quiet).count == 1)
        #expect(warnings(quiet).first?.contains("can be reached from this machine only, so this node is not announced") == true)
        #expect(try warnings(plan(listen: "\(host):7443", avahi: false)).isEmpty)

        let forwarded = try plan(listen: "\(host):7443", advertise: "gpu.example.org:7444")
        #expect(warnings(forwarded).isEmpty)
        #expect(forwarded.record?.advertised == HostPort(host: "gpu.example.org", port: 7444))

        let pointless = try plan(advertise: "\(host):7443")
        #expect(pointless.record == nil)
        #expect(warnings(pointless).first?.contains("makes every host dial its own machine") == true)
    }
}
