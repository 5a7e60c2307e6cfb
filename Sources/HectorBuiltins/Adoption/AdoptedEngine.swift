import AsyncHTTPClient
internal import HectorCore
import HectorPlugin
internal import HectorProto
import NIOCore
import NIOHTTP1
import Synchronization
#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// One engine of this machine, found by itself: each of its models is an offer. It is looked for whenever the host asks for the health of
/// this process, every few seconds, and asked again when what listens there has changed, or after a while.
final class AdoptedEngine: Sendable {
    /// What is at the port.
    enum Finding: Sendable, Equatable {
        case found(EngineTold)
        /// Why it is not adopted, for people; a sentence without its end.
        case nothing(String)
    }

    private struct Setup: Sendable {
        let place: Adoption.Place
        let names: [String: String]
        /// Names that only an explicit mapping may join.
        let taken: Set<String>
        let watch: ConnectionGuard
    }

    fileprivate struct Adopted: Sendable {
        let id: String
        let model: (any LLMProvider)?
        let embedder: (any EmbedderProvider)?
    }

    private struct State {
        var setup: Setup?
        var listeners: [SocketTable.Socket] = []
        var asked: Instant?
        var finding = Finding.nothing("it was not looked for yet")
        var adopted: [PluginKey: Adopted] = [:]
        var told = ""
    }

