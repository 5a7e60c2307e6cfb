import Glibc
import HectorCore

/// What happens while an agent makes its answer, as the server tells it.
struct RunNotice: Decodable {
    var event: String
    var agents: [String]?
    var number: Int?
    var messages: Int?
    var tools: Int?
    var tokens: Int?
    var calls: [String]?
    var tool: String?
    var arguments: String?
    var result: String?
    var failed: Bool?
    var replicas: [String]?
    var seconds: Double?
    var text: String?
    var given: Bool?
    var passages: [Passage]?

    struct Passage: Decodable {
        var number: Int
        var source: String
        var place: String
    }
    var model_calls: Int?
    var tool_calls: Int?

    /// Under which the server keeps what the agent did.
    init(run: String) {
        event = "run"
        text = run
    }

    /// When it is shown in a conversation whose reader did not ask for everything.
    enum Place {
        /// As it happens: what is called.
        case now
        /// Below the answer: what it rests on, and who gave it.
        case below
        case nowhere
    }

    var place: Place {
        switch event {
        case "tool_called", "tool_ended", "note": .now
        case "model_answered": calls?.isEmpty ?? true && !(replicas ?? []).isEmpty ? .below : .nowhere
        case "run", "model_called", "progress", "agreement_asked", "agreement_ended", "ended": .nowhere
        // Of documents, or of a newer server: shown as it tells them.
        default: .below
        }
    }

    /// For a person.
    var line: String {
        let place = (agents ?? []).map { singleLine($0, limit: 64) + ": " }.joined()
        let asked = (replicas ?? []).isEmpty ? "" : " by \((replicas ?? []).joined(separator: ", then "))"
        let time = asked + (seconds.map { ", \(Duration.milliseconds(Int64($0 * 1000)).inSeconds)" } ?? "")
        let words = switch event {
        case "model_called": "asks the model (\(number ?? 0)): \(messages ?? 0) messages, \(tools ?? 0) tools"
        case "model_answered": "the model answered: \(tokens ?? 0) tokens\(time)" + (calls.map { $0.isEmpty ? "" : "; calls \($0.joined(separator: ", "))" } ?? "")
        case "tool_called": "→ \(tool ?? "") \(arguments ?? "")"
        case "tool_ended": "\(failed == true ? "✗" : "←") \(tool ?? "")\(time)\(result.map { ": \($0)" } ?? "")"
        case "run": "run: \(text ?? "")"
        case "progress": "… \(text ?? "")"
        case "retrieved":
            passages.map { $0.isEmpty ? "found nothing in the documents" : "found " + $0.map { "[\($0.number)] \($0.source)\($0.place.isEmpty ? "" : ", \($0.place)")" }.joined(separator: "; ") } ?? ""
        case "note": text ?? ""
        case "agreement_asked": "asks a person about \((calls ?? []).joined(separator: ", "))"
        case "agreement_ended": given == true ? "a person agreed" : "nobody agreed"
        case "ended": "\(model_calls ?? 0) calls of the model, \(tool_calls ?? 0) of tools, \(tokens ?? 0) tokens"
        default: ([event.replacing("_", with: " ")] + [tool, text, result].compactMap(\.self)).joined(separator: ": ")
        }
        return place + singleLine(words, limit: 600)
    }

    /// Writes it to standard error.
    static let show: @Sendable (RunNotice) throws -> Void = { try HectorCore.write("\($0.line)\n".utf8, to: STDERR_FILENO) }

}
