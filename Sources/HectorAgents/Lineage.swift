/// Which agents have asked each other up to a turn, on this host or elsewhere.
package final class Lineage: Sendable, Equatable {
    /// Ids, the first one first. In a `Chat`: those that ask; in a turn with the agent that makes it.
    package let path: [String]
    /// What is left of the budget of the one that asks; nil in the first turn.
    package let budget: TurnBudget?

    package init(path: [String], budget: TurnBudget? = nil) {
        self.path = path
        self.budget = budget
    }

    package static func == (a: Lineage, b: Lineage) -> Bool { a.path == b.path && a.budget == b.budget }

    /// - Throws: `AgentError.tooDeep` where nobody may be asked any more.
    func check(depth: Int, asking agent: String) throws(AgentError) {
        guard path.count >= depth else { return }
        throw AgentError(
            .tooDeep,
            "Agents may ask each other \(depth) levels deep, and this is the last one (\(path.joined(separator: " → "))): answer without asking \"\(agent)\".")
    }
}
