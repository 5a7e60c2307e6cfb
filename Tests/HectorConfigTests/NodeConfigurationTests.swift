internal import HectorCore
import HectorConfig
import HectorYAML
import Testing

@Suite struct NodeConfigurationTests {
    static let mesh = "mesh: {name: home, tls: {ca: ca.pem, certificate: c.pem, key: k.pem}}\n"

    @Test func defaults() throws {
        let configuration = try node(Self.mesh + "plugins: {llm_providers: {echo: {path: echo}}}\n")
        #expect(configuration.name == nil && configuration.advertise == nil)
        #expect(configuration.listen == HostPort(host: "::", port: 7443))
        #expect(configuration.drainTimeout == .seconds(30))
        #expect(configuration.mesh.name == "home" && configuration.mesh.avahi)
        #expect(configuration.mesh.tls.key == "/etc/hector/k.pem")
        #expect(configuration.plugins.entries.map(\.path) == ["/etc/hector/echo"])
    }

    @Test func everythingIsToldAtOnce() {
        let text = """
            agent: {name: GPU 1, listen: 7443, advertise: gpu-1:0, drain_timeout: 2h}
            mesh: {tls: {ca: missing}, sources: {avahi: false}}
            plugins: {llm_providers: {echo: {replicas: 2}}}

            """
        #expect(nodeProblems(text) == [
            "agent.yaml:1:15: agent.name: expected 1 to 62 lower-case letters, digits and inner hyphens, found 'GPU 1': write 'gpu-1'",
            "agent.yaml:1:30: agent.listen: expected HOST:PORT such as [::]:7443, found '7443'",
            "agent.yaml:1:47: agent.advertise: expected a port from 1 to 65535 such as gpu-1.example.org:7443, found 'gpu-1:0'",
            "agent.yaml:1:71: agent.drain_timeout: expected a time from 0s to 1h, found '2h'",
            "agent.yaml:2:1: mesh.name: this key is required: write the mesh's name, such as home",
            "agent.yaml:2:8: mesh.tls.certificate: this key is required: write the path of this member's certificate",
            "agent.yaml:2:8: mesh.tls.key: this key is required: write the path of this member's private key",
            "agent.yaml:2:18: mesh.tls.ca: the file /etc/hector/missing does not exist: correct the path",
            "agent.yaml:2:28: mesh.sources: unknown key: the known keys are name, tls, announce",
            "agent.yaml:3:27: plugins.llm_providers.echo.path: this key is required: write the path of the plugin's executable, because this machine runs it",
        ])
    }

    @Test func theFileOfTheOtherProgramIsToldAsSuch() {
        let host = "server: {listen: \"127.0.0.1:80\"}\nplugins: {llm_providers: {echo: {}}}\nagents: {helper: {llm: echo}}\n"
        #expect(nodeProblems(host) == [
            "agent.yaml:1:1: server: this is the other program's configuration: `hector serve` reads it; hector-plugin-agent needs a file of its own, agent.yaml"
        ])
        #expect(nodeProblems("agents: {helper: {llm: echo}}\n").count == 1)
        let node = "agent: {name: gpu-1}\n" + Self.mesh + "plugins: {llm_providers: {echo: {path: echo}}}\n"
        #expect(hostProblems(node) == [
            "hector.yaml:1:1: agent: this is the other program's configuration: `hector-plugin-agent run` reads it; hector needs a file of its own, hector.yaml"
        ])
        // A slip of the pen is no other program's file.
        #expect(hostProblems("agent: {helper: {llm: echo}}\n").contains { $0.hasSuffix("did you mean 'agents'?") })
        #expect(nodeProblems(Self.mesh + "agents: {name: gpu-1}\nplugins: {llm_providers: {echo: {path: echo}}}\n").contains { $0.hasSuffix("did you mean 'agent'?") })
    }

    @Test func anAgentNeedsMeshAndPlugins() {
        #expect(nodeProblems("{}") == [
            "agent.yaml:1:1: mesh: this key is required: write name and tls of the mesh to join",
            "agent.yaml:1:1: plugins: this key is required: write the plugins that this machine runs",
        ])
        let idle = "agent.yaml:2:1: plugins: a node without plugins does nothing: add one below llm_providers, or plugin_discovery"
        #expect(nodeProblems(Self.mesh + "plugins: {llm_providers: {}}\n") == [idle])
        #expect(nodeProblems(Self.mesh + "plugins: {llm_providers: {e: {path: e, enabled: false}}}\n") == [idle])
        #expect(nodeProblems(Self.mesh + "plugins: {plugin_discovery: {paths: [p]}}\n").isEmpty)
    }
}
