import HectorCore
import FoundationEssentials
import HectorAgents

/// The two forms in which A2A clients speak: 1.0 (protobuf's JSON) and 0.3 (objects with a `kind`).
/// The method's name tells which one it is.
enum A2AForm: Sendable {
    case v1
    case v03

    /// What a client asks for.
    enum Method: Sendable {
        case send, stream, get, list, cancel, subscribe
        /// Known to the protocol, not offered here; the answer to it.
        case refused(RPCFailure)
    }

    static func method(_ name: String) -> (A2AForm, Method)? {
        switch name {
        case "SendMessage": (.v1, .send)
        case "SendStreamingMessage": (.v1, .stream)
        case "GetTask": (.v1, .get)
        case "ListTasks": (.v1, .list)
        case "CancelTask": (.v1, .cancel)
        case "SubscribeToTask": (.v1, .subscribe)
        case _ where name.contains("PushNotificationConfig"): (.v1, .refused(.noPush))
        case "message/send": (.v03, .send)
        case "message/stream": (.v03, .stream)
        case "tasks/get": (.v03, .get)
        case "tasks/cancel": (.v03, .cancel)
        case "tasks/resubscribe": (.v03, .subscribe)
        case _ where name.hasPrefix("tasks/pushNotificationConfig/"): (.v03, .refused(.noPush))
        default: nil
        }
    }

    /// The task in whole.
    ///
    /// - Parameters:
    ///   - withHistory: Whether with the messages of the turn.
    ///   - said: What a task at work has said so far.
    func task(_ task: A2ATask, withHistory: Bool = true, withArtifacts: Bool = true, said: String = "") -> JSON {
        var json: JSON = [
            "id": .string(task.id), "contextId": .string(task.context), "status": status(task),
        ]
        if withHistory { json = json.adding(["history": [question(task)]]) }
        if let spent = spent(task) { json = json.adding(["metadata": spent]) }
        if withArtifacts, task.state == .completed {
            let artifacts = [artifact(task, text: task.text)] + (task.story.map { [story(task, $0)] } ?? [])
            json = json.adding(["artifacts": .array(artifacts)])
        } else if !said.isEmpty {
            json = json.adding(["artifacts": [artifact(task, text: said)]])
        }
        return kind("task", json)
    }

    /// What `SendMessage` returns, and a stream's first event: 1.0 wraps the task in its choice of task and message.
    func sent(_ task: A2ATask, withHistory: Bool, said: String = "") -> JSON {
        wrap("task", self.task(task, withHistory: withHistory, said: said))
    }

    /// A piece of the answer.
    /// - Parameter append: Whether there were pieces before.
    func piece(_ task: A2ATask, text: String, append: Bool, last: Bool) -> JSON {
        wrap("artifactUpdate", kind("artifact-update", [
            "taskId": .string(task.id), "contextId": .string(task.context),
            "artifact": artifact(task, text: text), "append": .bool(append), "lastChunk": .bool(last),
        ]))
    }

    /// What happens in the task's turn, for a client that asked for the extension `RunExtension`.
    func event(_ task: A2ATask, _ event: RunEvent, withDetails: Bool) -> JSON {
        var working = task
        working.state = .working
        let update: JSON = [
            "taskId": .string(task.id), "contextId": .string(task.context), "status": status(working),
            "metadata": .object([RunExtension.uri: RunExtension.json(event, withDetails: withDetails)]),
        ]
        return wrap("statusUpdate", kind("status-update", self == .v03 ? update.adding(["final": false]) : update))
    }

    /// A stream's last event: the task has ended, or waits for a person.
    func ended(_ task: A2ATask) -> JSON {
        let update = JSON.object([
            "taskId": .string(task.id), "contextId": .string(task.context), "status": status(task),
        ]).adding(["metadata": spent(task)])
        return wrap("statusUpdate", kind("status-update", self == .v03 ? update.adding(["final": true]) : update))
    }

    /// For the agent that asked.
    private func spent(_ task: A2ATask) -> JSON? {
        guard task.askedBy != nil, task.state == .completed else { return .none }
        return TurnExtension.metadata(task.spent)
    }

    /// What a filter by that state lets through.
    /// - Parameter name: Nil for no filter.
    /// - Returns: Nil for a name that this form does not have.
    func filter(_ name: String?) -> (state: A2ATask.State?, matchesNothing: Bool)? {
        guard let name, name != "TASK_STATE_UNSPECIFIED" else { return (nil, false) }
        if let state = [A2ATask.State.working, .inputRequired, .completed, .failed, .canceled].first(where: { self.name(of: $0) == name }) {
            return (state, false)
        }
        let others =
            switch self {
            case .v1: ["TASK_STATE_SUBMITTED", "TASK_STATE_REJECTED", "TASK_STATE_AUTH_REQUIRED"]
            case .v03: ["submitted", "rejected", "auth-required", "unknown"]
            }
        return others.contains(name) ? (nil, true) : nil
    }

