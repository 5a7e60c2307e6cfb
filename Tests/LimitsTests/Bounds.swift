import Foundation
import HectorCore

/// One bound, as the code has it now.
struct Bound {
    let name: String
    let value: Value
    /// The doc comment of its declaration.
    var reason: String

    enum Value {
        case time(Duration)
        case bytes(Int)
        case count(Int)
        case number(Double)
        case text(String)

        /// For people: `4 MiB`, `1,024`, `500 ms`.
        var text: String {
            switch self {
            case .time(let time): Self.text(time)
            case .bytes(let bytes): Self.text(bytes: bytes)
            case .count(let count): Self.grouped(count)
            case .number(let number): "\(number)".hasSuffix(".0") ? Self.grouped(Int(number)) : "\(number)"
            case .text(let text): text
            }
        }

        static func text(_ time: Duration) -> String {
            if time > .zero, time < .milliseconds(1) { return "\(Int(time / .microseconds(1))) µs" }
            let milliseconds = Int(time / .milliseconds(1))
            let units = [(3_600_000, "h"), (60_000, "min"), (1_000, "s")]
            for (size, unit) in units where milliseconds >= size && milliseconds.isMultiple(of: size) {
                return "\(grouped(milliseconds / size)) \(unit)"
            }
            return milliseconds < 1_000 ? "\(milliseconds) ms" : "\(Double(milliseconds) / 1_000) s"
        }

        static func text(bytes: Int) -> String {
            let units = [(1 << 20, "MiB"), (1 << 10, "KiB")]
            for (size, unit) in units where bytes >= size && bytes.isMultiple(of: size) { return "\(grouped(bytes / size)) \(unit)" }
            return "\(grouped(bytes)) bytes"
        }

        private static func grouped(_ number: Int) -> String {
            var digits = "\(number)"
            var index = digits.endIndex
            while let next = digits.index(index, offsetBy: -3, limitedBy: digits.startIndex), next > digits.startIndex {
                digits.insert(",", at: next)
                index = next
            }
            return digits
        }
    }
}

/// The bounds of one declaration in the sources.
struct BoundGroup {
    /// As the sources name it.
    let title: String
    let file: String
    let bounds: [Bound]

    /// All stored properties of a value. Their doc comments are read from its source.
    init(_ title: String, _ file: String, reflecting value: Any) throws {
        try self.init(title, file, Mirror(reflecting: value).children.compactMap { child in child.label.map { ($0, child.value) } })
    }

    /// - Parameter values: Names as declared in the file, with their values.
    init(_ title: String, _ file: String, _ values: [(String, Any)]) throws {
        self.title = title
        self.file = "Sources/\(file)"
        let lines = try String(contentsOf: Package.folder.appending(path: self.file), encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        bounds = try values.map { name, value in
            let reason = try Self.reason(name, lines)
            return Bound(name: name, value: try Self.value(value, name, reason), reason: reason)
        }
    }

    private static let namesOfBytes = ["byte", "window", "memory", "messagelength", "listsize", "watermark", "largestfile", "limit", "longestmessage", "longesttrailers", "bodyprogress"]

    private static func value(_ value: Any, _ name: String, _ reason: String) throws -> Bound.Value {
        switch value {
        case let time as Duration: .time(time)
        case let range as ClosedRange<Duration>:
            .text("\(range.lowerBound == .zero ? "0" : Bound.Value.text(range.lowerBound)) to \(Bound.Value.text(range.upperBound))")
        case let range as ClosedRange<Int>: .text("\(Bound.Value.count(range.lowerBound).text) to \(Bound.Value.count(range.upperBound).text)")
        case let number as Int:
            reason.hasPrefix("Bytes") || name == "short" || namesOfBytes.contains(where: name.lowercased().contains) ? .bytes(number) : .count(number)
        case let number as Double: .number(number)
        case let backoff as Backoff:
            .text("\(Bound.Value.text(backoff.first)), then × \(backoff.multiplier), at most \(Bound.Value.text(backoff.longest)); times \(backoff.jitter.lowerBound) to \(backoff.jitter.upperBound)")
        default: throw Failure("\(name): no way to show \(type(of: value))")
        }
    }

    /// The `///` lines above a declaration. Declarations without a line between them share one comment.
    private static func reason(_ name: String, _ lines: [Substring]) throws -> String {
        guard var line = lines.firstIndex(where: { declares(name, $0) }) else {
            throw Failure("\(name) is not declared there")
        }
        while line > 0, isDeclaration(lines[line - 1]) { line -= 1 }
        var words: [String] = []
        while line > 0, let text = comment(lines[line - 1]) {
            words.insert(text, at: 0)
            line -= 1
        }
        return words.joined(separator: " ")
    }

    private static func declares(_ name: String, _ line: Substring) -> Bool {
        let words = line.split { !$0.isLetter && !$0.isNumber }
        return zip(words, words.dropFirst()).contains { ["var", "let", "func"].contains($0) && $1 == name }
    }

    private static func comment(_ line: Substring) -> String? {
        let line = line.trimmingCharacters(in: .whitespaces)
        return line.hasPrefix("///") ? line.dropFirst(3).trimmingCharacters(in: .whitespaces) : nil
    }

    private static func isDeclaration(_ line: Substring) -> Bool {
        let words = line.trimmingCharacters(in: .whitespaces).split(separator: " ")
        return ["var", "let"].contains { word in words.prefix(3).contains { $0 == word } }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}

enum Package {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String { try String(contentsOf: folder.appending(path: path), encoding: .utf8) }

    /// Every Swift file below Sources, by its path.
    static func sources() throws -> [(path: String, text: String)] {
        let folder = folder.appending(path: "Sources")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return try files.filter { $0.pathExtension == "swift" }
            .map { (String($0.path.dropFirst(folder.path.count + 1)), try String(contentsOf: $0, encoding: .utf8)) }
    }
}
