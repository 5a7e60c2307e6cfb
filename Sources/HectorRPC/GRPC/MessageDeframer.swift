internal import NIOCore

/// Cuts a stream of bytes into gRPC messages: one flag byte, four bytes of length, the message
/// (gRPC over HTTP/2, "Length-Prefixed-Message").
struct MessageDeframer {
    enum Failure: Error, Equatable {
        /// The message is longer than we accept; its announced length.
        case tooLarge(Int)
        /// Compressed, though no compression was agreed on.
        case compressed
        /// The flag byte is neither 0 nor 1.
        case malformed
    }

    static let prefixLength = 5

    private var buffer = ByteBuffer()
    private let maximumLength: Int
    /// Bytes of the unfinished message that were credited to the sender before anybody could read it.
    private var credited = 0

    init(maximumLength: Int) {
        self.maximumLength = maximumLength
    }

    /// Bytes held that do not yet make a message.
    var unfinished: Int { buffer.readableBytes }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if buffer.readableBytes == 0 { buffer.clear() }
        buffer.writeBytes(bytes)
    }

    /// Bytes to credit to the sender now, so that it can finish a message that is larger than its window.
    mutating func earlyCredit(window: Int) -> Int {
        let owed = buffer.readableBytes - credited
        guard owed > window / 2 else { return 0 }
        credited += owed
        return owed
    }

    /// The next whole message, or nil while it is not all here; with it the bytes to credit to the sender once
    /// it has been read.
    mutating func next() throws(Failure) -> (message: ByteBuffer, credit: Int)? {
        guard let flag = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else { return nil }
        guard flag <= 1 else { throw .malformed }
        guard let length = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt32.self) else { return nil }
        guard length <= maximumLength else { throw .tooLarge(Int(length)) }
        guard flag == 0 else { throw .compressed }
        guard buffer.readableBytes >= Self.prefixLength + Int(length) else {
            // Room for the whole message at once, rather than by doubling.
            buffer.reserveCapacity(minimumWritableBytes: Self.prefixLength + Int(length) - buffer.readableBytes)
            return nil
        }
        buffer.moveReaderIndex(forwardBy: Self.prefixLength)
        guard let message = buffer.readSlice(length: Int(length)) else { return nil }
        defer { credited = 0 }
        return (message, Self.prefixLength + Int(length) - credited)
    }
}