    private func name(of state: A2ATask.State) -> String {
        switch (self, state) {
        case (.v1, .working): "TASK_STATE_WORKING"
        case (.v1, .inputRequired): "TASK_STATE_INPUT_REQUIRED"
        case (.v1, .completed): "TASK_STATE_COMPLETED"
        case (.v1, .failed): "TASK_STATE_FAILED"
        case (.v1, .canceled): "TASK_STATE_CANCELED"
        case (.v03, .working): "working"
        case (.v03, .inputRequired): "input-required"
        case (.v03, .completed): "completed"
        case (.v03, .failed): "failed"
        case (.v03, .canceled): "canceled"
        }
    }

    private func status(_ task: A2ATask) -> JSON {
        var status: JSON = [
            "state": .string(name(of: task.state)), "timestamp": .string(Self.timestamp(task.changed)),
        ]
        let role = self == .v1 ? "ROLE_AGENT" : "agent"
        switch task.state {
        case .failed: status = status.adding(["message": message(id: "\(task.id)-failure", task: task, role: role, parts: [part(task.text)])])
        case .inputRequired:
            status = status.adding(["message": message(id: "\(task.id)-question", task: task, role: role, parts: question(of: task.asked))])
        case .working, .completed, .canceled: break
        }
        return status
    }

    private func question(_ task: A2ATask) -> JSON {
        message(id: task.messageID, task: task, role: self == .v1 ? "ROLE_USER" : "user", parts: [part(task.question)])
    }

    /// What a person is asked, in words and as data.
    private func question(of calls: [AskedCall]) -> JSON {
        let lines = calls.map { "\($0.title) \($0.arguments)" }.joined(separator: "\n")
        let asked: JSON = [
            "calls": .array(calls.map { ["id": .string($0.id), "tool": .string($0.title), "arguments": .written($0.arguments.jsonOnOneLine)] })
        ]
        return [part("May the agent make \(calls.count == 1 ? "this call" : "these calls")? Answer yes or no.\n\(lines)"), data(asked.text)]
    }

    private func message(id: String, task: A2ATask, role: String, parts: JSON) -> JSON {
        kind("message", [
            "messageId": .string(id), "taskId": .string(task.id), "contextId": .string(task.context),
            "role": .string(role), "parts": parts,
        ])
    }

    private func artifact(_ task: A2ATask, text: String) -> JSON {
        let part = task.output == .data && !text.isEmpty ? data(text) : part(text)
        let artifact: JSON = ["artifactId": .string("\(task.id)-answer"), "name": "answer", "parts": [part]]
        guard !task.citations.isEmpty else { return artifact }
        return artifact.adding(["metadata": .object([RunExtension.uri: ["citations": .written(task.citations)]])])
    }

    /// What happened in the task's turn, as an artifact of its own.
    private func story(_ task: A2ATask, _ events: JSON) -> JSON {
        [
            "artifactId": .string("\(task.id)-run"), "name": "run", "extensions": [.string(RunExtension.uri)],
            "parts": [data((["events": events] as JSON).text)],
        ]
    }

    /// - Parameter json: JSON's text, which was checked.
    private func data(_ json: String) -> JSON {
        let data: JSON = ["data": .written(json.jsonOnOneLine)]
        return self == .v1 ? data.adding(["mediaType": "application/json"]) : kind("data", data)
    }

    private func part(_ text: String) -> JSON {
        kind("text", ["text": .string(text)])
    }

    private func wrap(_ member: String, _ value: JSON) -> JSON {
        self == .v1 ? .object([member: value]) : value
    }

    private func kind(_ kind: String, _ value: JSON) -> JSON {
        self == .v03 ? value.adding(["kind": .string(kind)]) : value
    }

    /// RFC 3339 in UTC, with milliseconds.
    static func timestamp(_ milliseconds: Int64) -> String {
        // Formatting cuts off: half a millisecond more keeps binary fractions from losing one.
        Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Milliseconds since 1970 of a time in RFC 3339; nil for anything else.
    static func milliseconds(_ text: String) -> Int64? {
        let time = (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            ?? (try? Date(text, strategy: Date.ISO8601FormatStyle()))
        return time.map { Int64(($0.timeIntervalSince1970 * 1000).rounded()) }
    }
}
