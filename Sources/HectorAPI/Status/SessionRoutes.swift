import HectorAgents
import HectorCore
import Hummingbird

/// `/sessions`: what agents remember of their callers' conversations. A client sees its own, the administrator all.
struct SessionRoutes {
    let sessions: Sessions

    func add(to router: RouteGroup) {
        router.get("sessions") { _, context in
            try Response(encoding: SessionList(sessions: seen(by: context).map { SessionReport($0, messages: nil) }))
        }
        router.get("sessions/:session") { _, context in
            let isAdmin = (try? context.caller.requireAdmin()) != nil
            return try Response(encoding: SessionReport(try one(context), messages: isAdmin ? .whole : .said))
        }
        router.delete("sessions") { _, context in try await delete(seen(by: context), context) }
        router.delete("sessions/:session") { _, context in try await delete([try one(context)], context) }
    }

    private func seen(by context: APIContext) -> [SessionRecord] { sessions.all.filter { context.caller.sees($0.key.owner) } }

    /// The session of the path, by its id or by the name that its client gave it.
    private func one(_ context: APIContext) throws -> SessionRecord {
        let name = try context.parameter("session")
        let found = seen(by: context).filter { $0.key.shortID == name || $0.key.session == name }
        guard let first = found.first else {
            throw APIError(.notFound, "There is no session \(quoted(name)): `hector sessions list` shows those that are kept.")
        }
        guard found.count == 1 else {
            throw APIError(.invalidRequest, "\(found.count) sessions are called \(quoted(name)): give the id of one, such as \(first.key.shortID).")
        }
        return first
    }

    private func delete(_ records: [SessionRecord], _ context: APIContext) async throws -> Response {
        guard context.caller != .anyone else {
            throw APIError(.forbidden, "This server has no tokens, so anybody who reaches it could delete: use `hector sessions delete` on its machine, or set server.token and send it.")
        }
        do {
            try await sessions.delete(records.map(\.key))
        } catch {
            throw APIError(.unavailable, "They are forgotten, but could not be removed from the state directory yet: \(error).")
        }
        return try Response(encoding: SessionsDeleted(deleted: records.count))
    }
}
