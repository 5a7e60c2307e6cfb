/// A pattern of relative paths: `*` and `?` stay within one name, `**` reaches over folders. A pattern without `/` means files of that name in
/// every folder.
package struct Glob: Sendable, Equatable {
    private let parts: [[UInt8]]

    package init(_ pattern: String) {
        let parts = pattern.split(separator: "/").map { Array($0.utf8) }
        self.parts = parts.count == 1 && !pattern.hasPrefix("/") ? [Array("**".utf8)] + parts : parts
    }

    package func matches(_ path: String) -> Bool { Self.matches(parts[...], path.split(separator: "/").map { Array($0.utf8) }[...]) }

    private static func matches(_ pattern: ArraySlice<[UInt8]>, _ names: ArraySlice<[UInt8]>) -> Bool {
        // The usual way without recursion: only the last `**` is ever tried again.
        var (pattern, names) = (pattern, names)
        var retry: (pattern: ArraySlice<[UInt8]>, names: ArraySlice<[UInt8]>)?
        while !names.isEmpty || !pattern.isEmpty {
            if let part = pattern.first {
                if part == Array("**".utf8) {
                    pattern = pattern.dropFirst()
                    retry = (pattern, names)
                    continue
                }
                if let name = names.first, matches(part[...], name[...]) {
                    (pattern, names) = (pattern.dropFirst(), names.dropFirst())
                    continue
                }
            }
            guard let last = retry, !last.names.isEmpty else { return false }
            (pattern, names) = (last.pattern, last.names.dropFirst())
            retry = (pattern, names)
        }
        return true
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        var (pattern, name) = (pattern, name)
        var retry: (pattern: ArraySlice<UInt8>, name: ArraySlice<UInt8>)?
        while !name.isEmpty || !pattern.isEmpty {
            if let byte = pattern.first {
                if byte == UInt8(ascii: "*") {
                    pattern = pattern.dropFirst()
                    retry = (pattern, name)
                    continue
                }
                if let other = name.first, byte == UInt8(ascii: "?") || byte == other {
                    (pattern, name) = (pattern.dropFirst(), name.dropFirst())
                    continue
                }
            }
            guard let last = retry, !last.name.isEmpty else { return false }
            (pattern, name) = (last.pattern, last.name.dropFirst())
            retry = (pattern, name)
        }
        return true
    }
}
