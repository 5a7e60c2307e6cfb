import HectorAgents
import HectorCore
import Synchronization

/// Calls that an agent made itself for a response: items of the kind `mcp_call`, OpenAI's own for what the server's side calls.
final class OwnCalls: Sendable {
    struct Call: Sendable, Equatable {
        /// The tool's plugin, or `agent`.
        var label: String
        var name: String
        /// Nil where the client is not to see them.
        var arguments: String?
        var result: String?
        var hasFailed: Bool
    }

    private struct State {
        /// The arguments of calls that go on, by their ids.
        var begun: [String: String] = [:]
        var ended: [Call] = []
    }

    private let state = Mutex(State())
    private let withDetails: Bool

    /// - Parameter withDetails: Whether with arguments and results.
    init(withDetails: Bool) { self.withDetails = withDetails }

    /// What agents do that were asked is theirs.
    func note(_ event: RunEvent) {
        switch event.shortened(to: A2ALimits.eventText) {
        case .toolCalled(let id, _, let arguments): state.withLock { $0.begun[id] = arguments }
        case .toolEnded(let id, let title, let isFailure, let text, _, _):
            let words = title.split(maxSplits: 1) { $0 == "." || $0 == " " }.map(String.init)
            state.withLock { state in
                let arguments = state.begun.removeValue(forKey: id)
                state.ended.append(Call(
                    label: words.first ?? "", name: words.last ?? "", arguments: withDetails ? arguments : nil, result: withDetails ? text : nil,
                    hasFailed: isFailure))
            }
        default: break
        }
    }

    /// Those that ended since this was asked last.
    func take() -> [Call] {
        state.withLock { state in
            defer { state.ended = [] }
            return state.ended
        }
    }
}

extension OwnCalls.Call {
    func json(id: String) -> JSON {
        [
            "id": .string(id), "type": "mcp_call", "status": hasFailed ? "failed" : "completed", "server_label": .string(label), "name": .string(name),
            "arguments": .string(arguments ?? "{}"), "output": hasFailed ? nil : result.map { .string($0) } ?? nil,
            "error": hasFailed ? .string(result ?? "The call failed.") : nil,
        ]
    }
}
