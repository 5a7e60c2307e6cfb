/// Why a turn could not be run, where the fault is not the provider's (that is a `ProviderError`).
package struct AgentError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// No agent, or for a raw generation no plugin, has that name.
        case notFound
        /// The agent's definition names an unknown plugin.
        case missingProvider
        /// The agent has as many turns as it may have.
        case busy
        /// The turn itself is wrong.
        case invalidRequest
        /// The model went on past the bound of an answer.
        case answerTooLong
        /// The answer is not in the form, or does not call the tool, that was asked for, and was not the second time either.
        case notAsAsked
        /// The turn took longer than its budget allows.
        case outOfTime
        /// A reasoning plugin asked for a step that cannot be taken.
        case wrongStep
        /// A reasoning plugin ended the turn without an answer.
        case gaveUp
        /// Agents ask each other too deep.
        case tooDeep
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// Errors are equal by code.
    package static func == (a: AgentError, b: AgentError) -> Bool { a.code == b.code }
}
