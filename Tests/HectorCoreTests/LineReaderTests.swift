import HectorCore
import Testing

@Suite struct LineReaderTests {
    private func lines(_ bytes: [UInt8], chunk: Int, limit: Int = 8) -> [LineReader.Line] {
        var reader = LineReader(limit: limit)
        var lines: [LineReader.Line] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            lines += reader.read(bytes[start..<min(start + chunk, bytes.count)])
        }
        if let last = reader.finish() { lines.append(last) }
        return lines
    }

    @Test(arguments: [1, 2, 3, 1000])
    func sameLinesHoweverFed(_ chunk: Int) {
        let bytes = Array("one\r\n\ntwo three four\n\u{E4}\nend".utf8)
        #expect(
            lines(bytes, chunk: chunk) == [
                .init(text: "one"), .init(text: ""), .init(text: "two thre", isTruncated: true),
                .init(text: "\u{E4}"), .init(text: "end"),
            ])
    }

    @Test func binaryIsBounded() {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 | 1) }.filter { $0 != 10 }
        let result = lines(bytes, chunk: 4096)
        #expect(result.count == 1)
        #expect(result.first?.isTruncated == true)
        #expect((result.first?.text.unicodeScalars.count ?? 0) <= 8)
    }

    @Test func nothingIsNoLine() {
        var reader = LineReader(limit: 8)
        #expect(reader.finish() == nil)
    }
}
