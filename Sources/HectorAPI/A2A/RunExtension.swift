import HTTPTypes
import HectorAgents
import HectorCore

/// An extension of A2A: a client that names it in the header `A2A-Extensions` (0.3: `X-A2A-Extensions`) follows what an agent does for its
/// answer. Each event is in the metadata of a status update whose state is `working`, so that others pass over it.
enum RunExtension {
    static let uri = "urn:hector:a2a:run:1"

    static let headers = ["A2A-Extensions", "X-A2A-Extensions"].compactMap { HTTPField.Name($0) }

    /// As cards declare it.
    static var declaration: JSON {
        ["uri": .string(uri), "description": "Tells calls of the model, of tools and of agents while a task is at work.", "required": false]
    }

    static func isWanted(_ fields: HTTPFields) -> Bool {
        headers.contains { name in
            fields[values: name].contains { value in value.split(separator: ",").contains { $0.filter { !$0.isWhitespace } == uri } }
        }
    }

    /// - Parameters:
    ///   - withDetails: Whether with arguments, results and replicas: they are the administrator's to see.
    ///   - agents: Those that were asked, one by the other, and in whose turn it happened.
    static func json(_ event: RunEvent, withDetails: Bool, agents: [String] = []) -> JSON {
        let members: [String: JSON]
        switch event {
        case .within(let agent, let inner): return json(inner, withDetails: withDetails, agents: agents + [agent])
        case .modelCalled(let number, let messages, let tools):
            members = ["event": "model_called", "number": number.json, "messages": messages.json, "tools": tools.json]
        case .modelAnswered(let number, let tokens, let calls, let replicas, let took):
            members = [
                "replicas": withDetails ? replicas.json : .null,
                "event": "model_answered", "number": number.json, "tokens": tokens.json, "calls": calls.json,
                "seconds": .number(took.seconds),
            ]
        case .toolCalled(let id, let title, let arguments):
            members = ["event": "tool_called", "id": .string(id), "tool": .string(title), "arguments": withDetails ? .string(arguments) : .null]
        case .progress(let id, let text): members = ["event": "progress", "id": .string(id), "text": .string(text)]
        case .toolEnded(let id, let title, let isFailure, let text, let replicas, let took):
            members = [
                "event": "tool_ended", "id": .string(id), "tool": .string(title), "failed": .bool(isFailure), "seconds": .number(took.seconds),
                "result": withDetails ? .string(text) : .null, "replicas": withDetails ? replicas.json : .null,
            ]
        case .agreementAsked(let calls): members = ["event": "agreement_asked", "calls": calls.map(\.title).json]
        case .agreementEnded(let isGiven): members = ["event": "agreement_ended", "given": .bool(isGiven)]
        case .retrieved(let stores, let passages, let replicas, let took):
            members = [
                "event": "retrieved", "stores": stores.json, "seconds": .number(took.seconds), "replicas": withDetails ? replicas.json : .null,
                "passages": .array(passages.map { passage in
                    ["number": passage.number.json, "store": .string(passage.store), "source": .string(passage.source), "title": .string(passage.title), "place": .string(passage.place), "score": .number(Double(passage.score))]
                }),
            ]
        case .note(let text): members = ["event": "note", "text": .string(text)]
        case .ended(let models, let tools, let tokens):
            members = ["event": "ended", "model_calls": models.json, "tool_calls": tools.json, "tokens": tokens.json]
        }
        var all = members.filter { $0.value != .null }
        if !agents.isEmpty { all["agents"] = agents.json }
        return .object(all)
    }
}

extension Int {
    fileprivate var json: JSON { .integer(Int64(self)) }
}

extension [String] {
    fileprivate var json: JSON { .array(map { JSON.string($0) }) }
}
