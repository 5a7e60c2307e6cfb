import Foundation
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
            guard cells.count == 3 else { continue }
            let imports = Set(Self.names(in: cells[2]))
            for target in Self.names(in: cells[0]) where Layers.hector.allowed[target] != nil {
                rows += 1
                #expect(Layers.hector.allowed[target] == imports, "\(target) in docs/ARCHITECTURE.md")
            }
        }
        #expect(rows == Layers.hector.allowed.count - 3, "the three programs have no row of their own")
    }

    @Test func `A target imports only lower layers, and some import one of their own`() throws {
        let levels = Layers.levels
        #expect(levels.reduce(Set<String>()) { $0.union($1) } == Set(Layers.hector.allowed.keys))
        #expect(levels.reduce(0) { $0 + $1.count } == Layers.hector.allowed.count, "a target stands in two layers")
        for (number, level) in levels.enumerated() {
            let below = levels.prefix(number).reduce(Set<String>()) { $0.union($1) }
            for target in level {
                let others = (Layers.hector.allowed[target] ?? []).subtracting(below)
                #expect(others == Layers.siblings[target] ?? [], "\(target) in L\(number)")
            }
        }
    }

    @Test func `The picture for people shows the same layers`() throws {
        let lines = try Package.text("docs/ARCHITECTURE.md").split(separator: "\n")
        for (number, level) in Layers.levels.enumerated() {
            let line = try #require(lines.first { $0.hasPrefix("L\(number)  ") })
            let shown = Set(line.split { !$0.isLetter && !$0.isNumber && $0 != "-" }.map(String.init)).intersection(Layers.hector.allowed.keys)
            #expect(shown == level, "L\(number)")
        }
    }

    /// What a program links is what its targets depend on, whether or not a file imports it.
    @Test func `The package links no more than the table lets be imported, and to a node no HTTP server`() throws {
        let declared = try Self.dependencies()
        for (target, allowed) in Layers.hector.allowed {
            let ours = (declared[target] ?? []).filter { Layers.hector.allowed[$0] != nil }
            #expect(Set(ours) == allowed, "\(target) in Package.swift")
        }
        for root in ["hector-plugin-agent", "HectorPlugin"] {
            var (linked, next): (Set<String>, [String]) = ([], [root])
            while let target = next.popLast() {
                if linked.insert(target).inserted { next += declared[target] ?? [] }
            }
            try #require(linked.contains("HectorRPC") && linked.contains(".nioCore"))
            #expect(linked.isDisjoint(with: ["HectorAPI", ".hummingbird", ".hummingbirdCore", ".httpClient", ".nioHTTP1", ".nioHTTPTypes", ".nioHTTPTypesHTTP1"]), "\(root)")
        }
    }

    /// What `Package.swift` says that each layer and program depends on: targets by name, products as `.name`.
    private static func dependencies() throws -> [String: [String]] {
        var found: [String: [String]] = [:]
        for match in try Package.text("Package.swift").matches(of: /(?s)(?:layer|program)\("([\w-]+)"(?:, path: "[^"]*")?, \[(.*?)\]/) {
            found[String(match.output.1)] = match.output.2.split(separator: ",").map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: "\" \n"))
            }
        }
        return found
    }

    @Test(arguments: [
        ("HectorConfig", "internal import HectorPlugins"),
        ("HectorPlugins", "package import struct HectorConfig.HostPort"),
        ("HectorPlugins", "    import HectorDiscovery // why not"),
        ("HectorMesh", "import Foundation"),
        ("hector", "import Foundation"),
        ("HectorRPC", "internal import Foundation"),
        ("HectorPlugin", "import struct Foundation.Data"),
        ("HectorNodeHost", "internal import HectorMesh"),
        ("hector-plugin-agent", "import NIOHTTP1"),
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
