import HectorAgents

/// One of those who may call the front, with a token of its own (`server.clients`).
package struct APIClient: Sendable, Equatable {
    /// What it stores belongs to this name: another token does not change that.
    package var name: String
    /// The bearer token.
    package var token: String
    /// Agents, and plugins by their mesh name, that exist for it; nil for public agents and all plugins.
    package var agents: Set<String>?

    package init(name: String, token: String, agents: Set<String>? = nil) {
        self.name = name
        self.token = token
        self.agents = agents
    }
}

/// Who sent a request, as its token tells.
enum Caller: Sendable, Equatable {
    /// Nobody looked at its token: nothing exists for it.
    case unknown
    /// The server has no tokens: all callers are treated alike.
    case anyone
    /// The holder of `server.token`.
    case admin
    indirect case client(APIClient)

    /// Whose what it stores is. No client has the empty name.
    var owner: String {
        if case .client(let client) = self { client.name } else { "" }
    }

    /// Whether what belongs to that owner exists for it.
    func sees(_ owner: String) -> Bool {
        switch self {
        case .unknown: false
        case .anyone, .admin: true
        case .client(let client): client.name == owner
        }
    }

    /// The agents and models that it may call.
    var reach: ChatBackend.Reach {
        switch self {
        case .unknown: .nobody
        case .anyone, .admin: .all
        case .client(let client): client.agents.map { .only($0) } ?? .listed
        }
    }

    /// - Throws: `APIError.forbidden` for a client: what goes on in the server is the administrator's to know.
    func requireAdmin() throws(APIError) {
        switch self {
        case .anyone, .admin: return
        case .unknown, .client:
            throw APIError(.forbidden, "Only the administrator may see this: send the token of server.token, which the server needs for that.")
        }
    }
}

/// The only way from a request to agents and models: to those that exist for its caller.
struct Recipients: Sendable {
    private let all: ChatBackend

    init(_ all: ChatBackend) { self.all = all }

    /// The backend as the request's caller sees it.
    func callAsFunction(for context: APIContext) -> ChatBackend { all.reaching(context.caller.reach, owner: context.caller.owner) }

    /// What the agents that act did in their latest turns, of all callers: each run has its owner.
    var runs: RunLog { all.runs }

    var sessions: Sessions { all.sessions }

    /// The plugins that the server is not ready without.
    var needs: [(agent: String?, plugin: String)] { all.needs }

    func plugin(meant name: String) -> String { all.plugin(meant: name) }
}
