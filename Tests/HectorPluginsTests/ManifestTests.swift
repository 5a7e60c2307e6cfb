internal import HectorCore
import Foundation
@testable import HectorPlugins
import HectorYAML
import Testing

@Suite struct ManifestTests {
    private func manifest(_ text: String) throws -> PluginManifest {
        try PluginManifest(YAMLDocument(text: text, file: "echo.plugin.yaml"))
    }

    @Test func readsEverything() throws {
        let manifest = try manifest(
            """
            plugin:
              name: echo-llm
              version: 1.2.0
              author: Ada
              description: Echoes
              homepage: https://example.org
              license: MIT
              type: llm_provider
              protocol: grpc
              hector_version: ">=0.1.0"
              something_later: {a: 1}
              config_schema:
                required: [api_key]
                optional: [temperature]
                defaults: {model: small, tokens: 1000, verbose: true}
              capabilities: {streaming: true, vision: false}
            """)
        #expect(
            manifest
                == PluginManifest(
                    name: "echo-llm", version: SemanticVersion(1, 2, 0), kind: .llm, author: "Ada", summary: "Echoes",
                    homepage: "https://example.org", license: "MIT", hectorVersion: VersionRange(">=0.1.0"),
                    configSchema: ConfigSchema(
                        required: ["api_key"], optional: ["temperature"],
                        defaults: ["model": "small", "tokens": "1000", "verbose": "true"]),
                    capabilities: ["streaming": "true", "vision": "false"]))
    }

    @Test func tellsEveryProblemWithItsPlace() {
        let error = #expect(throws: InvalidYAML.self) {
            try manifest("plugin:\n  version: one\n  type: llm_provder\n  protocol: netrpc\n  hector_version: soon\n")
        }
        let text = error?.description ?? ""
        for part in ["plugin.name", "echo.plugin.yaml:2:", "plugin.version", "did you mean 'llm_provider'", "plugin.protocol", "plugin.hector_version"] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
    }

    @Test(arguments: ["", "plugin:", "plugin: 3", "[1]", "name: x", "plugin: {name: }"])
    func refuses(_ text: String) {
        #expect(throws: InvalidYAML.self) { try manifest(text) }
    }

    @Test func defaultsFillAndUnknownKeysWarn() throws {
        let schema = ConfigSchema(required: ["api_key"], optional: ["temperature"], defaults: ["model": "small"])
        let merged = try schema.merge(["api_key": "x", "temprature": "1"])
        #expect(merged.config == ["api_key": "x", "temprature": "1", "model": "small"])
        #expect(merged.warnings.count == 1)
        #expect(merged.warnings.first?.contains("'temperature'") == true)
        #expect(throws: ConfigSchema.Missing(keys: ["api_key"])) { try schema.merge(["api_key": ""]) }
        #expect(try ConfigSchema().merge(["anything": "goes"]).warnings.isEmpty)
    }

    @Test(arguments: [("true", nil, true), ("false", nil, false), ("true", false, false), ("false", true, true)] as [(String, Bool?, Bool)])
    func itsEntryHasTheLastWordOnWhatCallsCost(capability: String, entry: Bool?, isMetered: Bool) throws {
        let text = "plugin: {name: e, version: 1.0.0, type: llm_provider, protocol: grpc, capabilities: {metered: \(capability)}}"
        let specification = try PluginSpecification(key: PluginKey(.llm, "e"), executable: "/e", metered: entry, manifest: manifest(text))
        #expect(specification.isMetered == isMetered)
    }

    @Test func preparedHoldsAllAgainstEachOther() throws {
        let workshop = try Workshop()
        let executable = try workshop.bash("exit 0")
        let manifest = "plugin: {name: x, version: 1.0.0, type: llm_provider, protocol: grpc, hector_version: '^0.1', config_schema: {required: [key]}}"
        try workshop.write((executable as NSString).lastPathComponent + ".plugin.yaml", manifest.utf8, mode: 0o644)
        var specification = PluginSpecification(key: PluginKey(.llm, "x"), executable: executable, config: ["key": "v"])
        let ours = SemanticVersion(0, 1, 4)
        #expect(try specification.prepared(hectorVersion: ours, environment: [:]).specification.manifest?.name == "x")
        func code(_ version: SemanticVersion = SemanticVersion(0, 1, 4)) -> PluginError.Code? {
            #expect(throws: PluginError.self) { try specification.prepared(hectorVersion: version, environment: [:]) }?.code
        }
        #expect(code(SemanticVersion(0, 2, 0)) == .incompatible)
        specification.config = [:]
        #expect(code() == .configuration)
        specification.key = PluginKey(.embedder, "my-llm")
        #expect(code() == .incompatible)
    }
}
