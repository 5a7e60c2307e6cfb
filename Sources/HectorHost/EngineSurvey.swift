package import HectorCore
internal import HectorConfig
package import HectorPlugins
package import Logging

/// What of the engines of this machine can be adopted: `hector-plugins adopt` is asked, one process for each, as a server would run it.
package struct EngineSurvey: Sendable, Equatable {
    /// One engine.
    package struct Finding: Sendable, Equatable {
        package let place: Adoption.Place
        /// What is there, or why there is nothing: one sentence for people.
        package let summary: String
        /// Empty where there is nothing.
        package let offers: [PluginOffer]

        package init(place: Adoption.Place, summary: String, offers: [PluginOffer]) {
            self.place = place
            self.summary = summary
            self.offers = offers
        }
    }

    /// In the order of the places.
    package let findings: [Finding]

    package init(findings: [Finding]) { self.findings = findings }

    /// Those that have something.
    package var found: [Finding] { findings.filter { !$0.offers.isEmpty } }

    /// Asks all at once.
    ///
    /// - Throws: `PluginProblems` or `PluginError` where the program of the built-in plugins cannot be run.
    package static func make(_ adoption: Adoption, environment: [String: String], log: Logger) async throws -> EngineSurvey {
        let entries = adoption.entries(program: folderOfThisProgram().map { "\($0)/\(Builtin.program)" }, taken: [])
        let setup = try PluginSetup(starting: PluginsConfiguration(discovery: .off, entries: entries, variables: []), environment: environment)
        let findings = try await withThrowingTaskGroup(of: (Int, Finding).self) { group in
            for (index, plugin) in setup.plugins.enumerated() {
                let place = adoption.places[index]
                group.addTask {
                    let ready = try await PluginTrial(plugin, environment: environment, log: log).run { $0 }
                    return (index, Finding(place: place, summary: ready.capabilities["adopted"] ?? "", offers: ready.offers ?? []))
                }
            }
            return try await group.reduce(into: [(Int, Finding)]()) { $0.append($1) }
        }
        return EngineSurvey(findings: findings.sorted { $0.0 < $1.0 }.map(\.1))
    }

    /// A configuration that uses them: what is found, and one agent for each language model.
    ///
    /// - Parameter listen: The server's address; nil: as usual.
    package func configuration(listen: String? = nil) -> String {
        var lines: [String] = []
        if let listen { lines.append("server: {listen: \(Self.quoted(listen))}") }
        let engines = found.map { $0.place == Adoption.Place($0.place.engine) ? $0.place.engine.rawValue : "\($0.place.engine.rawValue):\($0.place.port)" }
        lines.append("plugins: {adopt: [\(engines.map(Self.quoted).joined(separator: ", "))]}")
        lines.append("agents:\(agents.isEmpty ? " {}" : "")")
        lines += agents.map { "  \(Self.quoted($0.id)): {llm: \(Self.quoted($0.model))}" }
        return lines.map { "\($0)\n" }.joined()
    }

    /// One for each language model: its label, cut, or with a number where several have one.
    package var agents: [(id: String, model: String)] {
        var ids: Set<String> = []
        return found.flatMap(\.offers).filter { $0.key.kind == .llm }.map { offer in
            let label = String(Label.of(offer.key.name.hasSuffix(":latest") ? String(offer.key.name.dropLast(7)) : offer.key.name).prefix(60))
            let id = ([label] + (2...999).map { "\(label)-\($0)" }).first { ids.insert($0).inserted } ?? label
            return (id, offer.key.name)
        }
    }

    /// JSON's strings are YAML's, too. Variables begin with a dollar sign.
    private static func quoted(_ text: String) -> String { JSON.string(text.replacing("${", with: "$${")).text }
}
