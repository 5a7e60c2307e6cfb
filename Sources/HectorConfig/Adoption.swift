package import HectorCore
import HectorYAML

extension Adoption {
    /// Reads `plugins.adopt`: a list of engines, or a mapping with more.
    init?(_ cursor: Cursor) {
        if case .sequence = cursor.node.content {
            self.init(Self.places(cursor))
            return
        }
        let adoption = cursor.fields { fields in
            Adoption(
                fields.required("engines", "a list such as [\(LocalEngine.ollama.rawValue)]").map(Self.places) ?? [],
                users: fields["users"]?.list()?.compactMap { $0.nonEmptyString() } ?? Self.standardUsers, names: fields["names"].map(Self.names) ?? [:])
        }
        guard let adoption else { return nil }
        self = adoption
    }

    private static func places(_ cursor: Cursor) -> [Place] {
        var places: [Place] = []
        for item in cursor.list() ?? [] {
            guard let text = item.string() else { continue }
            guard let place = Place(text) else {
                let names = LocalEngine.allCases.map(\.rawValue)
                let hint = nearest(to: text, among: names).map { "did you mean \(cited($0))?" } ?? "there are \(names.joined(separator: ", "))"
                item.fail("expected an engine, or ENGINE:PORT, found \(cited(text)): \(hint)", about: text)
                continue
            }
            guard !places.contains(where: { $0.port == place.port }) else {
                item.fail("port \(place.port) is there twice: remove one of them")
                continue
            }
            guard places.count < ConfigurationLimits.adopted else {
                item.fail("more than \(ConfigurationLimits.adopted) engines: configure the others as plugins, with openai: {url: …}")
                break
            }
            places.append(place)
        }
        return places
    }

    private static func names(_ cursor: Cursor) -> [String: String] {
        Dictionary(
            (cursor.entries() ?? []).compactMap { model, value in value.string().flatMap(value.checkName).map { (model, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// One plugin for each engine, so that each has a load of its own.
    ///
    /// - Parameter taken: Names of configured plugins.
    package func entries(program: String?, taken: [String]) -> [PluginEntry] {
        func list(_ texts: [String]) -> String { JSON.array(texts.map(JSON.string)).text }
        return places.map { place in
            let isUsual = places.count { $0.engine == place.engine } == 1
            return PluginEntry(
                key: PluginKey(.llm, isUsual ? place.engine.pluginName : "\(place.engine.pluginName)-\(place.port)"), path: program, builtin: .adopt,
                enabled: true,
                config: [
                    "engine": place.engine.rawValue, "port": "\(place.port)", "users": list(users), "taken": list(taken),
                    "names": JSON.object(names.mapValues(JSON.string)).text,
                ],
                replicas: 1, startTimeout: nil, autoMTLS: .offered, metered: nil, environment: .standard, variables: [])
        }
    }
}
