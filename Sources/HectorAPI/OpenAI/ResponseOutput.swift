import HectorCore
import HectorAgents
import HectorProviders
import NIOCore

/// The output of a response: a message for the text, and an item for each call. It grows while events come, and tells of that in the
/// events of OpenAI's streams.
struct ResponseOutput: Sendable {
    struct Item: Sendable {
        let id: String
        var content: Content
        var status: Status
        /// Of a text.
        var annotations: [JSON] = []

        enum Content: Sendable {
            case text(String)
            case call(ToolCall)
            /// A call that the agent made itself: no part of what is said.
            case own(OwnCalls.Call)
        }

        var isOwn: Bool { if case .own = content { true } else { false } }
    }

    enum Status: String, Sendable {
        case inProgress = "in_progress"
        case completed, incomplete
    }

    private(set) var items: [Item] = []
    private let response: String
    private var sequence = 0

    /// - Parameter response: The response's id. Those of its items contain it, and their place: see `place(of:)`.
    init(of response: String) {
        self.response = response
    }

    /// The output of a whole answer.
    init(of response: String, _ answer: Answer, own: [OwnCalls.Call] = []) {
        self.init(of: response)
        for call in own { begin(.own(call)) }
        if !answer.text.isEmpty || answer.toolCalls.isEmpty {
            begin(.text(answer.text))
            items[items.count - 1].annotations = answer.citations.responseAnnotations
        }
        for call in answer.toolCalls { begin(.call(call)) }
        let status = answer.finishReason.status
        for index in items.indices { items[index].status = index == items.count - 1 ? status : .completed }
    }

    /// What is said in it, as later requests repeat it.
    var said: [ResponseItem] {
        items.compactMap { item in
            switch item.content {
            case .own: nil
            case .text(let text): .message(Message(role: "assistant", content: text))
            case .call(let call): .call(call)
            }
        }
    }

    /// The response of an item, and the item's place in it.
    static func place(of item: String) -> (response: String, index: Int)? {
        guard let first = item.firstIndex(of: "_"), let last = item.lastIndex(of: "_"), first < last,
            let index = Int(item[item.index(after: last)...]), index >= 0
        else { return nil }
        return ("resp" + item[first..<last], index)
    }

    private mutating func begin(_ content: Item.Content) {
        // The agent's own calls have no place among what is said.
        let place = items.count { !$0.isOwn }
        let id = switch content {
        case .text: "msg\(response.dropFirst(4))_\(place)"
        case .call: "fc\(response.dropFirst(4))_\(place)"
        case .own: "mcp\(response.dropFirst(4))_own\(items.count)"
        }
        items.append(Item(id: id, content: content, status: .inProgress))
    }

    // MARK: - Events

    /// An event about the whole response.
    ///
    /// - Parameter object: The response, as JSON's text.
    mutating func event(_ type: String, _ object: [UInt8], to buffer: inout ByteBuffer) {
        write(type, to: &buffer) { data in
            data += #","response":"#.utf8
            data += object
        }
    }

    /// Takes pieces of the answer.
    mutating func take(_ events: [TurnEvent], to buffer: inout ByteBuffer) {
        for event in events {
            switch event {
            case .text(let text): takeText(text, &buffer)
            case .toolCall(let call):
                beginCall(id: call.id, name: call.name, &buffer)
                takeArguments(call.argumentsJson, &buffer)
            case .toolCallPiece(let piece):
                if let head = piece.head { beginCall(id: head.id, name: head.name, &buffer) }
                takeArguments(piece.arguments, &buffer)
            }
        }
    }

    /// Takes calls that the agent made itself.
    mutating func take(own calls: [OwnCalls.Call], to buffer: inout ByteBuffer) {
        for call in calls {
            endItem(.completed, &buffer)
            begin(.own(call))
            announce(&buffer)
            endItem(.completed, &buffer)
        }
    }

    /// Ends the last item, after an answer without any text or call an empty message.
    ///
    /// - Parameter citations: What its text rests on.
    mutating func end(_ status: Status, _ citations: [Citation] = [], to buffer: inout ByteBuffer) {
        if items.allSatisfy(\.isOwn) { takeText("", &buffer) }
        if case .text? = items.last?.content {
            for (index, annotation) in citations.responseAnnotations.enumerated() {
                items[items.count - 1].annotations.append(annotation)
                writeOfItem("response.output_text.annotation.added", to: &buffer) { data, _ in
                    data += #","content_index":0,"annotation_index":\#(index),"annotation":"#.utf8 + annotation.encoded()
                }
            }
        }
        endItem(status, &buffer)
    }

