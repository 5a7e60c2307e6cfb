import HectorCore

/// One value of a YAML file, aliases and merge keys (`<<`) already replaced by what they stand for.
package struct YAMLNode: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case scalar(String, Style)
        case sequence([YAMLNode])
        /// In the order of the file; no key twice.
        case mapping([Entry])
    }

    /// How a scalar is written.
    package enum Style: Sendable {
        case plain
        /// In single or double quotes, or as a block (`|`, `>`): always text, never a number, boolean or null.
        case quoted
    }

    package struct Key: Sendable, Equatable {
        package let text: String
        package let position: Position
    }

    package struct Entry: Sendable, Equatable {
        package let key: Key
        package let value: YAMLNode
    }

    package let content: Content
    /// Where it is written; for what an alias stands for, where the anchor is.
    package let position: Position
    /// Nodes in this tree, itself included.
    let size: Int
    /// Lists and mappings inside each other in this tree.
    let height: Int

    /// Empty, `~` or `null`, without quotes.
    package var isNull: Bool {
        guard case .scalar(let text, .plain) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What it is, as messages call it.
    var kind: String {
        switch content {
        case .scalar where isNull: "nothing"
        case .scalar(let text, _): quoted(text)
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}
