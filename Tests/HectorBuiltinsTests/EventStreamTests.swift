@testable import HectorBuiltins
import Testing

@Suite struct EventStreamTests {
    private func events(_ text: String, limit: Int = 1_000, portion: Int = .max) throws -> [EventStream.Event] {
        var stream = EventStream(limit: limit)
        var rest = Array(text.utf8)[...]
        var events: [EventStream.Event] = []
        while !rest.isEmpty {
            events += try stream.read(rest.prefix(portion))
            rest = rest.dropFirst(portion)
        }
        return events
    }

    private func data(_ events: [EventStream.Event]) -> [String] { events.map { String(decoding: $0.data, as: UTF8.self) } }

    @Test(arguments: ["\n", "\r\n", "\r"], [1, 2, 3, .max])
    func `Lines end in three ways, and may be cut anywhere`(_ end: String, portion: Int) throws {
        let text = ["\u{FEFF}: a comment", "data: one", "", "event: note", "id: 7", "data:two", "data:  three ", "data", "", "data: é", ""].joined(separator: end) + end
        let events = try events(text, portion: portion)
        #expect(data(events) == ["one", "two\n three \n", "é"])
        #expect(events.map(\.name) == ["message", "note", "message"] && events.map(\.id) == ["", "7", "7"])
    }

    @Test func `What has no data is no event, and what is not ended is not there`() throws {
        #expect(try events("event: ping\n\n: hello\n\nretry: 1500\nunknown: x\n\n").isEmpty)
        #expect(try events("data: begun").isEmpty && events("data: begun\n").isEmpty)
        #expect(try data(events("data:\n\n")) == [""])
    }

    @Test func `The time until the next attempt is read`() throws {
        var stream = EventStream(limit: 100)
        _ = try stream.read("retry: 1500\n".utf8)
        #expect(stream.retry == .milliseconds(1_500))
        _ = try stream.read("retry: soon\nretry: 99999999999\n".utf8)
        #expect(stream.retry == .milliseconds(1_500))
    }

    @Test func `Lines and events have an end`() throws {
        #expect(try data(events("data:1234\n\n", limit: 9)) == ["1234"])
        #expect(throws: EventStream.TooLong.self) { try events("data:12345\n\n", limit: 9) }
        #expect(throws: EventStream.TooLong.self) { try events("data:1234\ndata:5678\ndata:9\n\n", limit: 9) }
        // Many small ones are no long one.
        #expect(try events(String(repeating: "data:1\n\n", count: 1_000), limit: 9).count == 1_000)
    }
}
