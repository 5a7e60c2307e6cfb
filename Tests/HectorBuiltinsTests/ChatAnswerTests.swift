import HectorCore
@testable import HectorBuiltins
import HectorProto
import HectorProviders
import Testing

@Suite struct ChatAnswerTests {
    private func read(_ events: [String], limits: BuiltinLimits = BuiltinLimits()) throws -> (output: [ChatAnswer.Output], answer: ChatAnswer) {
        var answer = ChatAnswer(idStem: "call-1", limits: limits)
        var output: [ChatAnswer.Output] = []
        for event in events { output += try answer.read(Array(event.utf8)) }
        return (output, answer)
    }

    private func delta(_ delta: String, _ reason: String = "null") -> String { #"{"choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(reason)}]}"# }
    private func calls(_ calls: String...) -> String { delta(#"{"tool_calls":[\#(calls.joined(separator: ","))]}"#) }

    @Test func `Texts come in order, and the end says why and how many tokens`() throws {
        let (output, answer) = try read([
            delta(#"{"role":"assistant","content":null}"#), delta(#"{"content":"Hel"}"#), delta(#"{"content":"lo"}"#), delta("{}", #""length""#),
            #"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":1}}}"#,
            "[DONE]",
        ])
        #expect(output == [.text("Hel"), .text("lo")])
        let end = try #require(answer.end)
        #expect(end.tokensUsed == 2 && end.finishReason == .length && answer.isOver)
        let usage = try #require(end.usage)
        #expect(usage.promptTokens == 5 && usage.completionTokens == 2 && usage.cachedTokens == 3 && usage.reasoningTokens == 1)
    }

    @Test func `Ids of tokens come with the text that they spell, as vLLM and as llama.cpp tell them`() throws {
        let vllm = #"{"choices":[{"delta":{"content":"Hello"},"token_ids":[5,6]}]}"#
        let spelled = #"{"choices":[{"delta":{"content":"Hé"},"logprobs":{"content":[{"id":7,"bytes":[72]},{"id":8,"bytes":[195,169]}]}}]}"#
        // The token with the first byte of a character is not told.
        let incomplete = #"{"choices":[{"delta":{"content":"é"},"logprobs":{"content":[{"id":9,"bytes":[169]}]}}]}"#
        #expect(try read([vllm, spelled, incomplete]).output == [.text("Hello", tokens: [5, 6]), .text("Hé", tokens: [7, 8]), .text("é")])
    }

    @Test func `llama.cpp's own completions are read as well`() throws {
        let (output, answer) = try read([
            #"{"content":"a","tokens":[1],"stop":false,"tokens_predicted":1}"#, #"{"content":"é","tokens":[3],"stop":false,"tokens_predicted":3}"#,
            #"{"content":"","tokens":[],"stop":true,"stop_type":"limit","tokens_predicted":3,"tokens_evaluated":9,"timings":{"cache_n":8}}"#,
        ])
        #expect(output == [.text("a", tokens: [1]), .text("é")], "one of two tokens is told")
        let end = try #require(answer.end)
        #expect(end.finishReason == .length && end.tokensUsed == 3 && end.usage?.promptTokens == 9 && end.usage?.cachedTokens == 8)
        #expect(try read([#"{"content":"","stop":true,"stop_type":"eos"}"#]).answer.end?.finishReason == .stop)
    }

    @Test func `Pieces of calls are joined by their numbers`() throws {
        let (output, answer) = try read([
            calls(#"{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}"#),
            calls(#"{"index":0,"function":{"arguments":"{\"x\""}}"#),
            calls(#"{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}"#, #"{"index":0,"function":{"arguments":":1}"}}"#),
            calls(#"{"index":1,"function":{"arguments":"}"}}"#), delta("{}", #""tool_calls""#),
        ])
        #expect(answer.toolCalls.map(\.id) == ["a", "b"] && answer.toolCalls.map(\.name) == ["f", "g"])
        #expect(answer.toolCalls.map(\.argumentsJson) == [#"{"x":1}"#, "{}"])
        #expect(output.first == .piece(index: 0, id: "a", name: "f", arguments: "") && output.count == 5)
        #expect(answer.end?.finishReason == .toolCalls)
    }

    @Test func `Engines number calls in ways of their own`() throws {
        // All are number 0, and their ids differ.
        let same = try read([
            calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#), calls(#"{"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}"#),
        ]).answer
        #expect(same.toolCalls.map(\.id) == ["a", "b"])
        // No numbers and no ids: a name begins a call.
        let bare = try read([
            calls(#"{"function":{"name":"f","arguments":{"x":1}}}"#), calls(#"{"function":{"name":"g"}}"#), calls(#"{"function":{"arguments":"{\"y\":2}"}}"#),
            delta("{}", #""stop""#),
        ]).answer
        #expect(bare.toolCalls.map(\.id) == ["call-1-0", "call-1-1"])
        #expect(bare.toolCalls.map(\.argumentsJson) == [#"{"x":1}"#, #"{"y":2}"#])
        #expect(bare.end?.finishReason == .toolCalls, "one that called tools did not just stop")
        // The name and the id are repeated with every piece.
        let repeated = try read([
            calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}"#), calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":"}"}}"#),
        ]).answer
        #expect(repeated.toolCalls.map(\.argumentsJson) == ["{}"] && repeated.toolCalls.map(\.name) == ["f"])
    }

    @Test func `A whole answer is read as one that comes`() throws {
        let (output, answer) = try read([
            #"{"choices":[{"message":{"role":"assistant","content":"Hi","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":9}}"#
        ])
        #expect(output.first == .text("Hi") && answer.toolCalls.count == 1 && answer.end?.tokensUsed == 9)
    }

    @Test func `A refusal is a text that ends the answer`() throws {
        let (output, answer) = try read([delta(#"{"refusal":"I can't."}"#), delta("{}", #""stop""#)])
        #expect(output == [.text("I can't.")] && answer.end?.finishReason == .contentFilter)
    }

    @Test func `Thoughts are no part of the answer`() throws {
        #expect(try read([delta(#"{"reasoning_content":"hm"}"#), delta(#"{"reasoning":"hm","content":"4"}"#)]).output == [.text("4")])
    }

    @Test func `One that ends in the middle has no end`() throws {
        #expect(try read([delta(#"{"content":"Hel"}"#)]).answer.end == nil)
        #expect(try read([delta(#"{"content":"Hel"}"#), "[DONE]"]).answer.end?.finishReason == .unspecified)
    }

    @Test func `What is no answer is told`() {
        #expect(throws: ChatAnswer.Trouble.notJSON) { try read(["{"]) }
        #expect(throws: ChatAnswer.Trouble.notJSON) { try read(["[1]"]) }
        let error = #"{"error":{"message":"out of memory","code":500,"type":"server_error"}}"#
        #expect { try read([error]) } throws: { trouble in
            guard case ChatAnswer.Trouble.failed(let error) = trouble else { return false }
            return error.status == 500 && error.message == "out of memory" && error.code == "server_error"
        }
        var limits = BuiltinLimits()
        (limits.toolCalls, limits.argumentBytes) = (1, 4)
        let one = calls(#"{"id":"a","function":{"name":"f","arguments":"{}"}}"#)
        #expect(throws: ChatAnswer.Trouble.tooManyCalls) { try read([one, calls(#"{"id":"b","function":{"name":"f"}}"#)], limits: limits) }
        #expect(throws: ChatAnswer.Trouble.argumentsTooLong) { try read([one, calls(#"{"id":"a","function":{"arguments":"123"}}"#)], limits: limits) }
    }
}
