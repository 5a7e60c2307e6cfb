import Foundation
import Testing

/// `docs/faults.md` and `docs/router.md` against the tests that they name.
struct FaultsTests {
    struct Row {
        let id: String
        let test: String
    }

    private static func rows() throws -> [Row] {
        try Package.text("docs/faults.md").split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 6, cells[1].contains(/^[A-Z]*[0-9]+[a-z]?$/) else { return nil }
            return Row(id: cells[1], test: cells[4])
        }
    }

    /// Every file of tests, by the names of the suites in it.
    private static func tests() throws -> [(name: String, text: String)] {
        let folder = Package.folder.appending(path: "Tests")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return try files.filter { $0.pathExtension == "swift" }.map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
    }

    @Test func `Every fault has a test that is there, or says whose it is`() throws {
        let rows = try Self.rows()
        try #require(rows.count > 40)
        #expect(Set(rows.map(\.id)).count == rows.count, "an id stands twice")
        let tests = try Self.tests()
        for row in rows {
            if try !Self.expect(row.test, in: tests, of: row.id) {
                #expect(row.test.hasPrefix("open: "), "\(row.id) names neither a test nor who mends it")
            }
        }
    }

    @Test func `Every test that the router's page names is there`() throws {
        let tests = try Self.tests()
        let rows = try Package.text("docs/router.md").split(separator: "\n").filter { $0.hasPrefix("| ") && $0.contains("Tests") }
        try #require(rows.count > 10)
        for row in rows { _ = try Self.expect(String(row), in: tests, of: String(row.prefix(40))) }
    }

    /// - Parameter text: Names suites and tests: `Suite` or `Suite/test`, in backticks.
    /// - Returns: Whether it names any.
    private static func expect(_ text: String, in tests: [(name: String, text: String)], of row: String) throws -> Bool {
        let named = text.matches(of: /`(\w+)(?:\/([^`]+))?`/).filter { $0.output.1.hasSuffix("Tests") || $0.output.2 != nil }
        for test in named {
            let suite = String(test.output.1)
            let files = tests.filter { $0.text.contains("struct \(suite) ") || $0.text.contains("extension \(suite) ") || $0.text.contains(".\(suite) ") }
            #expect(!files.isEmpty, "\(row): there is no suite \(suite)")
            guard let name = test.output.2 else { continue }
            #expect(
                files.contains { $0.text.contains("func `\(name)`(") || $0.text.contains("func \(name)(") },
                "\(row): there is no test \(suite)/\(name)")
        }
        return !named.isEmpty
    }
}
