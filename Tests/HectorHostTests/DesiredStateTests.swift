import HectorConfig
import HectorCore
import HectorDocuments
import HectorPlugins
import Testing

@testable import HectorHost

/// What a configuration comes to, and what differs between two: without a process, a socket or a file.
@Suite struct DesiredStateTests {
    private func state(_ yaml: String, _ plugins: [DesiredPlugin] = []) throws -> DesiredState {
        try DesiredState(HostConfiguration.read(yaml, environment: [:]), plugins: plugins)
    }

    private func plugin(_ name: String, config: [String: String] = [:]) -> DesiredPlugin {
        DesiredPlugin(PluginSpecification(key: PluginKey(.llm, name), executable: "/bin/true", config: config), binary: FileStamp("/nowhere"))
    }

    private func changes(_ old: String, _ new: String) throws -> [String] {
        try state(old).difference(to: state(new)).map(\.description)
    }

    @Test func `Two of one configuration are equal, and differ in nothing`() throws {
        let yaml = "mesh: {name: home, tls: {ca: /a, certificate: /b, key: /c}, sources: {static: [{address: '127.0.0.1:7443'}]}}\nagents: {helper: {llm: a}}"
        #expect((try? state(yaml)) == (try? state(yaml)))
    }

    @Test func `Plugins are added, removed and changed, with what is different`() throws {
        let yaml = "server: {max_calls: 10}"
        let old = try state(yaml, [plugin("a"), plugin("b")])
        let new = try state(yaml, [plugin("b", config: ["x": "1"]), plugin("c")])
        #expect(old.difference(to: new) == [
            StateChange(.removed, "plugin a (llm_provider)"), StateChange(.changed, "plugin b (llm_provider)", ["config"]),
            StateChange(.added, "plugin c (llm_provider)"),
        ])
        #expect(old.succeeded(by: new) == new)
    }

    @Test func `Agents, limits and tokens change while the host runs`() throws {
        let plugins = [plugin("m")]
        let old = try DesiredState(HostConfiguration.read(
            "plugins: {llm_providers: {m: {path: /bin/true}}}\nagents: {a: {llm: m}, b: {llm: m}}\nserver: {token: '0123456789abcdef', max_calls: 8}", environment: [:]), plugins: plugins)
        let new = try DesiredState(HostConfiguration.read(
            "plugins: {llm_providers: {m: {path: /bin/true}}}\nagents: {b: {llm: m, prompt: {role: Be brief.}}, c: {llm: m}}\nserver: {token: 'fedcba9876543210', max_calls: 9}\nmesh: {call_timeout: 7s}",
            environment: [:]), plugins: plugins)
        let changes = old.difference(to: new)
        #expect(changes.map(\.subject) == ["mesh.call_timeout", "agent a", "agent b", "agent c", "server.token", "server.max_calls"], "\(changes)")
        #expect(changes.allSatisfy { $0.restart == nil } && old.succeeded(by: new) == new)
        // No token in what people see.
        #expect(!changes.contains { $0.description.contains("fedcba") })
    }

    @Test func `Document stores follow the configuration while the host runs`() throws {
        func state(_ store: String, _ stores: String) throws -> DesiredState {
            let yaml = "plugins: {llm_providers: {m: {path: /bin/true}}, database_providers: {d: {path: /bin/true}}, embedder_providers: {e: {path: /bin/true}}}\n"
                + "document_stores: {s: {path: /tmp\(store)}}\nagents: {a: {llm: m, database: d, embedder: e, document_stores: [\(stores)]}}"
            return try DesiredState(HostConfiguration.read(yaml, environment: [:]), plugins: [plugin("m")])
        }
        let old = try state("", "s")
        #expect(old.documents.map(\.store.name) == ["s"] && old.documents[0].database == "d" && old.documents[0].embedder == "e")
        let changes = try old.difference(to: state(", chunk: {tokens: 50, overlap: 5}, watch: false", "s, other"))
        #expect(changes == [
            StateChange(.changed, "agent a", ["document stores"]), StateChange(.changed, "documents s in d", ["chunk", "watch"]),
        ])
        #expect(try state("", "other").documents == [], "a store that no agent uses is not indexed")
    }

    @Test func `What cannot change while the host runs says so, and stays as it is`() throws {
        let old = try state("server: {listen: '127.0.0.1:8080'}")
        let new = try state("server: {listen: '127.0.0.1:8081', max_calls: 3}")
        let changes = old.difference(to: new)
        #expect(changes.map(\.subject) == ["server.listen", "server.max_calls"] && changes.map { $0.restart == nil } == [false, true])
        let next = old.succeeded(by: new)
        #expect(next.front.listen == old.front.listen && next.front.maxCalls == 3)
        // It is told at every reload until it is so.
        #expect(next.difference(to: new).map(\.subject) == ["server.listen"])
    }

    /// An address that other machines reach stays bound until the next start.
    @Test func `Tokens stay in force where without them everybody could call`() throws {
        let old = try state("server: {listen: '0.0.0.0:8080', token: '0123456789abcdef'}")
        let new = try state("server: {listen: '127.0.0.1:8080'}")
        let next = old.succeeded(by: new)
        #expect(next.front.wantsToken && next.front.token == "0123456789abcdef")
        #expect(old.difference(to: new).first { $0.subject == "server.token" }?.restart != nil)
    }
}