    let board = OfferBoard()
    private let timing: Timing
    private let limits: BuiltinLimits
    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())

    init(timing: Timing, limits: BuiltinLimits = BuiltinLimits(), log: @escaping @Sendable (String) -> Void = AdoptedEngine.note) {
        self.timing = timing
        self.limits = limits
        self.log = log
    }

    /// A line on standard error in this form is one in the host's log.
    static func note(_ line: String) {
        let record = JSON.object(["@level": "info", "@message": .string(line), "@module": .string(Builtin.adopt.rawValue)])
        try? write("\(record.text)\n".utf8, to: 2)
    }

    /// - Throws: `ProviderError` for settings that cannot be meant.
    func initialize(config: [String: String]) async throws {
        let settings = Settings(config)
        let engines = LocalEngine.allCases.map(\.rawValue).joined(separator: ", ")
        guard let engine = LocalEngine(rawValue: try settings.required("engine")) else {
            throw ProviderError(.invalidRequest, "engine must be one of \(engines)")
        }
        let port = try settings.integer("port", in: 1...65_535).flatMap(UInt16.init(exactly:))
        let users = try settings.list("users") ?? Adoption.standardUsers
        let setup = Setup(
            place: Adoption.Place(engine, port: port), names: try settings.mapping("names") ?? [:], taken: Set(try settings.list("taken") ?? []),
            watch: ConnectionGuard(allowed: ConnectionGuard.users(users), timing: timing, limits: limits))
        state.withLock { $0.setup = setup }
        await look()
    }

    func shutdown() async {
        let adopted = state.withLock { state in
            defer { state.adopted = [:] }
            return state.adopted.values.map { $0 }
        }
        for model in adopted { await model.end() }
    }

    /// Looks whether anything has changed, and asks the engine if so.
    ///
    /// - Returns: Well while the engine is there, or has never been: calls of its models wait until it comes back.
    func health() async -> ProviderHealth {
        await look()
        return state.withLock { state in
            guard case .nothing(let reason) = state.finding, !state.adopted.isEmpty else { return ProviderHealth(isHealthy: true) }
            return ProviderHealth(isHealthy: false, message: reason)
        }
    }

    var finding: Finding { state.withLock { $0.finding } }

    /// One sentence for people.
    var summary: String {
        let (setup, finding) = state.withLock { ($0.setup, $0.finding) }
        guard let place = setup?.place else { return "" }
        switch finding {
        case .found(let told):
            return "\(place.engine.title)\(told.version.isEmpty ? "" : " \(singleLine(told.version, limit: 40))") at port \(place.port)"
        case .nothing(let reason): return reason
        }
    }

    var slots: Int? { if case .found(let told) = finding { told.slots } else { nil } }

    // MARK: calls

    func model() throws -> any LLMProvider {
        guard let model = called(.llm)?.model else { throw unknown() }
        return model
    }

    func embedder() throws -> any EmbedderProvider {
        guard let embedder = called(.embedder)?.embedder else { throw unknown() }
        return embedder
    }

    private func called(_ kind: PluginKind) -> Adopted? {
        Offer.called.flatMap { name in state.withLock { $0.adopted[PluginKey(kind, name)] } }
    }

    private func unknown() -> ProviderError {
        ProviderError(.unavailable, "\(Offer.called.map { quoted($0) } ?? "a call without a name") is no model of the engine now")
    }

    // MARK: the search

    private func look() async {
        guard let setup = state.withLock({ $0.setup }) else { return }
        let listeners = SocketTable.now().listeners(at: setup.place.port).sorted { $0.inode < $1.inode }
        let now = timing.now()
        let isKnown = state.withLock { state in
            guard state.listeners == listeners, let asked = state.asked, now - asked < limits.adoptionInterval else { return false }
            return true
        }
        guard !isKnown else { return }
        let finding = await find(setup, listeners)
        let isSame = state.withLock { state in
            defer { (state.listeners, state.asked) = (listeners, now) }
            // One that is busy is not gone.
            if case .nothing = finding, case .found = state.finding, state.listeners == listeners { return true }
            defer { state.finding = finding }
            return state.finding == finding
        }
        if !isSame, case .found(let told) = finding { await adopt(told, setup) }
        tell()
    }

    private func tell() {
        let summary = summary
        let isNew = state.withLock { state in
            defer { state.told = summary }
            return state.told != summary
        }
        if isNew { log(summary) }
    }

    /// Asks the program that listens there, if it may be asked.
    private func find(_ setup: Setup, _ listeners: [SocketTable.Socket]) async -> Finding {
        let (engine, port) = (setup.place.engine, setup.place.port)
        guard !listeners.isEmpty else { return .nothing("nothing listens at port \(port): \(engine.title) does not run there") }
        let ours = SocketTable.sockets(ofProcess: "self").union(SocketTable.sockets(ofProcess: "\(getppid())"))
        guard !listeners.contains(where: { ours.contains($0.inode) }) else {
            return .nothing("port \(port) is this Hector's own: \(engine.title) does not run there")
        }
        if let stranger = listeners.first(where: { !setup.watch.allowed.contains($0.user) }) {
            return .nothing("what listens at port \(port) belongs to the user \(userName(stranger.user)) and is not asked: name the user in adopt.users if it is \(engine.title)")
        }
        let url = "http://\(host(listeners)):\(port)"
        do {
            let server = try HTTPEndpoint(Settings(["url": url]), silence: limits.adoptionTime, limits: limits, admit: setup.watch.admit)
            return try await ask(server, engine, port)
        } catch {
            return .nothing("\(error)")
        }
    }

    private func ask(_ server: HTTPEndpoint, _ engine: LocalEngine, _ port: UInt16) async throws -> Finding {
        var answers: [JSONText] = []
        for path in EngineTold.questions(engine) {
            let response = try await server.send(.GET, path, within: limits.adoptionTime)
            guard response.headers.first(name: "server")?.lowercased().hasPrefix("hector") != true else {
                return .nothing("port \(port) is a Hector's: \(engine.title) does not run there")
            }
            guard response.status.code == 200, let answer = try? JSONText(try await server.body(of: response, upTo: limits.adoptionBytes)) else {
                return .nothing("what listens at port \(port) does not answer as \(engine.title) does, at \(path)")
            }
            answers.append(answer)
        }
        guard var told = EngineTold(engine, answers, limits: limits) else {
            return .nothing("what listens at port \(port) does not answer as \(engine.title) does")
        }
        if engine == .ollama {
            for index in told.models.indices {
                let question = JSON.object(["model": .string(told.models[index].id)]).encoded()
                let response = try await server.send(.POST, "/api/show", question, within: limits.adoptionTime)
                guard response.status.code == 200, let shown = try? JSONText(try await server.body(of: response, upTo: limits.adoptionBytes)) else { continue }
                told.models[index] = EngineTold.complete(told.models[index], shown: shown)
            }
        }
        if engine == .vllm, let response = try? await server.send(.GET, "/openapi.json", within: limits.adoptionTime), response.status.code == 200,
            let page = try? JSONText(try await server.body(of: response, upTo: limits.adoptionBytes)) {
            told.completeVLLM(page)
        }
        return .found(told)
    }

    /// How this machine reaches it.
    private func host(_ listeners: [SocketTable.Socket]) -> String {
        listeners.contains { $0.local.address.count == 4 } ? "127.0.0.1" : "[::1]"
    }

    // MARK: offers

    private func adopt(_ told: EngineTold, _ setup: Setup) async {
        let listeners = SocketTable.now().listeners(at: setup.place.port)
        let url = "http://\(host(listeners)):\(setup.place.port)/v1"
        let before = state.withLock { $0.adopted }
        var adopted: [PluginKey: Adopted] = [:]
        var offers: [Offer] = []
        for model in told.models.prefix(limits.adoptedModels) {
            let kind: PluginKind = model.kind == .embedder ? .embedder : .llm
            let mapped = setup.names[model.id] ?? setup.names[model.name]
            let name = mapped ?? model.name
            let key = PluginKey(kind, name)
            guard Label.isName(name), adopted[key] == nil else {
                log("\(quoted(model.name)) is not offered: its name is taken, or has other characters than printable ASCII; give it one in adopt.names")
                continue
            }
            guard mapped != nil || !setup.taken.contains(name) else {
                log("\(quoted(name)) is not offered: a plugin of the configuration has that name; give the model another one in adopt.names, or that very one to join it")
                continue
            }
            let made = if let known = before[key], known.id == model.id { known } else { await make(model, kind, url, setup) }
            adopted[key] = made
            offers.append(Offer(kind, name, digest: model.digest, capabilities: made.capabilities))
        }
        let gone = before.filter { old in adopted[old.key].map { $0.id != old.value.id } ?? true }
        state.withLock { $0.adopted = adopted }
        board.set(offers)
        for model in gone.values { await model.end() }
    }

    private func make(_ model: EngineTold.Model, _ kind: PluginKind, _ url: String, _ setup: Setup) async -> Adopted {
        var config = ["url": url, "model": model.id]
        // LM Studio is like any other endpoint of the API.
        config["engine"] = setup.place.engine == .lmStudio ? "other" : setup.place.engine.rawValue
        if kind == .llm {
            if let context = model.context, context > 0 { config["context"] = "\(context)" }
            config["images"] = model.takesImages ? "true" : "false"
        }
        switch kind {
        case .embedder:
            let embedder = OpenAIEmbedder(timing: timing, limits: limits, admit: setup.watch.admit)
            try? await embedder.initialize(config: config)
            return Adopted(id: model.id, model: nil, embedder: embedder)
        default:
            let llm = OpenAIModel(timing: timing, limits: limits, admit: setup.watch.admit)
            try? await llm.initialize(config: config)
            return Adopted(id: model.id, model: llm, embedder: nil)
        }
    }
}

