import Testing

@testable import hector

@Suite struct EventReaderTests {
    static let text = ": hello\r\ndata: one\r\n\r\nevent: x\ndata:two\ndata: three\n\n\n\nid: 7\n\ndata: half"

    @Test func wholeAndByteByByte() throws {
        var whole = EventReader()
        #expect(try whole.read(Self.text.utf8).map { String(decoding: $0, as: UTF8.self) } == ["one", "two\nthree"])

        var drop = EventReader()
        var events: [[UInt8]] = []
        for byte in Self.text.utf8 { events += try drop.read([byte]) }
        #expect(events.map { String(decoding: $0, as: UTF8.self) } == ["one", "two\nthree"])
        events = try drop.read("\n\n".utf8)
        #expect(events == [Array("half".utf8)])
    }

    @Test func aLineWithoutEndIsRefused() {
        var reader = EventReader(maxLine: 10)
        #expect(throws: Failure.self) { _ = try reader.read("data: 12345".utf8) }
    }
}
