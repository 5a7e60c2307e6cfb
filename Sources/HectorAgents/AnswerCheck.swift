import HectorCore
import HectorProviders

/// Whether an answer is what was asked for: in the form that was asked for, with the calls that were asked for.
struct AnswerCheck: Sendable {
    /// What is wrong with an answer, as the model is told, and then the caller.
    struct Failure: Error, Equatable {
        let problem: String
    }

    private let options: GenerationOptions
    private let tools: [ToolDefinition]

    init(_ options: GenerationOptions, tools: [ToolDefinition]) {
        self.options = options
        self.tools = tools
    }

    /// What is asked for in the prompt of a model that does not know the options.
    var wishes: [ModelRequest.Wish] {
        var wishes: [ModelRequest.Wish] = []
        switch options.format {
        case .text: break
        case .json:
            wishes.append(ModelRequest.Wish(
                ability: .responseFormat, text: "Answer with one JSON object and nothing else: no explanation, no code fence."))
        case .schema(let schema):
            wishes.append(ModelRequest.Wish(
                ability: .responseFormat,
                text: "Answer with one JSON value and nothing else: no explanation, no code fence. It must match this JSON Schema: \(schema.text)"))
        }
        switch options.toolChoice {
        case .auto, .none: break
        case .required: wishes.append(ModelRequest.Wish(ability: .toolChoice, text: "You must answer by calling at least one of the tools."))
        case .named(let name): wishes.append(ModelRequest.Wish(ability: .toolChoice, text: "You must answer by calling the tool \(name)."))
        }
        return wishes
    }

    /// - Returns: The answer as it is handed on.
    func check(_ answer: Answer) throws(Failure) -> Answer {
        // What was cut or refused is not taken for more than that: its reason says so.
        guard answer.finishReason != .length, answer.finishReason != .contentFilter else { return answer }
        try checkCalls(answer)
        guard options.format != .text, answer.toolCalls.isEmpty else { return answer }
        var answer = answer
        answer.text = try checkText(Self.unfenced(answer.text))
        return answer
    }

    private func checkCalls(_ answer: Answer) throws(Failure) {
        guard options.toolChoice.mustCall else { return }
        guard !answer.toolCalls.isEmpty else { throw Failure(problem: "it calls no tool") }
        for call in answer.toolCalls {
            if case .named(let name) = options.toolChoice, call.name != name { throw Failure(problem: "it calls \(quoted(call.name)) and not \(name)") }
            guard tools.contains(where: { $0.name == call.name }) else { throw Failure(problem: "it calls \(quoted(call.name)), which is not among the tools") }
        }
    }

    private func checkText(_ text: String) throws(Failure) -> String {
        let json: JSONText
        do throws(JSONFailure) {
            json = try JSONText(Array(text.utf8))
        } catch {
            throw Failure(problem: "it is \(error)")
        }
        switch options.format {
        case .text: break
        case .json:
            guard json.kind == .object else { throw Failure(problem: "it is JSON, but no object") }
        case .schema(let schema):
            do throws(JSONSchema.Failure) {
                try schema.schema.check(json)
            } catch {
                throw Failure(problem: "it does not match the schema: \(singleLine("\(error)", limit: 500))")
            }
        }
        return text
    }

    /// Models put JSON between code fences, and white space around it.
    static func unfenced(_ text: String) -> String {
        var text = text[...]
        func trim() {
            while let first = text.first, first.isWhitespace { text.removeFirst() }
            while let last = text.last, last.isWhitespace { text.removeLast() }
        }
        trim()
        if text.hasPrefix("```"), text.hasSuffix("```"), let line = text.firstIndex(where: \.isNewline), text.count > 6 {
            text = text[line...].dropLast(3)
            trim()
        }
        return String(text)
    }
}
