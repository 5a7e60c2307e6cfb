internal import HectorCore
import FoundationEssentials
import Glibc
import HectorProgram
import HTTPTypes
import HectorAgents
import HectorMesh
import HectorMetrics
import HectorProviders
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ScriptedProviders
import Synchronization
import Testing

@testable import HectorAPI

/// A front over one scripted model `m`, with the agents `guide` (the default) and `lost`, whose plugin no one has;
/// `inner` is internal and `secret` private; `exact` is internal and strict.
struct APIFixture {
    var llm: any LLMProvider = ScriptedLLM()
    var embedders: [String: any EmbedderProvider] = [:]
    var guideEmbedder: String?
    /// Of the internal agent `keen`, which is there where it has some.
    var tools: [String: any ToolProvider] = [:]
    var security = APISecurity()
    var limits = APILimits()
    /// The plugin of `inner` and `secret`.
    var hiddenLLM = "m"
    var replicas = [
        ReplicaStatus(plugin: "m", type: "llm_provider", replica: "m-1", host: "desk", path: .local, version: "1.0.0", state: .ready)
    ]

    var metrics = MetricsRegistry()
    var publicURL: String?
    var timing = Timing.system()
    /// Milliseconds since 1970.
    var now: @Sendable () -> Int64 = { 1_700_000_000_123 }

    var api: HectorAPI {
        let ready = Set(replicas.filter { $0.state == .ready }.map(\.plugin)).union(tools.keys)
        let directory = Directory(llms: ["m": llm], embedders: embedders, tools: tools, ready: ready)
        let acting = Acting(tools: tools.keys.sorted().map { Acting.Tools(provider: $0) })
        let keen = AgentDefinition(id: "keen", name: "Keen", llm: "m", visibility: .internal, acting: acting)
        let ids = Mutex(0)
        let snapshot = MeshSnapshot(mesh: "home", host: "desk", replicas: replicas, waiting: ["nowhere"],
            absent: [AbsentNode(node: "gpu-1", addresses: ["10.0.0.2:7443"], reason: "nobody listens there")])
        return HectorAPI(
            backend: ChatBackend(Agents(
                [
                    AgentDefinition(id: "guide", name: "Guide", description: "Guides.", llm: "m", embedder: guideEmbedder, systemPrompt: "Be brief."),
                    AgentDefinition(id: "lost", name: "Lost", llm: "nowhere"),
                    AgentDefinition(id: "inner", name: "Inner", llm: hiddenLLM, visibility: .internal),
                    AgentDefinition(id: "exact", name: "Exact", llm: "m", visibility: .internal, isStrict: true),
                    AgentDefinition(id: "secret", name: "Secret", llm: hiddenLLM, visibility: .private),
                ] + (tools.isEmpty ? [] : [keen]),
                providers: directory, timing: .system(), newID: { "turn" }
            ), models: directory),
            snapshot: { snapshot }, metrics: metrics, security: security, limits: limits, version: "1.2.3", publicURL: publicURL,
            surroundings: Surroundings(
                timing: Timing(
                    now: timing.now, sleepUntil: timing.sleep(until:), random: timing.random, wallClock: { [now] in .milliseconds(now()) }),
                newID: { "id-\(ids.withLock { $0 += 1; return $0 })" }
            ),
            changes: [
                ChangingRoute("reload") { ["asked": .integer(Int64($0.body.bytes.count))] },
                .drain { DrainReport(targets: [$0, $1], calls: 1, unserved: ["m"], notKept: nil) },
                .undrain { DrainReport(targets: $0.map { [$0] } ?? [], calls: 0, unserved: [], notKept: "full") },
                ChangingRoute("documents/:store/reindex") { ["store": .string($0.parameters["store"] ?? "")] },
            ]
        )
    }

    var application: some ApplicationProtocol { api.application(logger: Self.logger) }

    static var logger: Logger {
        Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    }
}

struct Reply {
    var status: HTTPResponse.Status
    var headers: HTTPFields
    var text: String

    var json: JSON { (try? JSON(parsing: text.utf8)) ?? .string("not JSON: \(text)") }

    /// The data of server-sent events.
    var events: [String] {
        text.split(separator: "\n\n").map { event in
            // Names and ids may stand before it.
            String((event.split(separator: "\n").first { $0.hasPrefix("data: ") } ?? event).dropFirst("data: ".count))
        }
    }

    var jsonEvents: [JSON] {
        events.filter { $0 != "[DONE]" }.map { (try? JSON(parsing: $0.utf8)) ?? .string("not JSON: \($0)") }
    }
}

extension TestClientProtocol {
    func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> Reply {
        var headers = headers
        headers.addRequestID()
        return try await execute(uri: path, method: .get, headers: headers) {
            Reply(status: $0.status, headers: $0.headers, text: String(buffer: $0.body))
        }
    }

    func delete(_ path: String, _ headers: HTTPFields = [:]) async throws -> Reply {
        try await execute(uri: path, method: .delete, headers: headers) {
            Reply(status: $0.status, headers: $0.headers, text: String(buffer: $0.body))
        }
    }

    func post(_ path: String, _ body: JSON, _ headers: HTTPFields = [:]) async throws -> Reply {
        try await post(path, text: body.text, headers)
    }

    func post(_ path: String, text: String, _ headers: HTTPFields = [:]) async throws -> Reply {
        var headers = headers
        headers.addRequestID()
        if headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await execute(uri: path, method: .post, headers: headers, body: ByteBuffer(string: text)) {
            Reply(status: $0.status, headers: $0.headers, text: String(buffer: $0.body))
        }
    }
}

extension HTTPFields {
    subscript(text name: String) -> String? {
        get { HTTPField.Name(name).flatMap { self[$0] } }
        set { HTTPField.Name(name).map { self[$0] = newValue } }
    }

    /// So that the fixture makes none, and the names that it makes for other things can be foretold.
    fileprivate mutating func addRequestID() {
        if self[text: "x-request-id"] == nil { self[text: "x-request-id"] = "from-the-test" }
    }
}

/// Processor time of this thread alone: other tests run beside this one.
func processorSeconds(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let begin = now()
    try body()
    return now() - begin
}
