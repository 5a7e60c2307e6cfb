import Foundation

/// A text file of the package, under the path that git knows it by.
struct SourceFile: Sendable {
    let path: String
    let text: String
    let lines: [String]
    /// The lines with everything cut away that is a comment or stands in a string, so that rules see code only.
    ///
    /// Enough for this package's style, not a lexer: a raw string with quotes inside would confuse it.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { String(Substring($0)) }
        code = Self.code(of: lines)
    }

    /// `HectorRPC` for `Sources/HectorRPC/TLS/TLSEngine.swift`.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    var isGenerated: Bool { path.hasSuffix(".pb.swift") || path.hasSuffix(".generated.swift") }

    private static func code(of lines: [String]) -> [String] {
        var inBlock = false
        var inText = false
        return lines.map { line in
            // A line with an odd number of delimiters opens or closes a text of several lines.
            let delimiters = line.contains("\"\"\"") ? line.components(separatedBy: "\"\"\"").count - 1 : 0
            defer { if !delimiters.isMultiple(of: 2) { inText.toggle() } }
            return inText || delimiters > 0 ? "" : code(of: line, &inBlock)
        }
    }

    private static func code(of line: String, _ inBlock: inout Bool) -> String {
        var code: [UInt8] = []
        var inString = false
        var rest = Array(line.utf8)[...]
        while let byte = rest.popFirst() {
            let pair = (byte, rest.first)
            if inBlock {
                if pair == (UInt8(ascii: "*"), UInt8(ascii: "/")) {
                    inBlock = false
                    rest.removeFirst()
                }
            } else if inString {
                if byte == UInt8(ascii: "\\") { _ = rest.popFirst() }
                inString = byte != UInt8(ascii: "\"")
            } else if pair == (UInt8(ascii: "/"), UInt8(ascii: "/")) {
                break
            } else if pair == (UInt8(ascii: "/"), UInt8(ascii: "*")) {
                inBlock = true
            } else if byte == UInt8(ascii: "\"") {
                inString = true
            } else {
                code.append(byte)
            }
        }
        return String(decoding: code, as: UTF8.self)
    }

    /// The modules that the file imports, with the line of each, from 1.
    var imports: [(module: String, line: Int)] {
        code.enumerated().compactMap { index, line in
            // Regular expressions are slow: most lines need none.
            guard line.contains("import"), let match = line.firstMatch(of: Self.importLine) else { return nil }
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

    /// Every file below Sources.
    static func sources() throws -> [SourceFile] { try read.get() }

    /// Those that git tracks, or would once added: a fresh file is held to the rules as well.
    private static let read = Result { () throws -> [SourceFile] in
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