    private mutating func takeText(_ text: String, _ buffer: inout ByteBuffer) {
        if case .text(let before)? = items.last?.content {
            items[items.count - 1].content = .text("")
            items[items.count - 1].content = .text(before + text)
        } else {
            endItem(.completed, &buffer)
            begin(.text(""))
            announce(&buffer)
            writeOfItem("response.content_part.added", to: &buffer) { data, _ in data += #","content_index":0,"part":\#(Self.part(""))"#.utf8 }
            items[items.count - 1].content = .text(text)
        }
        guard !text.isEmpty else { return }
        writeOfItem("response.output_text.delta", to: &buffer) { data, _ in
            data += #","content_index":0,"logprobs":[],"delta":"#.utf8
            data.append(json: text)
        }
    }

    private mutating func beginCall(id: String, name: String, _ buffer: inout ByteBuffer) {
        endItem(.completed, &buffer)
        var call = ToolCall()
        (call.id, call.name) = (id, name)
        begin(.call(call))
        announce(&buffer)
    }

    private mutating func takeArguments(_ piece: String, _ buffer: inout ByteBuffer) {
        guard !piece.isEmpty, case .call(var call)? = items.last?.content else { return }
        items[items.count - 1].content = .text("")
        call.argumentsJson += piece
        items[items.count - 1].content = .call(call)
        writeOfItem("response.function_call_arguments.delta", to: &buffer) { data, _ in
            data += #","delta":"#.utf8
            data.append(json: piece)
        }
    }

    private mutating func endItem(_ status: Status, _ buffer: inout ByteBuffer) {
        guard let last = items.last, last.status == .inProgress else { return }
        items[items.count - 1].status = status
        switch last.content {
        case .text(let text):
            writeOfItem("response.output_text.done", to: &buffer) { data, _ in
                data += #","content_index":0,"logprobs":[],"text":"#.utf8
                data.append(json: text)
            }
            writeOfItem("response.content_part.done", to: &buffer) { data, _ in data += #","content_index":0,"part":\#(Self.part(text, last.annotations))"#.utf8 }
        case .call(let call):
            writeOfItem("response.function_call_arguments.done", to: &buffer) { data, _ in
                data += #","arguments":"#.utf8
                data.append(json: call.argumentsJson)
                data += #","name":"#.utf8
                data.append(json: call.name)
            }
        case .own: break
        }
        write("response.output_item.done", to: &buffer, of: items[items.count - 1])
    }

    private mutating func announce(_ buffer: inout ByteBuffer) {
        guard var item = items.last else { return }
        if case .text = item.content { item.content = .text("") }
        write("response.output_item.added", to: &buffer, of: item, isEmpty: true)
    }

    private mutating func write(_ type: String, to buffer: inout ByteBuffer, of item: Item, isEmpty: Bool = false) {
        let index = items.count - 1
        write(type, to: &buffer) { data in
            data += #","output_index":\#(index),"item":"#.utf8
            data += item.json(isEmpty: isEmpty).encoded()
        }
    }

    private mutating func writeOfItem(_ type: String, to buffer: inout ByteBuffer, _ more: (inout [UInt8], Item) -> Void) {
        guard let item = items.last else { return }
        let index = items.count - 1
        write(type, to: &buffer) { data in
            data += #","output_index":\#(index),"item_id":"#.utf8
            data.append(json: item.id)
            more(&data, item)
        }
    }

    private mutating func write(_ type: String, to buffer: inout ByteBuffer, _ more: (inout [UInt8]) -> Void) {
        var data = Array(#"{"type":"\#(type)","sequence_number":\#(sequence)"#.utf8)
        sequence += 1
        more(&data)
        data.append(UInt8(ascii: "}"))
        buffer.writeString("event: \(type)\n")
        buffer.writeEvent(data)
    }

    fileprivate static func part(_ text: String, _ annotations: [JSON] = []) -> String {
        (["type": "output_text", "annotations": .array(annotations), "logprobs": [], "text": .string(text)] as JSON).text
    }
}

extension ResponseOutput.Item {
    /// - Parameter isEmpty: Whether nothing of its content is known yet.
    func json(isEmpty: Bool = false) -> JSON {
        switch content {
        case .text(let text):
            [
                "id": .string(id), "type": "message", "role": "assistant", "status": .string(status.rawValue),
                "content": isEmpty ? [] : [.written(ResponseOutput.part(text, annotations))],
            ]
        case .call(let call):
            [
                "id": .string(id), "type": "function_call", "status": .string(status.rawValue), "call_id": .string(call.id),
                "name": .string(call.name), "arguments": .string(call.argumentsJson),
            ]
        case .own(let call): call.json(id: id)
        }
    }
}

extension Ending {
    /// What an answer with this ending makes of its last item, and of the response.
    var status: ResponseOutput.Status {
        switch self {
        case .stop, .toolCalls: .completed
        case .length, .contentFilter: .incomplete
        }
    }
}
