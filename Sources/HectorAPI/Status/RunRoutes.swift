import HTTPTypes
import HectorAgents
import HectorCore
import Hummingbird
import NIOCore

/// `/runs` and `/runs/ID`: what the agents that act did in their latest turns. A run belongs to the client that asked.
struct RunRoutes {
    let backend: Recipients
    let limits: APILimits
    let surroundings: Surroundings

    func add(to router: RouteGroup) {
        router.get("runs") { _, context in
            var runs: [JSON] = []
            var bytes = 0
            // The newest first, as many as a list may have.
            for run in backend.runs.all(at: surroundings.now()) where context.caller.sees(run.owner) {
                let json = run.json(withDetails: context.caller.isAdmin)
                bytes += json.weight
                guard bytes <= limits.listBytes else { break }
                runs.append(json)
            }
            return try await context.whole(["runs": .array(runs)])
        }
        router.get("runs/:run") { request, context in
            let id = try context.parameter("run")
            guard let run = backend.runs.run(id, at: surroundings.now()), context.caller.sees(run.summary.owner) else {
                throw APIError(.notFound, "There is no run \(quoted(singleLine(id, limit: 60))), or it is no longer kept. Runs of agents that act are kept; `GET /runs` lists them.")
            }
            let withDetails = context.caller.isAdmin
            guard request.headers[.accept]?.contains(Response.eventStream) == true else {
                let (steps, summary) = run.steps(after: 0)
                return try await context.whole(summary.json(withDetails: withDetails).adding(["events": .array(steps.enumerated().map { $1.json($0, withDetails) })]))
            }
            let begin = try Self.position(request)
            return Response.events(to: context) { sink in
                var position = begin
                while true {
                    let (steps, summary) = try await run.news(after: position)
                    for step in steps {
                        try await sink.send(event: nil, id: position + 1, step.json(position, withDetails))
                        position += 1
                    }
                    // It may have said more between its last event and its end.
                    if summary.ended != nil, summary.events <= position {
                        return try await sink.send(event: "end", id: nil, summary.json(withDetails: withDetails))
                    }
                }
            }
        }
    }

    /// How many events a client has: `Last-Event-ID`, as browsers send it when they come again, or `?after=`.
    private static func position(_ request: Request) throws(APIError) -> Int {
        let given = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] } ?? request.uri.queryParameters["after"].map(String.init)
        guard let given else { return 0 }
        guard let position = Int(given), position >= 0 else {
            throw APIError(.invalidRequest, "after, and Last-Event-ID, must be the number of the last event that you have: 0 or more.", parameter: "after")
        }
        return position
    }
}

extension Caller {
    /// Whether arguments, results and replicas are told to it.
    fileprivate var isAdmin: Bool { (try? requireAdmin()) != nil }
}

extension RunRecord.Step {
    /// - Parameter index: From 0.
    fileprivate func json(_ index: Int, _ withDetails: Bool) -> JSON {
        RunExtension.json(event, withDetails: withDetails).adding(["sequence": .integer(Int64(index + 1)), "at": .string(A2AForm.timestamp(at))])
    }
}

extension RunSummary {
    fileprivate func json(withDetails: Bool) -> JSON {
        let json: JSON = [
            "id": .string(id), "agent": .string(agent), "state": .string(state.rawValue), "began": .string(A2AForm.timestamp(began)),
            "delivered": ["pieces": .integer(Int64(deliveredPieces)), "bytes": .integer(Int64(deliveredBytes))],
            "event_count": .integer(Int64(events)), "events_left_out": .integer(Int64(leftOut)),
        ]
        return json.adding([
            "client": withDetails && !owner.isEmpty ? .string(owner) : nil,
            "ended": ended.map { .string(A2AForm.timestamp($0)) },
            "usage": state == .completed ? ["tokens": .integer(Int64(spent.tokens)), "tool_calls": .integer(Int64(spent.toolCalls))] : nil,
            "error": failure.map { ["code": .string($0.code), "message": .string($0.message)] },
            "request_id": trace?.requestID.map { .string($0) }, "trace_id": (trace?.traceID).map { .string($0) },
        ])
    }
}

extension EventSink {
    /// Sends one event with a name and an id of its own.
    fileprivate func send(event: String?, id: Int?, _ json: JSON) async throws {
        var buffer = ByteBuffer()
        if let id { buffer.writeString("id: \(id)\n") }
        let data = json.encoded()
        if let event { buffer.writeEvent(event, data) } else { buffer.writeEvent(data) }
        try await send(buffer)
    }
}
