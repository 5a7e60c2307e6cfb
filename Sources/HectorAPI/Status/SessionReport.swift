import HectorAgents
import HectorProviders

/// One session as `GET /sessions` and `GET /sessions/ID` show it.
///
/// ```json
/// {"id": "0d5c…", "agent": "helper", "session": "trip", "client": "shop", "turns": 3, "began": 1790000000, "used": 1790000100}
/// ```
package struct SessionReport: Codable, Sendable, Equatable {
    package var id: String
    package var agent: String
    /// As the client calls it: A2A's context.
    package var session: String
    /// Whose it is; empty for the administrator's, and where no tokens are used.
    package var client: String
    /// Turns that are kept.
    package var turns: Int
    /// Seconds since 1970.
    package var began: Int64
    package var used: Int64
    /// Of what its model is not given in full any more; only where one session is shown.
    package var summary: String?
    /// The oldest first; only where one session is shown.
    package var messages: [SaidMessage]?

    package struct SaidMessage: Codable, Sendable, Equatable {
        package var role: String
        package var text: String
        /// Names of the tools that it calls.
        package var calls: [String]?
    }

    /// - Parameter messages: Nil: the session without what was said in it.
    init(_ record: SessionRecord, messages detail: Detail?) {
        id = record.key.shortID
        agent = record.key.agent
        session = record.key.session
        client = record.key.owner
        turns = record.turns.count
        began = record.began
        used = record.used
        guard let detail else { return }
        let isWhole = detail == .whole
        if isWhole { summary = record.summary?.text }
        messages = record.turns.joined().compactMap { message in
            guard isWhole || ["user", "assistant"].contains(message.role) && !message.content.isEmpty else { return nil }
            return SaidMessage(
                role: message.role, text: message.content, calls: isWhole && !message.toolCalls.isEmpty ? message.toolCalls.map(\.name) : nil)
        }
    }

    enum Detail {
        /// What the client was told.
        case said
        /// With what tools were asked and returned, and the summary that is made of it: the administrator's to know.
        case whole
    }
}

/// `GET /sessions`, the session used last first.
package struct SessionList: Codable, Sendable, Equatable {
    package var sessions: [SessionReport]
}

/// `DELETE /sessions` and `DELETE /sessions/ID`.
package struct SessionsDeleted: Codable, Sendable, Equatable {
    package var deleted: Int
}

extension SessionKey {
    /// Its id for people: the chance that two of a thousand sessions share it is one in a trillion.
    var shortID: String { String(id.prefix(16)) }
}
