import HectorAgents
import HectorCore
import NIOCore
import Testing

@testable import HectorAPI

/// What each dialect makes of an answer that rests on documents.
@Suite struct CitationTests {
    private let answer: Answer = {
        var answer = Answer(text: "Sour [1].")
        let passage = Passage(number: 1, store: "fables", source: "a b.md", title: "The Fox", place: "lines 3-4", text: "They were sour.", score: 0.5)
        answer.citations = [Citation(passage, 5..<8)]
        return answer
    }()

    private func events(_ buffer: ByteBuffer) -> [JSON] {
        String(buffer: buffer).split(separator: "\n").filter { $0.hasPrefix("data: {") }.compactMap { try? JSON(parsing: $0.dropFirst(6).utf8) }
    }

    @Test func chatCompletions() throws {
        let annotations: JSON = [[
            "type": "url_citation",
            "url_citation": ["start_index": 5, "end_index": 8, "title": "a b.md, lines 3-4", "url": "urn:hector:document:fables:a%20b.md"],
        ]]
        let whole = try JSON(parsing: ChatCompletion(id: "c", created: 1, model: "m", inChunks: false).whole(answer))
        #expect(whole["choices"]?[0]?["message"]?["annotations"] == annotations)
        let last = events(ChatCompletion(id: "c", created: 1, model: "m", inChunks: true).closing(answer, withUsage: false))
        #expect(last.map { $0["choices"]?[0]?["delta"] } == [["annotations": annotations], [:]])
        #expect(last.map { $0["choices"]?[0]?["finish_reason"] } == [.null, "stop"])
        let plain = try JSON(parsing: ChatCompletion(id: "c", created: 1, model: "m", inChunks: false).whole(Answer(text: "x")))
        #expect(plain["choices"]?[0]?["message"]?["annotations"] == nil)
    }

    @Test func responses() {
        let annotation: JSON = ["type": "file_citation", "index": 7, "file_id": "urn:hector:document:fables:a%20b.md", "filename": "a b.md, lines 3-4"]
        #expect(ResponseOutput(of: "resp_1", answer).items[0].json().parsed["content"]?[0]?["annotations"] == [annotation])
        var output = ResponseOutput(of: "resp_1")
        var buffer = ByteBuffer()
        output.take([.text("Sour [1].")], to: &buffer)
        buffer.clear()
        output.end(.completed, answer.citations, to: &buffer)
        let events = events(buffer)
        #expect(events.map { $0["type"] } == [
            "response.output_text.annotation.added", "response.output_text.done", "response.content_part.done", "response.output_item.done",
        ])
        #expect(events[0]["annotation"] == annotation && events[0]["annotation_index"] == 0)
        #expect(events[2]["part"]?["annotations"] == [annotation] && events[3]["item"]?["content"]?[0]?["annotations"] == [annotation])
    }

    @Test func messages() throws {
        let citation: JSON = [
            "type": "search_result_location", "cited_text": "They were sour.", "source": "urn:hector:document:fables:a%20b.md", "title": "a b.md, lines 3-4",
            "search_result_index": 0, "start_block_index": 0, "end_block_index": 1,
        ]
        let whole = try JSON(parsing: MessageEvents(id: "m", model: "m").whole(answer))
        #expect(whole["content"] == [["type": "text", "text": "Sour [1].", "citations": [citation]]])
        var stream = MessageEvents(id: "m", model: "m")
        _ = stream.pieces([.text("Sour [1].")])
        let last = events(stream.closing(answer))
        #expect(last.map { $0["type"] } == ["content_block_delta", "content_block_stop", "message_delta", "message_stop"])
        #expect(last[0]["delta"] == ["type": "citations_delta", "citation": citation])
    }

    @Test func tasks() {
        var task = A2ATask(id: "t", agent: "a", context: "c", question: "q", messageID: "m", state: .completed, changed: 0)
        task.text = answer.text
        task.citations = answer.citations.extensionJSON.text
        let metadata = A2AForm.v1.task(task).parsed["artifacts"]?[0]?["metadata"]?["urn:hector:a2a:run:1"]
        #expect(metadata == ["citations": [[
            "number": 1, "store": "fables", "source": "a b.md", "title": "The Fox", "place": "lines 3-4", "start": 5, "end": 8,
        ]]])
    }

    @Test func whatWasFoundIsToldWithoutItsText() {
        let event = RunEvent.retrieved(stores: ["fables"], passages: answer.citations.map(\.passage), replicas: ["d-1"], took: .milliseconds(500))
        #expect(RunExtension.json(event, withDetails: false).parsed == [
            "event": "retrieved", "stores": ["fables"], "seconds": .number(0.5),
            "passages": [["number": 1, "store": "fables", "source": "a b.md", "title": "The Fox", "place": "lines 3-4", "score": .number(0.5)]],
        ])
    }
}

extension JSON {
    /// Written parts read again.
    fileprivate var parsed: JSON { (try? JSON(parsing: encoded())) ?? .null }
}
