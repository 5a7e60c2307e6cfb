internal import HectorCore
import Foundation
import HectorConfig
import HectorYAML
import Testing

/// The examples and tables of `docs/configuration.md`, so that they stay true.
@Suite struct DocumentationTests {
    let text: String
    /// The YAML blocks by their first line, without "# ".
    let examples: [String: String]

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        text = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        examples = Dictionary(
            text.components(separatedBy: "```yaml\n").dropFirst().map { rest in
                let example = String(rest[..<(rest.firstRange(of: "```")?.lowerBound ?? rest.endIndex)])
                return (String(example.prefix { $0 != "\n" }.dropFirst(2)), example)
            }, uniquingKeysWith: { first, _ in first })
    }

    @Test func minimalHost() throws {
        let configuration = try host(try #require(examples["hector.yaml, minimal"]))
        #expect(configuration.defaultAgent == "helper")
        #expect(configuration.missingPlugins(discovered: []) == ([], []))
    }

    @Test func completeHost() throws {
        let configuration = try host(try #require(examples["hector.yaml, complete"]))
        #expect(configuration.server.listen == HostPort(host: "0.0.0.0", port: 8080))
        #expect(configuration.server.token == "0123456789abcdef")
        #expect(configuration.mesh.staticEndpoints == [
            StaticEndpoint(HostPort(host: "gpu-1.example.org", port: 7443)), StaticEndpoint(HostPort(host: "2001:db8::7", port: 7443)),
            StaticEndpoint(HostPort(host: "llm.example.org", port: 50051), plugins: [PluginKey(.llm, "llama")]),
        ])
        #expect(configuration.mesh.tls?.certificate == "/etc/hector/certs/host.pem")
        #expect(configuration.plugins.discovery.paths == ["/etc/hector/plugins", "/home/me/.hector/plugins"])
        let smollm = try #require(configuration.plugins.entry(PluginKey(.llm, "smollm")))
        #expect(smollm.replicas == 2 && smollm.startTimeout == .seconds(120))
        #expect(smollm.config == ["threads": "1", "temperature": "0.7", "cache": "/var/cache/hector"])
        #expect(configuration.agents.map(\.id) == ["helper", "writer"])
        #expect(configuration.agents[0].systemPrompt == "You are a helpful assistant.\nAnswer in one sentence.\n")
        let (memory, limits) = (configuration.agents[0].memory, configuration.agents[0].limits)
        #expect(memory.tokens == 4_000 && memory.summarises && memory.keep == .seconds(7 * 86_400))
        #expect(limits.calls == 8 && limits.queue == 16 && limits.timeout == .seconds(300))
        #expect(configuration.stateDirectory == "/var/lib/hector")
        let reasoning = configuration.agents[0].reasoning
        #expect(reasoning.engine == "planner" && reasoning.tokens == 50_000 && reasoning.time == .seconds(600) && reasoning.toolCalls == 40)
        #expect(configuration.agents[0].tools == [
            AgentEntry.Tools(provider: "files"), AgentEntry.Tools(provider: "shop", tool: "search"),
            AgentEntry.Tools(provider: "shop", tool: "buy", asks: true, timeout: .seconds(30)),
        ])
        #expect(configuration.agents[1].systemPrompt.hasPrefix("You write letters.") && configuration.agents[1].systemPrompt.hasSuffix("\n\nBe polite, and sign with \"The house\"."))
        #expect(configuration.agents[1].examples.map(\.user) == ["Thank Ada for the cake."] && configuration.agents[1].outputSchema != nil)
        #expect(configuration.missingPlugins(discovered: []) == ([], []))
    }

    @Test func agents() throws {
        #expect(try node(try #require(examples["agent.yaml, minimal"])).plugins.entries.map(\.name) == ["echo-llm"])
        let complete = try node(try #require(examples["agent.yaml, complete"]))
        #expect(complete.name == "gpu-1" && complete.advertise?.description == "gpu-1.example.org:7443")
        #expect(complete.plugins.entries[0].replicas == 2)
    }

    @Test func `The examples of agents that act are good`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/agents.md"), encoding: .utf8)
        let examples = page.components(separatedBy: "```yaml\n").dropFirst().map { String($0[..<($0.firstRange(of: "```")?.lowerBound ?? $0.endIndex)]) }
        #expect(examples.count == 4)
        for example in examples { #expect(try host(example).agents.contains { !$0.tools.isEmpty || !$0.agentsElsewhere.isEmpty }) }
    }

    @Test func theExamplesUseEveryDocumentedKey() {
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let keys = rows.flatMap { row in
            row.split(separator: "|")[0].split(separator: "`").filter { $0.first?.isLetter == true }
        }
        #expect(keys.count > 45)
        for key in keys where key.allSatisfy({ $0 != " " && $0 != "(" }) {
            let last = key.split(separator: ".").last { !$0.allSatisfy(\.isUppercase) } ?? key
            #expect(examples.values.contains { $0.contains("\(last):") }, "\(key) is in no example")
        }
    }

    @Test(arguments: ["hector.yaml, complete", "agent.yaml, complete"])
    func everyPrefixIsReadOrRefused(name: String) throws {
        let example = Array(try #require(examples[name]).utf8)
        let refused = example.indices.count { !isRead(Array(example.prefix($0)), as: name) }
        #expect(refused > 0 && refused < example.count)
    }

    @Test(arguments: ["hector.yaml, complete", "agent.yaml, complete"])
    func everyDamageIsReadOrRefused(name: String) throws {
        let example = Array(try #require(examples[name]).utf8)
        let seed = UInt64.random(in: .min ... .max)
        print("DocumentationTests \(name), seed \(seed)")
        var generator = SplitMix(state: seed)
        let refused = (0..<1_000).count { _ in
            var damaged = example
            for _ in 0..<2 {
                let place = Int.random(in: damaged.indices, using: &generator)
                if Bool.random(using: &generator) {
                    damaged[place] = UInt8.random(in: 0...255, using: &generator)
                } else {
                    damaged.remove(at: place)
                }
            }
            return !isRead(damaged, as: name)
        }
        #expect(refused > 0)
    }

    /// Whether `bytes` make a configuration; what is refused has to say why, within bounds.
    private func isRead(_ bytes: [UInt8], as name: String) -> Bool {
        do throws(InvalidYAML) {
            let document = try YAMLDocument(bytes: bytes, file: name)
            if name.hasPrefix("hector") {
                _ = try HostConfiguration(document, environment: environment, site: site)
            } else {
                _ = try NodeConfiguration(document, environment: environment, site: site)
            }
            return true
        } catch {
            #expect((1...YAMLLimits().diagnostics + 1).contains(error.diagnostics.count))
            return false
        }
    }
}

/// A generator that a seed replays.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
