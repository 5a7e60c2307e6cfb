import HTTPTypes
import HectorAgents
import HectorCore
import HectorProviders
import Hummingbird

extension ChatBackend {
    /// Prepares an answer of the model of that name.
    ///
    /// - Parameter hints: Those of the request that no plugin can be told of.
    /// - Throws: `APIError` where there is no such model, where it is strict and cannot follow a hint, and where no replica can do
    ///   what the request needs.
    func open(_ chat: Chat, asModel name: String, hints: [String]) throws(APIError) -> Run {
        let recipient: Recipient
        do throws(AgentError) {
            recipient = try model(name)
        } catch {
            throw APIError(.modelNotFound, error.message, parameter: "model")
        }
        let run = open(chat, to: recipient)
        if run.isStrict, let hint = hints.first {
            throw APIError(.unsupportedParameter, "\(hint) cannot be followed, and the agent is strict: leave it out.", parameter: hint)
        }
        let lacking = run.lacking
        guard lacking.isEmpty else { throw APIError(lacking: lacking, of: run.plugin) }
        return run
    }
}

extension Response {
    /// Names the hints that were not followed.
    ///
    /// - Parameters:
    ///   - unread: Those that no plugin can be told of.
    ///   - left: Those that the model does not know.
    ///   - options: What the client asked for: an agent's own options are nothing of that.
    mutating func name(ignored unread: [String], _ left: Abilities, of options: GenerationOptions) {
        let left = left.intersection(options.hints?.given ?? [])
        guard !unread.isEmpty || !left.isEmpty else { return }
        let names = (unread + left.names).sorted().joined(separator: ", ")
        HTTPField.Name("x-hector-ignored").map { headers[$0] = names }
    }
}

extension APIError {
    /// - Parameter plugin: The mesh name of the model.
    fileprivate init(lacking: Abilities, of plugin: String) {
        let messages: Abilities = [.generateFromImages, .generateFromText, .generateFromTokens]
        let names = lacking.names
        self.init(
            .unsupportedParameter, "No replica of the model \"\(plugin)\" declares what the request needs: \(names.joined(separator: ", ")).",
            parameter: lacking.isDisjoint(with: messages) ? names.first : "messages")
    }
}
