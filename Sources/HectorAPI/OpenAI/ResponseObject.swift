import HectorAgents
import HectorCore
import HectorProviders

/// Writes responses in OpenAI's form. What all states of a response share is encoded once.
struct ResponseObject: Sendable {
    let id: String
    private let model: String
    private let created: Int64
    /// What does not change, without the last brace.
    private let head: [UInt8]

    /// - Parameter created: Seconds since 1970.
    init(id: String, created: Int64, _ request: ResponseRequest) {
        (self.id, self.created, model) = (id, created, request.chat.model)
        var members: [String: JSON] = [
            "id": .string(id), "object": "response", "created_at": .integer(created), "model": .string(model), "background": false,
            "instructions": nil, "metadata": [:], "tools": [], "tool_choice": "auto", "parallel_tool_calls": true, "temperature": nil,
            "top_p": nil, "max_output_tokens": nil, "previous_response_id": nil, "store": true, "truncation": "disabled",
            "service_tier": "default", "text": ["format": ["type": "text"]], "reasoning": ["effort": nil, "summary": nil],
        ]
        for (key, value) in request.repeated { members[key] = .written(value.onOneLine) }
        if let text = request.repeated["text"], text["format"]?.isNull ?? true { members["text"] = ["format": ["type": "text"]] }
        head = Array(JSON.object(members).encoded().dropLast())
    }

    /// As it begins.
    var beginning: [UInt8] { json(status: "in_progress", [], ["error": nil, "incomplete_details": nil, "usage": nil]) }

    /// As it ended.
    ///
    /// - Parameter now: Seconds since 1970.
    func ended(_ output: ResponseOutput, _ answer: Answer, now: Int64) -> [UInt8] {
        let reason: JSON? = switch answer.finishReason {
        case .stop, .toolCalls: nil
        case .length: "max_output_tokens"
        case .contentFilter: "content_filter"
        }
        return json(status: answer.finishReason.status.rawValue, output.items, [
            "error": nil, "incomplete_details": reason.map { ["reason": $0] } ?? nil, "usage": usage(answer),
            "completed_at": reason == nil ? .integer(now) : nil,
        ])
    }

    func failed(_ output: ResponseOutput, _ error: APIError) -> [UInt8] {
        let told: JSON = ["code": .string(error.code.rawValue), "message": .string(error.message)]
        return json(status: "failed", output.items, [
            "error": told.adding(["param": error.parameter.map(JSON.string)]), "incomplete_details": nil, "usage": nil,
        ])
    }

    private func json(status: String, _ items: [ResponseOutput.Item], _ more: [String: JSON]) -> [UInt8] {
        var text = head
        text.append(UInt8(ascii: ","))
        text += JSON.object(more).adding(["status": .string(status), "output": .array(items.map { $0.json() })]).encoded().dropFirst()
        return text
    }

    /// Plugins that report one number only report the answer's.
    private func usage(_ answer: Answer) -> JSON {
        let input = Int64(answer.usage?.promptTokens ?? 0)
        let output = answer.usage.map { Int64($0.completionTokens) } ?? Int64(answer.tokensUsed)
        return [
            "input_tokens": .integer(input), "output_tokens": .integer(output), "total_tokens": .integer(input + output),
            "input_tokens_details": ["cached_tokens": .integer(Int64(answer.usage?.cachedTokens ?? 0)), "cache_write_tokens": 0],
            "output_tokens_details": ["reasoning_tokens": .integer(Int64(answer.usage?.reasoningTokens ?? 0))],
        ]
    }
}
