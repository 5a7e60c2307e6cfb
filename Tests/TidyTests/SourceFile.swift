import Foundation

/// A text file of the package, under the path that git knows it by.
struct SourceFile: Sendable {
    let path: String
    let text: String

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// `HectorRPC` for `Sources/HectorRPC/TLS/TLSEngine.swift`.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    var isGenerated: Bool { path.hasSuffix(".pb.swift") }

    /// The lines with everything cut away that is a comment or stands in a string, so that rules see code only.
    ///
    /// Enough for this package's style, not a lexer: a raw string with quotes inside would confuse it.
    var code: [String] {
        var inBlock = false
        var inText = false
        return lines.map { line in
            if line.contains("\"\"\"") {
                // A line with an odd number of delimiters opens or closes a text of several lines.
                if !line.components(separatedBy: "\"\"\"").count.isMultiple(of: 2) { return "" }
                inText.toggle()
                return ""
            }
            if inText { return "" }
            return Self.code(of: line, &inBlock)
        }
    }

    private static func code(of line: Substring, _ inBlock: inout Bool) -> String {
        var code = ""
        var inString = false
        var rest = line
        while let character = rest.first {
            if inBlock {
                if rest.hasPrefix("*/") {
                    inBlock = false
                    rest = rest.dropFirst()
                }
            } else if inString {
                if character == "\\" { rest = rest.dropFirst() } else if character == "\"" { inString = false }
            } else if rest.hasPrefix("//") {
                break
            } else if rest.hasPrefix("/*") {
                inBlock = true
            } else if character == "\"" {
                inString = true
            } else {
                code.append(character)
            }
            rest = rest.dropFirst()
        }
        return code
    }

    /// The modules that the file imports, with the line of each, from 1.
    var imports: [(module: String, line: Int)] {
        code.enumerated().compactMap { index, line in
            guard let match = line.firstMatch(of: Self.importLine) else { return nil }
            return (String(match.output.1), index + 1)
        }
    }

    private static nonisolated(unsafe) let importLine =  // A Regex is immutable, but not marked so.
        #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/#
}

/// The package as it is checked out.
enum Package {
    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    }

    /// Every file below Sources that git tracks, or would once added; a fresh file is held to the rules as well.
    static func sources() throws -> [SourceFile] {
        let git = Process()
        git.executableURL = URL(filePath: "/usr/bin/env")
        git.arguments = ["git", "-C", folder.path, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "Sources"]
        let pipe = Pipe()
        git.standardOutput = pipe
        try git.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        git.waitUntilExit()
        guard git.terminationStatus == 0 else { throw Failure("git ls-files failed in \(folder.path)") }
        return try output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            // Deleted, and not yet committed so.
            .filter { FileManager.default.fileExists(atPath: folder.appending(path: $0).path) }
            .map { SourceFile(path: $0, text: try text($0)) }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}
