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
    /// The environment variables that this tree names with `${…}`, set or not.
    package let variables: Set<String>
    /// Nodes in this tree, itself included, and the variables of its values.
    let size: Int
    /// Lists and mappings inside each other in this tree.
    let height: Int

    /// `size` is without the variables of a single value, which are counted here.
    init(content: Content, position: Position, size: Int, height: Int) {
        self.content = content
        self.position = position
        self.height = height
        var variables: Set<String> = []
        var own = 0
        switch content {
        case .scalar(let text, _):
            variables = Expansion.variables(in: text)
            own = variables.count
        case .sequence(let items): for item in items { variables.formUnion(item.variables) }
        case .mapping(let entries): for entry in entries { variables.formUnion(entry.value.variables) }
        }
        self.variables = variables
        self.size = size + own
    }

    /// Empty, `~` or `null`, without quotes.
    package var isNull: Bool {
        guard case .scalar(let text, .plain) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What it is, as messages call it.
    var kind: String {
        switch content {
        case .scalar where isNull: "nothing"
        case .scalar(let text, _): cited(text)
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}
