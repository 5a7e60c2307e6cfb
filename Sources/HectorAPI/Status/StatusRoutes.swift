import HectorCore
import FoundationEssentials
import HectorAgents
import HectorDocuments
import HectorMesh
import HectorMetrics
import Hummingbird
import NIOCore

/// `/healthz`, `/readyz`, `/mesh`, `/documents`, `/metrics` and `/agents`: what goes on in the server.
struct StatusRoutes {
    let backend: Recipients
    let snapshot: @Sendable () -> MeshSnapshot
    let documents: @Sendable () -> [StoreStatus]
    let metrics: MetricsRegistry
    /// The time, in seconds since 1970.
    let now: @Sendable () -> Int64

    func add(to router: RouteGroup) {
        router.get("healthz") { _, _ in Response(json: ["healthy": true]) }
        router.get("readyz") { _, _ in ready() }
        router.get("mesh") { _, context in
            try context.caller.requireAdmin()
            return try Response(encoding: MeshReport(snapshot(), date: now()))
        }
        router.get("documents") { _, context in
            try context.caller.requireAdmin()
            return try Response(encoding: DocumentsReport(documents()))
        }
        router.get("metrics") { _, context in
            try context.caller.requireAdmin()
            return Response(metrics: await metrics.text())
        }
        router.get("agents") { _, context in try Response(encoding: AgentList(backend(for: context), in: snapshot())) }
        router.get("agents/:agent") { _, context in
            let backend = backend(for: context)
            let agent = try backend.agent(try context.parameter("agent"))
            return try Response(
                encoding: AgentReport(agent, isDefault: agent.id == backend.agents.first?.id, of: backend, in: snapshot()))
        }
    }

    /// 200 when every agent's LLM has a ready replica, else 503. It answers without a token, so it names
    /// what is missing and leaves the reasons, with their hosts, to `/agents`.
    private func ready() -> Response {
        let snapshot = snapshot()
        let missing = backend.needs.filter { snapshot.whyNotReady(plugin: backend.plugin(meant: $0.plugin)) != nil }.map { need in
            (["plugin": .string(need.plugin)] as JSON).adding(["agent": need.agent.map(JSON.string)])
        }
        let body: JSON = ["ready": .bool(missing.isEmpty), "missing": .array(missing)]
        return Response(json: body, status: missing.isEmpty ? .ok : .serviceUnavailable)
    }
}

extension Response {
    fileprivate init(metrics: PrometheusText) {
        self.init(
            status: .ok, headers: [.contentType: PrometheusText.contentType, .contentLength: String(metrics.text.utf8.count)],
            body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text)))
    }

    init(encoding value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(value)
        self.init(
            status: .ok, headers: [.contentType: "application/json", .contentLength: String(data.count)],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data))
        )
    }
}
