import FoundationEssentials
import HectorAgents
import HectorMesh
import Hummingbird
import NIOCore

/// `/healthz`, `/readyz`, `/mesh` and `/agents`: what goes on in the server.
struct StatusRoutes {
    let agents: Agents
    let snapshot: @Sendable () -> MeshSnapshot

    func add(to router: Routes) {
        router.get("healthz") { _, _ in Response(json: ["healthy": true]) }
        router.get("readyz") { _, _ in ready() }
        router.get("mesh") { _, _ in try Response(encoding: MeshReport(snapshot())) }
        router.get("agents") { _, _ in try Response(encoding: AgentList(agents.all, in: snapshot())) }
        router.get("agents/:agent") { _, context in
            let id = try context.parameter("agent")
            guard let agent = AgentList(agents.all, in: snapshot()).agents.first(where: { $0.id == id }) else {
                throw APIError(.notFound, "There is no agent named \"\(id)\". `hector list` shows those there are.")
            }
            return try Response(encoding: agent)
        }
    }

    /// 200 when every agent's LLM has a ready replica, else 503. It answers without a token, so it names
    /// what is missing and leaves the reasons, with their hosts, to `/agents`.
    private func ready() -> Response {
        let waiting = AgentList(agents.all, in: snapshot()).agents.filter { !$0.isReady }
        let missing = waiting.map { agent -> JSON in
            ["agent": .string(agent.id), "plugin": .string(agent.llm)]
        }
        let body: JSON = ["ready": .bool(missing.isEmpty), "missing": .array(missing)]
        return Response(json: body, status: missing.isEmpty ? .ok : .serviceUnavailable)
    }
}

extension Response {
    fileprivate init(encoding value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(value)
        self.init(
            status: .ok, headers: [.contentType: "application/json", .contentLength: String(data.count)],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data))
        )
    }
}
