import Testing

@testable import HectorRPC

/// A generator that can be run again from its seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

struct MessageDeframerTests {
    private static func framed(_ messages: [[UInt8]]) -> [UInt8] {
        messages.flatMap { message in
            [0] + withUnsafeBytes(of: UInt32(message.count).bigEndian) { Array($0) } + message
        }
    }

    /// Feeds the pieces and returns the messages; every byte must be credited exactly once.
    private static func deframe(_ pieces: [ArraySlice<UInt8>], window: Int = .max, maximumLength: Int = 1 << 20) throws -> [[UInt8]] {
        var deframer = MessageDeframer(maximumLength: maximumLength)
        var messages: [[UInt8]] = []
        var credit = 0
        for piece in pieces {
            piece.withUnsafeBytes { deframer.append($0) }
            while var block = try deframer.next() {
                credit += block.credit
                #expect(block.credit >= 0)
                while let message = block.next() { messages.append(message.withUnsafeBytes { Array($0) }) }
            }
            credit += deframer.earlyCredit(window: window)
        }
        #expect(deframer.unfinished == 0)
        #expect(credit == pieces.reduce(0) { $0 + $1.count })
        return messages
    }

    private static let messages: [[UInt8]] = [[], [1], [], Array(repeating: 7, count: 300), [0, 0, 0, 0, 1, 1], Array(0...255)]

    /// Five bytes cost their sender nothing.
    @Test func memoryFollowsWhatHasCome() throws {
        let length = 4 << 20
        var deframer = MessageDeframer(maximumLength: length)
        let bytes = Self.framed([Array(repeating: 7, count: length)])
        var taken = 0
        for piece in [5, 100, 16_384, 65_536, 1 << 20] {
            bytes[taken..<taken + piece].withUnsafeBytes { deframer.append($0) }
            taken += piece
            #expect(try deframer.next() == nil)
            #expect(deframer.unfinished == taken)
            #expect(deframer.occupied < 65 * taken + 64, "\(deframer.occupied) for \(taken)")
        }
        bytes[taken...].withUnsafeBytes { deframer.append($0) }
        #expect(try deframer.next()?.size == bytes.count)
        #expect(deframer.occupied == 0)
    }

    @Test func whole() throws {
        let bytes = Self.framed(Self.messages)
        #expect(try Self.deframe([bytes[...]]) == Self.messages)
    }

    @Test(arguments: [Int.max, 0, 20])
    func byteByByte(window: Int) throws {
        let bytes = Self.framed(Self.messages)
        #expect(try Self.deframe(bytes.indices.map { bytes[$0...$0] }, window: window) == Self.messages)
    }

    @Test func cutAnywhere() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("MessageDeframerTests.cutAnywhere: seed \(seed)")
        var generator = Seeded(state: seed)
        for _ in 0..<200 {
            let messages = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                (0..<Int.random(in: 0...2000, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            }
            let bytes = Self.framed(messages)
            var pieces: [ArraySlice<UInt8>] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...1500, using: &generator))
                pieces.append(piece)
                rest = rest.dropFirst(piece.count)
            }
            #expect(try Self.deframe(pieces, window: 1000) == messages, "seed \(seed)")
        }
    }

    @Test(arguments: [
        ([0, 0, 0, 0, 101], MessageDeframer.Failure.tooLarge(101)), ([1, 0, 0, 0, 101], .tooLarge(101)),
        ([0, 255, 255, 255, 255], .tooLarge(4_294_967_295)), ([1, 0, 0, 0, 1, 9], .compressed), ([2], .malformed), ([255, 0, 0, 0, 0], .malformed),
    ] as [([UInt8], MessageDeframer.Failure)])
    func refused(bytes: [UInt8], failure: MessageDeframer.Failure) {
        for pieces in [[bytes[...]], bytes.indices.map { bytes[$0...$0] }] {
            #expect(throws: failure) { try Self.deframe(pieces, maximumLength: 100) }
        }
    }

    @Test func asLongAsAllowed() throws {
        let message = Array(repeating: UInt8(3), count: 100)
        #expect(try Self.deframe([Self.framed([message])[...]], maximumLength: 100) == [message])
    }

    /// A message larger than the sender's window must go on coming.
    @Test func creditBeforeAMessageIsWhole() {
        var deframer = MessageDeframer(maximumLength: 10_000)
        let bytes = Self.framed([Array(repeating: 1, count: 5000)])
        bytes[..<500].withUnsafeBytes { deframer.append($0) }
        #expect(deframer.earlyCredit(window: 1000) == 0)
        bytes[500..<600].withUnsafeBytes { deframer.append($0) }
        #expect(deframer.earlyCredit(window: 1000) == 600)
        #expect(deframer.earlyCredit(window: 1000) == 0)
        bytes[600..<1000].withUnsafeBytes { deframer.append($0) }
        #expect(deframer.earlyCredit(window: 1000) == 0)
    }
}
