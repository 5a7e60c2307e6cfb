/// Whole messages as they came, one behind the other, each with its prefix.
struct MessageBlock {
    private let bytes: [UInt8]
    private var position = 0
    /// Messages that are left.
    private(set) var count: Int
    /// Bytes that it takes.
    var size: Int { bytes.count }
    /// Bytes to credit to the sender once the block has been taken.
    let credit: Int

    fileprivate init(_ bytes: [UInt8], count: Int, credit: Int) {
        self.bytes = bytes
        self.count = count
        self.credit = credit
    }

    /// The message, where it is but one and has not been taken.
    var only: ReceivedMessage? {
        guard count == 1 else { return nil }
        let prefix = MessagePrefix(bytes, at: position)
        let start = position + MessagePrefix.length
        return ReceivedMessage(bytes: bytes, range: start..<start + prefix.messageLength, isCompressed: prefix.isCompressed)
    }

    mutating func next() -> ReceivedMessage? {
        guard count > 0 else { return nil }
        count -= 1
        let prefix = MessagePrefix(bytes, at: position)
        let start = position + MessagePrefix.length
        position = start + prefix.messageLength
        return ReceivedMessage(bytes: bytes, range: start..<position, isCompressed: prefix.isCompressed)
    }
}

/// One message without its prefix.
struct ReceivedMessage: Sendable {
    /// The message is a part of these.
    var bytes: [UInt8]
    var range: Range<Int>
    var isCompressed: Bool

    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}

/// What stands before each message: one flag byte and four bytes of length (gRPC over HTTP/2, "Length-Prefixed-Message").
struct MessagePrefix {
    static let length = 5

    var flag: UInt8
    var messageLength: Int

    var isCompressed: Bool { flag == 1 }

    /// - Precondition: `bytes` contains a whole header at `index`.
    init(_ bytes: [UInt8], at index: Int) {
        flag = bytes[index]
        messageLength = bytes.withUnsafeBytes {
            Int(UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: index + 1, as: UInt32.self)))
        }
    }
}

/// Cuts a stream of bytes into gRPC messages.
struct MessageDeframer {
    enum Failure: Error, Equatable {
        /// The message is longer than we accept; its announced length.
        case tooLarge(Int)
        /// Compressed, though no compression was agreed on.
        case compressed
        /// The flag byte is neither 0 nor 1.
        case malformed
    }

    /// Whether messages may be compressed: whether the sender named an encoding.
    var acceptsCompressed = false

    private var buffer: [UInt8] = []
    private let maximumLength: Int
    /// Bytes without which there is nothing new to see.
    private var wanted = 1
    /// Bytes of the unfinished message that were credited to the sender before anybody could read it.
    private var credited = 0

    init(maximumLength: Int) {
        self.maximumLength = maximumLength
    }

    /// Bytes held that do not yet make a message.
    var unfinished: Int { buffer.count }

    /// Bytes of memory taken for them.
    var occupied: Int { buffer.capacity }

    /// Room for a whole message is made once 1/`step` of it has come: the announcement alone costs its sender nothing, and
    /// little has to be moved.
    private static let step = 64

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if buffer.isEmpty { buffer = Array(bytes) } else { buffer.append(contentsOf: bytes) }
    }

    /// Bytes to credit to the sender now, so that it can finish a message that is larger than its window.
    mutating func earlyCredit(window: Int) -> Int {
        let owed = buffer.count - credited
        guard owed > window / 2 else { return 0 }
        credited += owed
        return owed
    }

    /// All messages that are here whole, or nil while there is none. What breaks the rules throws when everything
    /// before it has been taken.
    mutating func next() throws(Failure) -> MessageBlock? {
        guard buffer.count >= wanted else {
            makeRoom()
            return nil
        }
        wanted = 1
        var end = 0
        var count = 0
        while buffer.count - end >= MessagePrefix.length {
            let prefix = MessagePrefix(buffer, at: end)
            let whole = MessagePrefix.length + prefix.messageLength
            if let failure = failure(of: prefix) {
                guard count == 0 else { break }
                throw failure
            }
            guard buffer.count - end >= whole else {
                // Room in few steps, rather than by doubling.
                if end == 0 {
                    wanted = whole
                    makeRoom()
                }
                break
            }
            end += whole
            count += 1
        }
        guard count > 0 else {
            if let flag = buffer.first, flag > 1 { throw .malformed }
            return nil
        }
        defer { credited = 0 }
        let credit = end - credited
        guard end < buffer.count else {
            let bytes = buffer
            buffer = []
            return MessageBlock(bytes, count: count, credit: credit)
        }
        let bytes = Array(buffer[..<end])
        buffer.removeFirst(end)
        return MessageBlock(bytes, count: count, credit: credit)
    }

    private mutating func makeRoom() {
        guard buffer.capacity < wanted, buffer.count * Self.step >= wanted else { return }
        buffer.reserveCapacity(wanted)
    }

    private func failure(of prefix: MessagePrefix) -> Failure? {
        if prefix.flag > 1 { return .malformed }
        if prefix.messageLength > maximumLength { return .tooLarge(prefix.messageLength) }
        return prefix.isCompressed && !acceptsCompressed ? .compressed : nil
    }
}