extension AdoptedEngine.Adopted {
    fileprivate var capabilities: [String: String] { model?.about.capabilities ?? embedder?.about.capabilities ?? [:] }

    fileprivate func end() async {
        try? await model?.shutdown()
        try? await embedder?.shutdown()
    }
}

/// The language models of an adopted engine.
struct AdoptedModels: LLMProvider {
    let engine: AdoptedEngine

    var about: PluginDescription {
        PluginDescription(
            name: Builtin.adopt.rawValue, version: HectorVersion.current, summary: engine.summary, capabilities: ["adopted": engine.summary])
    }
    var offers: OfferBoard? { engine.board }
    var load: ProviderLoad { ProviderLoad(slots: engine.slots) }

    func initialize(config: [String: String]) async throws { try await engine.initialize(config: config) }
    func shutdown() async throws { await engine.shutdown() }
    func health() async throws -> ProviderHealth { await engine.health() }
    func modelInfo() async throws -> ModelInfo { try await engine.model().modelInfo() }
    func generate(_ request: GenerateRequest) async throws -> GenerateResponse { try await engine.model().generate(request) }
    func countTokens(_ request: GenerateRequest) async throws -> Int { try await engine.model().countTokens(request) }

    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        try await engine.model().generateStreaming(request, onChunk: onChunk)
    }

    func generateFrom(
        _ request: GenerateFromRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        try await engine.model().generateFrom(request, onChunk: onChunk)
    }
}

/// Its embedders.
struct AdoptedEmbedders: EmbedderProvider {
    let engine: AdoptedEngine

    var about: PluginDescription { PluginDescription(name: Builtin.adopt.rawValue, version: HectorVersion.current) }

    func health() async throws -> ProviderHealth { await engine.health() }
    func embedderInfo() async throws -> EmbedderInfo { try await engine.embedder().embedderInfo() }
    func embed(_ text: String) async throws -> [Float] { try await engine.embedder().embed(text) }
    func embedBatch(_ request: EmbedBatchRequest) async throws -> EmbedBatchResponse { try await engine.embedder().embedBatch(request) }
}
