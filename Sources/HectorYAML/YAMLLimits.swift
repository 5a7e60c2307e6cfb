/// How much of a foreign file is believed. Past a bound the file is refused.
package struct YAMLLimits: Sendable, Equatable {
    /// Bytes of a file: thousands of lines. libyaml compares every `%TAG` directive with all before it, which at this
    /// size takes a third of a second and at four times it five seconds.
    package var bytes = 256 << 10
    /// Nodes after every alias is replaced by what it stands for: what a "billion laughs" file would blow up.
    package var nodes = 20_000
    /// Lists and mappings inside each other, aliases replaced: what recursion over the tree costs of the stack.
    package var depth = 32
    /// Bytes of one key or value, variables replaced. Long enough for a system prompt.
    package var scalarBytes = 64 << 10
    /// Problems told at once; more than a person reads.
    package var diagnostics = 50

    package init() {}
}
