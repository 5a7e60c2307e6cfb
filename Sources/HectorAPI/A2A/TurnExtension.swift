import HectorAgents
import HectorCore

/// An extension of A2A for agents that ask each other: the metadata of a message say which agents asked up to it, and what they leave of
/// their budget; the metadata of a task that has ended say what was used of it. A client can only make its own turn smaller by it.
enum TurnExtension {
    static let uri = AgentTurnExtension.uri

    /// As cards declare it.
    static var declaration: JSON {
        ["uri": .string(uri), "description": "Tells which agents ask each other and what is left of their budget, so that they come to an end.", "required": false]
    }

    /// What the metadata of a message say; nil where they say nothing that can be read.
    static func lineage(_ metadata: JSONText) -> Lineage? {
        guard let turn = metadata[uri], turn.kind == .object else { return nil }
        var path: [String] = []
        turn["path"]?.forEachElement { _, name in
            guard path.count < A2ALimits.lineage, let name = name.string, !name.isEmpty else { return }
            path.append(singleLine(name, limit: 64))
        }
        guard !path.isEmpty else { return nil }
        func number(_ key: String, most: Int) -> Int? { turn[key]?.int.flatMap { $0 > 0 ? min($0, most) : nil } }
        // What is not said is not limited by it.
        let time = number("milliseconds", most: 1 << 42).map { Duration.milliseconds($0) } ?? .seconds(1 << 32)
        return Lineage(
            path: path,
            budget: TurnBudget(toolCalls: number("tool_calls", most: .max) ?? .max, tokens: number("tokens", most: .max), time: time))
    }

    /// The metadata of a task that has ended.
    static func metadata(_ spent: TurnSpending) -> JSON {
        .object([uri: ["tokens": .integer(Int64(spent.tokens)), "tool_calls": .integer(Int64(spent.toolCalls))]])
    }
}
