import Foundation
import HectorAgents
import HectorCore
import HectorProviders
import Testing

@testable import HectorAPI

@Suite struct ChatRequestTests {
    /// A request that is good, with these members added to it.
    func read(_ more: String = "") throws -> ChatRequest {
        let members = [#""model":"m","messages":[{"role":"user","content":"hi"}]"#, more].filter { !$0.isEmpty }
        return try ChatRequest(JSONText(Array("{\(members.joined(separator: ","))}".utf8)))
    }

    func failure(_ more: String) -> APIError? {
        do {
            return try read(more).choiceProblem
        } catch {
            return error as? APIError
        }
    }

    func tool(_ name: String) -> String { #"{"type":"function","function":{"name":"\#(name)"}}"# }

    // MARK: what is wrong is named

    @Test(arguments: [
        (#""stream":1"#, "stream", "stream must be true or false, not a number."),
        (#""stream_options":{"include_usage":"yes"}"#, "stream_options.include_usage", "stream_options.include_usage must be true or false, not a string."),
        (#""stop":7"#, "stop", "stop must be a string, not a number."),
        (#""stop":"""#, "stop", "stop is empty: every answer would end before it begins."),
        (#""stop":["a",""]"#, "stop[1]", "stop[1] is empty: every answer would end before it begins."),
        (#""stop":["a","b","c","d","e"]"#, "stop[4]", "stop[4] exceeds the limit of 4 sequences."),
        (#""max_tokens":0"#, "max_tokens", "max_tokens must be at least 1."),
        (#""max_completion_tokens":1.5"#, "max_completion_tokens", "max_completion_tokens must be a whole number."),
        (#""max_tokens":"5""#, "max_tokens", "max_tokens must be a whole number, not a string."),
        (#""max_tokens":99999999999999999999999999999999999"#, "max_tokens", "max_tokens must be a whole number of at most 32 characters."),
        (#""max_tokens":1e30"#, "max_tokens", "max_tokens must be a whole number from 1 to 9223372036854775807."),
        (#""temperature":"hot""#, "temperature", "temperature must be a number, not a string."),
        (#""seed":{}"#, "seed", "seed must be a number, not an object."),
        (#""thinking":"yes""#, "thinking", "thinking must be a boolean or an object, not a string."),
        (#""enable_thinking":1"#, "enable_thinking", "enable_thinking must be a boolean, not a number."),
        (#""parallel_tool_calls":0"#, "parallel_tool_calls", "parallel_tool_calls must be true or false, not a number."),
        (#""tools":{}"#, "tools", "tools must be an array, not an object."),
        (#""tools":[1]"#, "tools[0]", "tools[0] must be an object, not a number."),
        (#""tools":[{"type":"function"}]"#, "tools[0].function", "tools[0].function is missing."),
        (#""tools":[{"function":{}}]"#, "tools[0].function.name", "tools[0].function.name is missing."),
        (#""tools":[{"function":{"name":"f","parameters":[]}}]"#, "tools[0].function.parameters", "tools[0].function.parameters must be an object, not an array."),
        (#""tools":[{"function":{"name":"a b"}}]"#, "tools[0].function.name", "tools[0].function.name must be 1 to 64 of a-z, A-Z, 0-9, _ and -, not 'a b'."),
        (#""tools":[{"function":{"name":"f"}},{"function":{"name":"f"}}]"#, "tools[1].function.name", "tools[1].function.name repeats the name of an earlier tool: f."),
        (#""messages":[]"#, "messages", "messages is empty."),
        (#""messages":[{"role":"user"},{"content":"a"}]"#, "messages[1].role", "messages[1].role is missing."),
        (#""messages":[{"role":"user","content":{}}]"#, "messages[0].content", "messages[0].content must be a string or an array of parts, not an object."),
        (#""messages":[{"role":"user","content":[{"type":"text"}]}]"#, "messages[0].content[0].text", "messages[0].content[0].text is missing."),
        (#""messages":[{"role":"user","content":[{"type":"text","text":null}]}]"#, "messages[0].content[0].text", "messages[0].content[0].text is missing."),
        (#""messages":[{"role":"user","content":[{"text":"a"}]}]"#, "messages[0].content[0].type", "messages[0].content[0].type is missing."),
        (#""messages":[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":{}}}]}]"#, "messages[0].tool_calls[0].function.arguments", "messages[0].tool_calls[0].function.arguments must be a string, not an object."),
        (#""messages":[{"role":"assistant","tool_calls":[{"id":"c"}]}]"#, "messages[0].tool_calls[0].function.name", "messages[0].tool_calls[0].function.name is missing."),
        (#""messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]}]"#, "messages[0].tool_calls[0].id", "messages[0].tool_calls[0].id is missing."),
        (#""messages":[{"role":"tool","tool_call_id":7}]"#, "messages[0].tool_call_id", "messages[0].tool_call_id must be a string, not a number."),
        (#""model":"""#, "model", "model is empty."),
        (#""temperature":-1"#, "temperature", "temperature must be a number from 0 to 100."),
        (#""top_p":1e400"#, "top_p", "top_p must be a number from 0 to 1."),
        (#""top_k":1.5"#, "top_k", "top_k must be a whole number."),
        (#""reasoning_effort":"much""#, "reasoning_effort", "reasoning_effort must be none, minimal, low, medium, high or xhigh, not 'much'."),
        (#""response_format":{}"#, "response_format.type", "response_format.type is missing."),
        (#""response_format":{"type":"json_schema"}"#, "response_format.json_schema", "response_format.json_schema is missing."),
        (#""response_format":{"type":"json_schema","json_schema":{}}"#, "response_format.json_schema.schema", "response_format.json_schema.schema is missing."),
        (#""response_format":{"type":"json_schema","json_schema":{"schema":{"type":"text"}}}"#, "response_format.json_schema.schema", "response_format.json_schema.schema cannot be used: $.type must be null, boolean, integer, number, string, array, object, or a list of these."),
        (#""tool_choice":"required""#, "tool_choice", "tool_choice asks for a call, and there are no tools."),
        (#""tool_choice":{"type":"function"},"tools":[{"function":{"name":"f"}}]"#, "tool_choice.function.name", "tool_choice.function.name is missing."),
        (#""tool_choice":{"type":"function","function":{"name":"g"}},"tools":[{"function":{"name":"f"}}]"#, "tool_choice.function.name", "tool_choice.function.name is not among the tools: 'g'."),
        (#""messages":[{"role":"user","content":[{"type":"image_url"}]}]"#, "messages[0].content[0].image_url", "messages[0].content[0].image_url is missing."),
        (#""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:text/plain;base64,AA=="}}]}]"#, "messages[0].content[0].image_url.url", "messages[0].content[0].image_url.url must begin with data:image/TYPE;base64, and not 'data:text/plain;base64'."),
        (#""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,A"}}]}]"#, "messages[0].content[0].image_url.url", "messages[0].content[0].image_url.url is not valid base64."),
        (#""messages":[{"role":"user","content":"a"}],"continue_final_message":true"#, "messages[0]", "messages[0] cannot be continued: only the text of an assistant can, behind another message."),
    ]) func `The member that is wrong is named`(more: String, place: String, message: String) {
        let error = failure(more)
        #expect(error?.code == .invalidRequest)
        #expect(error?.parameter == place)
        #expect(error?.message == message)
    }

    @Test(arguments: [
        (#""response_format":{"type":"grammar"}"#, "response_format.type"),
        (#""response_format":{"type":"json_schema","json_schema":{"schema":{"pattern":"a+"}}}"#, "response_format.json_schema.schema"),
        (#""tool_choice":"sometimes""#, "tool_choice"),
        (#""tool_choice":{"type":"allowed_tools"}"#, "tool_choice.type"),
        (#""n":2"#, "n"), (#""logprobs":true"#, "logprobs"), (#""top_logprobs":3"#, "top_logprobs"),
        (#""modalities":["text","audio"]"#, "modalities"), (#""audio":{"voice":"x"}"#, "audio"),
        (#""functions":[{"name":"f"}]"#, "functions"), (#""function_call":{"name":"f"}"#, "function_call"),
        (#""store":true"#, "store"), (#""background":true"#, "background"),
        (#""web_search_options":{}"#, "web_search_options"), (#""guided_json":{}"#, "guided_json"),
        (#""tools":[{"type":"custom","custom":{"name":"f"}}]"#, "tools[0].type"),
        (#""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a.example/x.png"}}]}]"#, "messages[0].content[0].image_url.url"),
        (#""messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"input_audio"}]}]"#, "messages[0].content[1].type"),
        (#""messages":[{"role":"user","content":[{"type":"file"}]}]"#, "messages[0].content[0].type"),
        (#""messages":[{"role":"assistant","function_call":{"name":"f"}}]"#, "messages[0].function_call"),
        (#""messages":[{"role":"assistant","audio":{"id":"a"}}]"#, "messages[0].audio"),
        (#""stop_token_ids":[2]"#, "stop_token_ids"), (#""bad_words":["no"]"#, "bad_words"), (#""json_schema":{"type":"object"}"#, "json_schema"),
        (#""format":"json""#, "format"),
        (#""messages":[{"role":"assistant","content":"Once","prefix":true},{"role":"user","content":"a"}]"#, "messages[0].prefix"),
    ]) func `A promise that cannot be kept is refused by name`(more: String, place: String) {
        let error = failure(more)
        #expect(error?.code == .unsupportedParameter)
        #expect(error?.parameter == place)
    }

    @Test(arguments: [
        #""response_format":{"type":"text"}"#, #""tool_choice":"auto""#, #""tool_choice":"none""#, #""n":1"#, #""n":1.0"#,
        #""logprobs":false"#, #""top_logprobs":0"#, #""modalities":["text"]"#, #""functions":[]"#, #""function_call":"none""#,
        #""store":false"#, #""user":"u","metadata":{"a":"b"},"service_tier":"flex","prompt_cache_key":"k","safety_identifier":"s""#,
        #""response_format":null,"tool_choice":null,"n":null,"logprobs":null,"audio":null,"stop":null,"max_tokens":null,"stream":null"#,
        #""stop":[],"stream_options":{"include_obfuscation":false}"#, #""what_nobody_knows":[[[{}]]]"#,
        #""stop_token_ids":[],"bad_words":[],"continue_final_message":false,"format":"","ignore_eos":false,"mirostat":0,"top_a":0"#,
        #""messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","prefix":false}]"#,
        #""user":7,"metadata":"x","service_tier":[]"#,
        #""top_p":1,"frequency_penalty":0,"presence_penalty":0.0,"logit_bias":{},"temperature":null,"seed":null"#,
    ]) func `What asks for nothing passes in silence`(more: String) throws {
        #expect(try read(more).ignored == [])
    }

    @Test func `Every hint that is given is named once, in order`() throws {
        let hints = [
            #""verbosity":"low""#, #""temperature":1"#, #""top_p":0.5"#, #""top_k":40"#, #""seed":1"#, #""frequency_penalty":1"#,
            #""presence_penalty":-1"#, #""logit_bias":{"5":1}"#, #""reasoning_effort":"low""#, #""temperature":0"#, #""prediction":{}"#,
            #""enable_thinking":false"#, #""mirostat":2"#, #""mirostat_tau":5"#, #""num_ctx":4096"#, #""ignore_eos":true"#, #""top_a":0.1"#,
            #""tools":[{"function":{"name":"f","strict":true}},{"function":{"name":"g","strict":true}}]"#,
        ]
        #expect(try read(hints.joined(separator: ",")).ignored == [
            "enable_thinking", "ignore_eos", "logit_bias", "mirostat", "mirostat_tau", "num_ctx", "prediction", "tools.function.strict",
            "top_a", "verbosity",
        ])
    }

    // MARK: what is read

    @Test func `Options are read in every form`() throws {
        #expect(try read().options == GenerationOptions())
        #expect(try read(#""stop":"a""#).options.stop == ["a"])
        #expect(try read(#""stop":["a","\u00e9"]"#).options.stop == ["a", "é"])
        #expect(try read(#""max_tokens":5"#).options.maxTokens == 5)
        #expect(try read(#""max_tokens":5,"max_completion_tokens":4"#).options.maxTokens == 4)
        #expect(try read(#""parallel_tool_calls":false"#).options.parallelToolCalls == false)
        let stream = try read(#""stream":true,"stream_options":{"include_usage":true}"#)
        #expect(stream.stream && stream.includeUsage)
        #expect(try read(#""tool_choice":"none","tools":[\#(tool("f"))]"#).tools.isEmpty)
        #expect(try read(#""tools":[\#(tool("f"))],"tool_choice":"none""#).tools.isEmpty)
        #expect(try read(#""tools":[\#(tool("f"))]"#).tools.map(\.parametersJson) == [#"{"type":"object","properties":{}}"#])
    }

    @Test func `An earlier refusal stands in the place of an answer`() throws {
        let messages = try read(#"""
            "messages":[{"role":"assistant","content":null,"refusal":"No."},
            {"role":"assistant","content":[{"type":"refusal","refusal":"Never."}]},{"role":"assistant","content":"a","refusal":null}]
            """#).messages
        #expect(messages.map(\.content) == ["No.", "Never.", "a"])
    }

    @Test func `Hints, formats and choices reach the options`() throws {
        let hints = try read(#""temperature":0.5,"top_p":0.25,"top_k":40,"min_p":0.1,"seed":-7,"frequency_penalty":1,"presence_penalty":-1,"repeat_penalty":1.5,"reasoning_effort":"low""#).options.hints
        var expected = GenerateOptions()
        (expected.temperature, expected.topP, expected.topK, expected.minP, expected.seed) = (0.5, 0.25, 40, 0.1, -7)
        (expected.frequencyPenalty, expected.presencePenalty, expected.repetitionPenalty, expected.reasoningEffort) = (1, -1, 1.5, "low")
        #expect(hints == expected)
        #expect(hints?.given == [
            .temperature, .topP, .topK, .minP, .seed, .frequencyPenalty, .presencePenalty, .repetitionPenalty, .reasoningEffort,
        ])
        let nothing = try read(#""top_p":1,"frequency_penalty":0,"presence_penalty":0.0,"top_k":-1,"repetition_penalty":1"#).options.hints
        #expect(nothing?.given == [] && nothing?.hasTopP == true, "the model may have others of its own")
        #expect(try read(#""response_format":{"type":"json_object"}"#).options.format == .json)
        let schema = try read(#""response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type": "object"}}}"#)
        guard case .schema(let format) = schema.options.format else { Issue.record("no schema"); return }
        #expect(format.text == #"{"type": "object"}"# && format.name == "n")
        let tools = #""tools":[\#(tool("f")),\#(tool("g"))]"#
        #expect(try read(#""tool_choice":"required",\#(tools)"#).options.toolChoice == .required)
        #expect(try read(#""tool_choice":{"type":"function","function":{"name":"g"}},\#(tools)"#).options.toolChoice == .named("g"))
        #expect(try read(#""tool_choice":"none",\#(tools)"#).options.toolChoice == .none)
        // Both count for the tools that an agent has itself.
        #expect(try read(#""tool_choice":"none""#).options.toolChoice == .none)
        let own = try read(#""tool_choice":{"type":"function","function":{"name":"calc__add"}}"#)
        #expect(own.options.toolChoice == .named("calc__add") && own.choiceProblem?.parameter == "tool_choice")
    }

    @Test func `Images are parts, and text alone is not`() throws {
        let messages = try read(#"""
            "messages":[{"role":"user","content":[{"type":"text","text":"What is "},{"type":"image_url","image_url":{"url":"data:image/PNG;base64,AAEC"}},
            {"type":"image_url","image_url":"data:image/jpeg;x=y;base64,/w=="}]},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]
            """#).messages
        #expect(messages[0].content.isEmpty && messages[1].parts.isEmpty && messages[1].content == "ab")
        #expect(messages[0].parts == [.text("What is "), .image("image/png", [0, 1, 2]), .image("image/jpeg", [255])])
    }

    @Test(arguments: [#""prefix":true"#, #""partial":true"#]) func `An assistant's last text is the beginning of the answer`(flag: String) throws {
        let request = try read(#""messages":[{"role":"user","content":"a"},{"role":"assistant","content":"Once",\#(flag)}]"#)
        #expect(request.beginning == "Once" && request.messages.map(\.content) == ["a"])
        let other = try read(#""messages":[{"role":"user","content":"a"},{"role":"assistant","content":"Once"}],"continue_final_message":true"#)
        #expect(other.beginning == "Once" && other.messages.map(\.content) == ["a"])
    }

    // MARK: bounds

    @Test func `Names, ids, sequences and their number are bounded`() throws {
        func long(_ count: Int) -> String { String(repeating: "x", count: count) }
        func call(id: Int, name: Int) -> String {
            #""messages":[{"role":"assistant","tool_calls":[{"id":"\#(long(id))","function":{"name":"\#(long(name))"}}]}]"#
        }
        func tools(_ count: Int) -> String { #""tools":[\#((0..<count).map { tool("f\($0)") }.joined(separator: ","))]"# }
        let limits = ChatLimits.standard
        #expect(failure(#""model":"\#(long(limits.modelBytes))""#) == nil)
        #expect(failure(#""model":"\#(long(limits.modelBytes + 1))""#)?.code == .modelNotFound)
        #expect(failure(#""stop":"\#(long(limits.stopBytes))""#) == nil)
        #expect(failure(#""stop":"\#(long(limits.stopBytes + 1))""#)?.parameter == "stop")
        #expect(failure(#""tools":[\#(tool(long(limits.toolNameBytes)))]"#) == nil)
        #expect(failure(#""tools":[\#(tool(long(limits.toolNameBytes + 1)))]"#)?.parameter == "tools[0].function.name")
        #expect(failure(call(id: limits.callIDBytes, name: limits.calledNameBytes)) == nil)
        #expect(failure(call(id: limits.callIDBytes + 1, name: 1))?.parameter == "messages[0].tool_calls[0].id")
        #expect(failure(call(id: 1, name: limits.calledNameBytes + 1))?.parameter == "messages[0].tool_calls[0].function.name")
        #expect(failure(tools(limits.tools)) == nil)
        #expect(failure(tools(limits.tools + 1))?.parameter == "tools[128]")
    }

    @Test func `Foreign text in an error is cut and escaped`() {
        let name = String(repeating: "x", count: 100_000)
        for more in [
            #""messages":[{"role":"\#(name)\u001b"}]"#, #""messages":[{"role":"user","content":[{"type":"\#(name)"}]}]"#,
            #""model":"\u001b\#(name)""#, #""tools":[\#(tool("\\u0007" + name))]"#,
        ] {
            let message = failure(more)?.message ?? ""
            #expect(!message.isEmpty && message.utf8.count < 300)
            #expect(!message.unicodeScalars.contains { $0.value < 0x20 })
        }
    }

    // MARK: cost

    /// What the values hold, as far as it can be told from outside.
    func occupied(_ request: ChatRequest) -> Int {
        request.messages.reduce(0) { sum, message in
            let calls = message.toolCalls.reduce(0) {
                $0 + MemoryLayout<ToolCall>.stride + $1.id.utf8.count + $1.name.utf8.count + $1.argumentsJson.utf8.count
            }
            return sum + MemoryLayout<Message>.stride + message.content.utf8.count + message.toolCallID.utf8.count + calls
        } + request.tools.reduce(0) {
            $0 + MemoryLayout<ToolDefinition>.stride + $1.name.utf8.count + $1.description_p.utf8.count + $1.parametersJson.utf8.count
        }
    }

    @Test func `The weight of a request is never less than what it occupies`() throws {
        let call = #"{"id":"c","function":{"name":"f","arguments":"{}"}}"#
        for messages in [
            Array(repeating: #"{"role":"user"}"#, count: 1000),
            [#"{"role":"user","content":"\#(String(repeating: "{[", count: 1000))"}"#],
            [#"{"role":"user","content":[\#(Array(repeating: #"{"type":"text","text":"a \" b"}"#, count: 100).joined(separator: ","))]}"#],
            [#"{"role":"assistant","tool_calls":[\#(Array(repeating: call, count: 1000).joined(separator: ","))]}"#],
        ] {
            let text = try JSONText(Array(
                #"{"messages":[\#(messages.joined(separator: ","))],"model":"m","tools":[\#(tool("f"))]}"#.utf8))
            let weight = ChatRequest.weight(of: text)
            let occupied = try occupied(ChatRequest(text))
            #expect(weight >= occupied)
            #expect(weight <= text.bytes.count + 256 * (1000 + 1000 + 10))
        }
        // Braces in texts and in schemas cost their bytes and no more.
        let schema = String(repeating: #"{"a":"#, count: 50) + "1" + String(repeating: "}", count: 50)
        let text = try JSONText(Array(
            #"{"messages":[{"role":"user","content":"\"{{{{{{\\"}],"tools":[{"function":{"name":"f","parameters":\#(schema)}}],"model":"m"}"#.utf8))
        #expect(ChatRequest.weight(of: text) == text.bytes.count + 256 * 5)
    }

    /// Ten times the text takes about ten times as long, whatever it is made of, and a byte costs little: to try one type
    /// after the other for each value took microseconds, and more the deeper it stood.
    @Test(arguments: [
        #"{"role":"user"}"#, #"{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#,
        #"{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"a\":\"\\u00fc\"}"}}]}"#,
        #"{"role":"user","content":"a","x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"#,
    ]) func `Reading takes time in proportion to the text`(message: String) throws {
        func secondsToRead(_ bytes: Int) throws -> Double {
            let messages = Array(repeating: message, count: bytes / message.utf8.count).joined(separator: ",")
            let body = Array(#"{"model":"m","messages":[\#(messages)]}"#.utf8)
            return try (0..<3).map { _ in try processorSeconds { _ = try ChatRequest(try JSONText(body)) } }.min() ?? 0
        }
        let (small, large) = (try secondsToRead(20_000), try secondsToRead(200_000))
        #expect(large < 40 * small + 0.01, "\(small) s, then \(large) s")
        // A microsecond a byte; ten times what a debug build takes.
        #expect(large < 0.2, "\(large) s")
    }

    // MARK: the page for people

    @Test func `The documented parameters are those of the code`() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/openai.md")
        var documented: [String: String] = [:]
        let chat = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "## Responses")[0]
        for line in chat.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            for name in cells[0].split(separator: ",") {
                documented[name.trimmingCharacters(in: CharacterSet(charactersIn: " `"))] = cells[1]
            }
        }
        for (name, parameter) in ChatParameter.unread {
            let word = switch parameter {
            case .hint: "named"
            case .promise: "refused"
            case .inert: "no effect"
            }
            #expect(documented[name]?.hasPrefix(word) == true, "\(name): \(documented[name] ?? "not in the table")")
        }
        let read = ["model", "messages", "tools", "stop", "max_tokens", "max_completion_tokens", "parallel_tool_calls", "stream", "stream_options"]
        for name in read { #expect(documented[name]?.hasPrefix("carried out") == true, "\(name)") }
    }
}
