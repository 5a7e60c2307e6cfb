import HectorCore
package import HectorProviders

/// Names a session: the same name is another session for another owner and for another agent.
package struct SessionKey: Hashable, Sendable {
    /// The client's name; empty for the administrator and where no tokens are used.
    package var owner = ""
    package var agent: String
    package var session: String

    package init(owner: String = "", agent: String, session: String) {
        self.owner = owner
        self.agent = agent
        self.session = session
    }

    /// Names it among all sessions, in URLs and in the state directory.
    package var id: String {
        // Neither owners nor agents have a zero byte in their names.
        hexadecimal(SHA256.hash(Array("\(owner)\u{0}\(agent)\u{0}\(session)".utf8)))
    }
}

/// The histories of all sessions, bounded in number, size and age.
///
/// A session remembers whole turns only, so a history never begins in the middle of one.
struct SessionTable: Sendable {
    private struct Session {
        var record: SessionRecord
        var messages = 0
        var bytes = 0
        var lastUsed: Instant
        /// Nil: as the limits say.
        var keep: Duration?
    }

    private let limits: AgentLimits
    /// The one unused for longest first.
    private var sessions = OwnedStore<SessionKey, Session>()
    private var lastSweep = Instant()
    /// Sessions that were forgotten since somebody asked for them.
    private var forgotten: [SessionKey] = []

    init(limits: AgentLimits) {
        self.limits = limits
    }

    var count: Int { sessions.count }

    subscript(key: SessionKey) -> SessionRecord? { sessions[key]?.value.record }

    /// Of all sessions, the one used last first.
    var records: [SessionRecord] { sessions.newestFirst.map(\.value.record) }

    /// Those that were forgotten since this was called last.
    mutating func takeForgotten() -> [SessionKey] {
        defer { forgotten = [] }
        return forgotten
    }

    /// What was said so far, oldest first; empty for a session that is new or forgotten.
    mutating func history(of key: SessionKey, at now: Instant) -> [Message] { use(key, at: now)?.turns.flatMap { $0 } ?? [] }

    /// A session that is used now; nil for one that is new or forgotten.
    mutating func use(_ key: SessionKey, at now: Instant) -> SessionRecord? {
        expire(at: now, asked: key)
        guard var session = sessions.remove(key) else { return nil }
        session.lastUsed = now
        sessions.put(session, for: key, of: key.owner)
        return session.record
    }

    /// Remembers a finished turn, and forgets what no longer fits: of this session its oldest turns
    /// (the new one too, where it alone is too large), of all sessions the one unused for longest of the owner that has the most.
    ///
    /// - Parameters:
    ///   - keep: How long it lives unused; nil: as the limits say.
    ///   - wall: Seconds since 1970.
    mutating func append(_ turn: [Message], to key: SessionKey, keep: Duration? = nil, at now: Instant, wall: Int64 = 0) {
        expire(at: now, asked: key)
        var session = sessions.remove(key) ?? Session(record: SessionRecord(key: key, began: wall, used: wall), lastUsed: now)
        session.lastUsed = now
        session.keep = keep
        session.record.used = wall
        session.record.keep = keep
        session.record.turns.append(turn)
        put(session)
    }

    /// A session as it was kept.
    ///
    /// - Parameter wall: Seconds since 1970, now.
    mutating func restore(_ record: SessionRecord, at now: Instant, wall: Int64) {
        let idle = Duration.seconds(max(0, wall - record.used))
        put(Session(record: record, lastUsed: now.advanced(by: .zero - idle), keep: record.keep))
        expire(at: now, asked: record.key)
    }

    /// - Returns: Whether the session is still there, and was not summarised further meanwhile.
    mutating func summarise(_ key: SessionKey, _ summary: SessionRecord.Summary) -> Bool {
        guard var session = sessions[key]?.value, session.record.summary.map({ $0.turns < summary.turns }) ?? true else { return false }
        session.record.summary = summary
        sessions.put(session, for: key, of: key.owner)
        return true
    }

    mutating func remove(_ key: SessionKey) { if sessions.remove(key) != nil { forgotten.append(key) } }

    /// Forgets the sessions of agents that are no more.
    mutating func keep(agents: Set<String>) {
        for key in Array(sessions.keys) where !agents.contains(key.agent) { remove(key) }
    }

    private mutating func put(_ given: Session) {
        var session = given
        session.messages = session.record.turns.reduce(0) { $0 + $1.count }
        session.bytes = session.record.turns.reduce(0) { $0 + bytes(of: $1) }
        while session.messages > limits.sessionMessages || session.bytes > limits.sessionBytes {
            let oldest = session.record.turns.removeFirst()
            session.record.forgotten += 1
            session.messages -= oldest.count
            session.bytes -= bytes(of: oldest)
        }
        let key = session.record.key
        sessions.put(session, for: key, of: key.owner)
        forgotten += sessions.makeRoom(count: limits.sessions)
    }

    /// Sessions have times of their own: all are looked at once a minute, and the one that is asked for each time.
    private mutating func expire(at now: Instant, asked: SessionKey) {
        let isDue = lastSweep.duration(to: now) >= .seconds(60)
        if isDue { lastSweep = now }
        for key in isDue ? Array(sessions.keys) : [asked] {
            guard let session = sessions[key]?.value, session.lastUsed.duration(to: now) > session.keep ?? limits.sessionIdle else { continue }
            remove(key)
        }
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
