import Testing

@testable import HectorRPC

struct GzipTests {
    private static func packed(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { Gzip.compress($0) } }

    private static func unpacked(_ bytes: [UInt8], limit: Int) throws(Gzip.Failure) -> [UInt8] {
        try bytes.withUnsafeBytes { bytes in Result { () throws(Gzip.Failure) in try Gzip.decompress(bytes, limit: limit) } }.get()
    }

    @Test func thereAndBack() throws {
        for count in [0, 1, 100, 5000, 1_000_000] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }
            #expect(try Self.unpacked(Self.packed(bytes), limit: count) == bytes)
        }
    }

    /// A megabyte of zeros packs into a thousand bytes: nothing near it may be unpacked.
    @Test func bomb() {
        let bomb = Self.packed(Array(repeating: 0, count: 1 << 20))
        #expect(bomb.count < 2000)
        for limit in [0, 1, 1000, (1 << 20) - 1] {
            #expect(throws: Gzip.Failure.tooLarge) { try Self.unpacked(bomb, limit: limit) }
        }
    }

    @Test func cutAnywhere() {
        let whole = Self.packed(Array("some text, some more text, and the same text again: some text".utf8))
        for count in whole.indices {
            #expect(throws: Gzip.Failure.malformed) { try Self.unpacked(Array(whole[..<count]), limit: 1000) }
        }
        #expect(throws: Gzip.Failure.malformed) { try Self.unpacked(whole + [0], limit: 1000) }
        #expect(throws: Gzip.Failure.malformed) { try Self.unpacked(Array("no gzip at all".utf8), limit: 1000) }
    }
}
