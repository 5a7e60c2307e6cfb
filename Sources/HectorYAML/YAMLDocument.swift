import HectorCore

/// A file as a tree, read whole and within bounds.
package struct YAMLDocument: Sendable {
    /// The file's name, as diagnostics cite it.
    package let file: String
    package let root: YAMLNode
    /// What is wrong although the tree can be read: duplicate keys, tags, aliases of nothing.
    /// `decode` throws them together with its own.
    package let problems: [Diagnostic]
    package let limits: YAMLLimits

    /// Parses the text of `file`. Throws where no tree can be made of it.
    package init(text: String, file: String, limits: YAMLLimits = YAMLLimits()) throws(InvalidYAML) {
        try self.init(bytes: Array(text.utf8), file: file, limits: limits)
    }

    /// Parses the bytes of `file`, which must be UTF-8. Throws where no tree can be made of them.
    package init(bytes: [UInt8], file: String, limits: YAMLLimits = YAMLLimits()) throws(InvalidYAML) {
        let start = Position(line: 1, column: 1)
        guard bytes.count <= limits.bytes else {
            throw InvalidYAML([Diagnostic(
                file: file, position: start, message: "the file is longer than \(limits.bytes) bytes: shorten it")])
        }
        if let line = Self.line(ofDirective: limits.directives + 1, in: bytes) {
            throw InvalidYAML([Diagnostic(
                file: file, position: Position(line: line, column: 1),
                message: "more than \(limits.directives) %TAG directives: tags are not supported, remove them")])
        }
        let tree = try Self.tree(of: bytes, file: file, limits: limits)
        self.file = file
        self.limits = limits
        root = tree.root ?? YAMLNode(content: .scalar("", .plain), position: start, size: 1, height: 0)
        problems = tree.problems
    }

    /// Reads and parses the file at `path`.
    package init(contentsOf path: String, limits: YAMLLimits = YAMLLimits()) throws(InvalidYAML) {
        // One byte more than allowed tells that the file is too long, whatever its length says.
        let bytes: [UInt8]
        do throws(UnreadableFile) {
            bytes = try HectorCore.contents(ofFile: path, upTo: limits.bytes + 1)
        } catch {
            throw InvalidYAML([Diagnostic(
                file: path, position: Position(line: 1, column: 1), message: "the file cannot be read: \(error)")])
        }
        try self.init(bytes: bytes, file: path, limits: limits)
    }

    /// The line of the `number`th `%TAG` that begins one; nil when there are fewer.
    private static func line(ofDirective number: Int, in bytes: [UInt8]) -> Int? {
        var (found, line) = (0, 1)
        var last = UInt8(ascii: "\n")
        for (index, byte) in bytes.enumerated() {
            // Also after the other line breaks that libyaml knows: CR, and the last bytes of NEL, LS and PS.
            if byte == UInt8(ascii: "%"), [0x0A, 0x0D, 0x85, 0xA8, 0xA9].contains(last), bytes[index...].starts(with: "%TAG".utf8) {
                found += 1
                if found == number { return line }
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            last = byte
        }
        return nil
    }

    private static func tree(of bytes: [UInt8], file: String, limits: YAMLLimits) throws(InvalidYAML) -> YAMLTree {
        try bytes.withUnsafeBufferPointer { buffer throws(InvalidYAML) in
            let hasMark = buffer.starts(with: [0xEF, 0xBB, 0xBF])
            var events = YAMLEvents(
                hasMark ? UnsafeBufferPointer(rebasing: buffer.dropFirst(3)) : buffer, file: file, limits: limits)
            var tree = YAMLTree(file: file, limits: limits)
            while true {
                let event: YAMLEvent
                do throws(InvalidYAML) {
                    event = try events.next()
                } catch {
                    throw InvalidYAML(tree.problems + error.diagnostics)
                }
                if case .streamEnd = event { return tree }
                try tree.add(event)
            }
        }
    }
}
