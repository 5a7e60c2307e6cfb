import DequeModule
internal import HectorCore
package import HectorProviders

/// The histories of all sessions, bounded in number, size and age.
///
/// A session belongs to an owner and an agent: the same name is another session for another owner.
///
/// A session remembers whole turns only, so a history never begins in the middle of one.
struct SessionStore: Sendable {
    struct Key: Hashable, Sendable {
        var owner = ""
        var agent: String
        var session: String
    }

    private struct Session {
        var turns: Deque<[Message]> = []
        var messages = 0
        var bytes = 0
        var lastUsed: Instant
    }

    private let limits: AgentLimits
    /// The one unused for longest first.
    private var sessions = OwnedStore<Key, Session>()

    init(limits: AgentLimits) {
        self.limits = limits
    }

    var count: Int { sessions.count }

    /// What was said so far, oldest first; empty for a session that is new or forgotten.
    mutating func history(of key: Key, at now: Instant) -> [Message] {
        expire(at: now)
        guard var session = sessions.remove(key) else { return [] }
        session.lastUsed = now
        sessions.put(session, for: key, of: key.owner)
        return session.turns.flatMap { $0 }
    }

    /// Remembers a finished turn, and forgets what no longer fits: of this session its oldest turns
    /// (the new one too, where it alone is too large), of all sessions the one unused for longest of the owner that has the most.
    mutating func append(_ turn: [Message], to key: Key, at now: Instant) {
        expire(at: now)
        var session = sessions.remove(key) ?? Session(lastUsed: now)
        session.lastUsed = now
        session.turns.append(turn)
        session.messages += turn.count
        session.bytes += bytes(of: turn)
        while session.messages > limits.sessionMessages || session.bytes > limits.sessionBytes {
            let oldest = session.turns.removeFirst()
            session.messages -= oldest.count
            session.bytes -= bytes(of: oldest)
        }
        sessions.put(session, for: key, of: key.owner)
        sessions.makeRoom(count: limits.sessions)
    }

    /// Forgets the sessions of agents that are no more.
    mutating func keep(agents: Set<String>) {
        sessions.removeAll { !agents.contains($0.agent) }
    }

    private mutating func expire(at now: Instant) {
        while let oldest = sessions.oldest, oldest.value.lastUsed.duration(to: now) > limits.sessionIdle { sessions.remove(oldest.key) }
    }

    private func bytes(of turn: [Message]) -> Int {
        turn.reduce(0) { $0 + $1.bytes(perItem: limits.itemBytes) }
    }
}

extension Message {
    /// All of its texts and images, and what it and its parts and calls occupy beside them.
    ///
    /// - Parameter perItem: What each of these occupies.
    package func bytes(perItem: Int) -> Int {
        let calls = toolCalls.reduce(0) { $0 + perItem + $1.id.utf8.count + $1.name.utf8.count + $1.argumentsJson.utf8.count }
        let parts = parts.reduce(0) { $0 + perItem + $1.bytes }
        return perItem + role.utf8.count + content.utf8.count + toolCallID.utf8.count + calls + parts
    }
}

extension ContentPart {
    fileprivate var bytes: Int {
        switch part {
        case .text(let text): text.utf8.count
        case .image(let image): image.mediaType.utf8.count + image.data.count
        case nil: 0
        }
    }
}
