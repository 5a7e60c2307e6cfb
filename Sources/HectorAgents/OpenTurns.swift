import HectorCore
import HectorProviders

/// Turns that wait for what a client's own tools return: what the agent did itself in them, which no client is told, to be put back when
/// the client goes on.
struct OpenTurns: Sendable {
    struct Key: Hashable, Sendable {
        var owner: String
        var agent: String
        var turn: String
    }

    private struct Entry: Sendable {
        var messages: [Message]
        var until: Instant
    }

    private let limits: AgentLimits
    /// The oldest first.
    private var turns = OwnedStore<Key, Entry>()

    init(limits: AgentLimits) { self.limits = limits }

    var count: Int { turns.count }

    /// The id of a client's call in an open turn: no two turns have the same.
    static func callID(turn: String, number: Int) -> String { "\(prefix)\(turn)_\(number)" }

    /// The open turn that the id of a call names; nil for an id that was not made by `callID`.
    static func turn(ofCall id: String) -> String? {
        guard id.hasPrefix(prefix), let end = id.lastIndex(of: "_"), Int(id[id.index(after: end)...]) != nil else { return nil }
        let start = id.index(id.startIndex, offsetBy: prefix.count)
        return start < end ? String(id[start..<end]) : nil
    }

    private static let prefix = "turn_"

    /// Keeps what a turn added up to the client's calls.
    mutating func keep(_ messages: [Message], for key: Key, at now: Instant) {
        expire(at: now)
        let bytes = messages.reduce(0) { $0 + $1.bytes(perItem: limits.itemBytes) }
        turns.put(Entry(messages: messages, until: now.advanced(by: limits.openTurnTime)), for: key, of: key.owner, bytes: bytes)
        turns.makeRoom(count: limits.openTurns, bytes: limits.openTurnsBytes)
    }

    /// The conversation as the agent's model should see it: each message with calls of an open turn is replaced by all that the agent said
    /// and did up to these calls. Of a turn that is forgotten, the model is told that something is missing.
    mutating func restored(_ messages: [Message], owner: String, agent: String, at now: Instant) -> [Message] {
        guard messages.contains(where: { $0.openTurn != nil }) else { return messages }
        expire(at: now)
        var restored: [Message] = []
        for message in messages {
            guard let turn = message.openTurn else {
                restored.append(message)
                continue
            }
            if let known = turns[Key(owner: owner, agent: agent, turn: turn)]?.value {
                restored += known.messages
            } else {
                var message = message
                message.content += (message.content.isEmpty ? "" : "\n") + "[Other tools were used here, too; what they returned is no longer known.]"
                restored.append(message)
            }
        }
        return restored
    }

    /// Forgets the turns of agents that are no more.
    mutating func keep(agents: Set<String>) { turns.removeAll { !agents.contains($0.agent) } }

    private mutating func expire(at now: Instant) {
        while let oldest = turns.oldest, oldest.value.until < now { turns.remove(oldest.key) }
    }
}

extension Message {
    /// The open turn that its calls belong to.
    fileprivate var openTurn: String? {
        role == "assistant" ? toolCalls.lazy.compactMap { OpenTurns.turn(ofCall: $0.id) }.first : nil
    }
}
