import Testing

struct LayerTests {
    @Test func `Every target imports only what the table lets it`() throws {
        let sources = try Package.sources().filter { $0.path.hasSuffix(".swift") }
        try #require(sources.contains { $0.target == "HectorRPC" && $0.imports.contains { $0.module == "CNghttp2" } })
        let violations = sources.flatMap(Layers.hector.violations)
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
    }

    @Test func `The table names the folders of Sources, no more and no fewer`() throws {
        #expect(Set(try Package.sources().map(\.target)) == Set(Layers.hector.allowed.keys))
    }

    @Test func `No two targets import each other, even by way of others`() {
        let layers = Layers.hector
        func reach(_ target: String, _ seen: inout Set<String>) {
            for next in layers.allowed[target] ?? [] where seen.insert(next).inserted { reach(next, &seen) }
        }
        for target in layers.allowed.keys {
            var seen: Set<String> = []
            reach(target, &seen)
            #expect(!seen.contains(target), "\(target) imports itself by way of others")
        }
    }

    @Test func `The table for people says the same`() throws {
        var rows = 0
        for line in try Package.text("docs/ARCHITECTURE.md").split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map(String.init)
            // The hosts' row is told in words.
            guard cells.count == 3, !cells[2].contains("L1 to L3") else { continue }
            let imports = Set(Self.names(in: cells[2]))
            for target in Self.names(in: cells[0]) where Layers.hector.allowed[target] != nil {
                rows += 1
                #expect(Layers.hector.allowed[target] == imports, "\(target) in docs/ARCHITECTURE.md")
            }
        }
        #expect(rows == Layers.hector.allowed.count - 4, "the two hosts and the two programs have no row of their own")
    }

    @Test(arguments: [
        ("HectorConfig", "internal import HectorPlugins"),
        ("HectorPlugins", "package import struct HectorConfig.HostPort"),
        ("HectorPlugins", "    import HectorDiscovery // why not"),
        ("HectorMesh", "import Foundation"),
        ("HectorNodeHost", "import HectorAPI"),
        ("HectorNodeHost", "internal import Hummingbird"),
        ("HectorRPC", "@_exported public import HectorPlugin"),
        ("HectorRPC", "@preconcurrency internal import HectorTrust"),
        ("HectorYAML", "import NIOPosix"),
        ("HectorNew", "import HectorRPC"),
    ]) func `A wrong import is found`(target: String, line: String) {
        let file = SourceFile(path: "Sources/\(target)/Made.swift", text: "// Made up.\n\(line)\n")
        #expect(Layers.hector.violations(in: file).count == 1)
    }

    @Test(arguments: [
        ("HectorConfig", "package import HectorYAML"),
        ("HectorPlugins", "internal import HectorYAML"),
        ("HectorPlugins", "// import HectorConfig"),
        ("HectorPlugins", "/* import HectorConfig */"),
        ("HectorPlugins", "let words = \"import HectorConfig\""),
        ("HectorAPI", "internal import HectorAgents"),
        ("HectorHost", "internal import HectorPlugins"),
    ]) func `A right import, and what only looks like one, passes`(target: String, line: String) {
        let file = SourceFile(path: "Sources/\(target)/Made.swift", text: line)
        #expect(Layers.hector.violations(in: file) == [])
    }

    private static func names(in cell: String) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
    }
}
