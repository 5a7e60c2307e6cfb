/// How much of a foreign file is believed. Past a bound the file is refused.
package struct YAMLLimits: Sendable, Equatable {
    /// Bytes of a file: thousands of lines.
    package var bytes = 256 << 10
    /// Values after every alias is expanded, against "billion laughs" files. A variable
    /// in a value counts as a node.
    package var nodes = 20_000
    /// Nesting of lists and mappings, aliases expanded: bounds the stack of recursive functions.
    package var depth = 32
    /// Bytes of one key or value as it is written.
    package var scalarBytes = 64 << 10
    /// Bytes of a value after variables are replaced, unless the key allows long texts.
    package var textBytes = 64 << 10
    /// `%TAG` lines. libyaml compares each with all before it: a megabyte of them would take it minutes.
    package var directives = 16
    /// Problems reported at once: more than a person reads.
    package var diagnostics = 50

    package init() {}

    /// For the user's own files, in which system prompts stand.
    package static let configuration = {
        var limits = YAMLLimits()
        limits.bytes = 4 << 20
        limits.scalarBytes = 1 << 20
        return limits
    }()
}
