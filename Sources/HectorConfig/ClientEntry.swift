internal import HectorCore
import HectorYAML

/// A client of the HTTP server that has its own token.
package struct ClientEntry: Sendable, Equatable {
    /// Its key below `server.clients`: what it stores belongs to this name.
    package let name: String
    package let token: String
    /// Agents and LLM plugins that exist for it; nil for public agents and all plugins.
    package let agents: [String]?
    /// Where each of `agents` stands in the file.
    let origins: [Origin]
}

extension ClientEntry {
    /// Reads one client; `name` is its key.
    init?(_ cursor: Cursor, name: String) {
        if !Names.isIdentifier(name) {
            cursor.fail("expected a name of 1 to 64 letters, digits, '-' and '_', found \(cited(name))", about: name)
        }
        let entry = cursor.fields { fields in
            let token = fields.required("token", "the bearer token that this client sends")
            var agents: [String] = []
            var origins: [Origin] = []
            for item in fields["agents"]?.list() ?? [] {
                guard let agent = item.nonEmptyString() else { continue }
                if agents.contains(agent) {
                    item.fail("\(cited(agent)) is given twice: remove one")
                } else if agents.count == ConfigurationLimits.agentsOfClient {
                    item.fail("more than \(ConfigurationLimits.agentsOfClient) names: remove some")
                    break
                } else {
                    agents.append(agent)
                    origins.append(Origin(item))
                }
            }
            return ClientEntry(
                name: name, token: token.flatMap { $0.token(mayBeEmpty: false) } ?? "", agents: fields["agents"].map { _ in agents }, origins: origins)
        }
        guard let entry else { return nil }
        self = entry
    }

    /// Reads `server.clients`.
    ///
    /// - Parameter admin: `server.token`.
    static func all(_ cursor: Cursor, admin: String?) -> [ClientEntry] {
        var clients: [ClientEntry] = []
        for (name, value) in cursor.entries() ?? [] {
            guard clients.count < ConfigurationLimits.clients else {
                value.fail("more than \(ConfigurationLimits.clients) clients: let some share a token")
                break
            }
            guard let client = ClientEntry(value, name: name) else { continue }
            if !client.token.isEmpty {
                let same = client.token == admin ? "server.token" : clients.first { $0.token == client.token }.map { "server.clients.\($0.name).token" }
                if let same {
                    value.fail("its token is the same as \(same): a token must tell who calls; make another with 'openssl rand -hex 32'", about: nil)
                }
            }
            clients.append(client)
        }
        return clients
    }

    /// Reports names that no caller can reach.
    ///
    /// - Parameter knowsAllPlugins: Whether no plugins but those of this machine are used.
    func check(_ agents: [AgentEntry], plugins: [String], knowsAllPlugins: Bool, _ report: (Diagnostic) -> Void) {
        for (name, origin) in zip(self.agents ?? [], origins) where !plugins.contains(name) {
            if let agent = agents.first(where: { $0.id == name }) {
                if agent.visibility == .private {
                    report(origin.diagnostic("the agent \(cited(name)) is private, so that no client can call it: remove it here, or make it internal"))
                }
                continue
            }
            let names = agents.filter { $0.visibility != .private }.map(\.id) + plugins
            if let meant = nearest(to: name, among: names) {
                report(origin.diagnostic("no agent and no LLM plugin has the name \(cited(name)): did you mean \(cited(meant))?"))
            } else if knowsAllPlugins && Label.isValid(name) || !Label.isName(name) {
                // Others may be offered by a plugin once it runs.
                report(origin.diagnostic("no agent and no LLM plugin has the name \(cited(name)): correct it, or remove it"))
            }
        }
    }
}

extension Cursor {
    /// A bearer token. The message never shows it.
    ///
    /// - Returns: Nil for an empty one; an empty one where something else is wrong, so that nobody is asked to write a token as well.
    func token(mayBeEmpty: Bool) -> String? {
        guard let token = string() else { return "" }
        if token.isEmpty, mayBeEmpty { return nil }
        let isVisible = token.utf8.allSatisfy { (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) }
        guard isVisible, ConfigurationLimits.tokenCharacters.contains(token.utf8.count) else {
            let count = ConfigurationLimits.tokenCharacters
            fail(
                "expected \(count.lowerBound) to \(count.upperBound) visible ASCII characters without spaces: 'openssl rand -hex 32' makes a good token",
                about: nil)
            return ""
        }
        return token
    }
}
