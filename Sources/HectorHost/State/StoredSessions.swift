internal import FoundationEssentials
internal import HectorAgents
internal import HectorCore
internal import HectorProviders
internal import HectorStore
internal import SwiftProtobuf

/// Sessions of agents in the host's state directory.
struct StoredSessions: SessionStore {
    static let namespace = "sessions"

    let state: StateStore

    func all() -> [SessionRecord] {
        // Where it cannot be read, the store's conditions tell why. What a later version wrote in a form of its own is left where it is.
        ((try? state.listNow(in: Self.namespace)) ?? []).compactMap { SessionRecord(kept: $0.value) }
    }

    func write(_ keys: [SessionKey], _ latest: @escaping @Sendable (SessionKey) -> SessionRecord?) async throws {
        try await state.apply { [namespace = Self.namespace] in
            keys.map { key in
                latest(key)?.kept.map { .put(StateEntry(key: key.id, value: $0), namespace: namespace) } ?? .delete(key: key.id, namespace: namespace)
            }
        }
    }
}

/// The form of a session in the state directory.
private struct KeptSession: Codable {
    var owner: String
    var agent: String
    var session: String
    var began: Int64
    var used: Int64
    /// Seconds.
    var keep: Int64?
    var forgotten: Int
    var summary: String?
    var summarised: Int?
    /// Each as the messages of a `GenerateRequest`, in protobuf.
    var turns: [Data]
}

extension SessionRecord {
    /// Nil where it cannot be written: its texts came over protobuf, so it can.
    var kept: [UInt8]? {
        let kept = KeptSession(
            owner: key.owner, agent: key.agent, session: key.session, began: began, used: used, keep: keep?.components.seconds, forgotten: forgotten,
            summary: summary?.text, summarised: summary?.turns,
            turns: turns.compactMap { turn in
                var request = GenerateRequest()
                request.messages = turn
                return try? request.serializedBytes()
            })
        return (try? JSONEncoder().encode(kept)).map(Array.init)
    }

    /// Nil for bytes that are no session.
    init?(kept bytes: [UInt8]) {
        guard let kept = try? JSONDecoder().decode(KeptSession.self, from: Data(bytes)) else { return nil }
        self.init(key: SessionKey(owner: kept.owner, agent: kept.agent, session: kept.session), began: kept.began, used: kept.used)
        keep = kept.keep.map { .seconds($0) }
        forgotten = kept.forgotten
        if let text = kept.summary, let turns = kept.summarised { summary = Summary(text: text, turns: turns) }
        turns = kept.turns.compactMap { try? GenerateRequest(serializedBytes: $0).messages }
    }
}
