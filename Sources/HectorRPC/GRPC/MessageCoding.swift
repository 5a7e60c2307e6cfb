internal import HectorCore
internal import SwiftProtobuf

/// How messages are packed on the wire (gRPC over HTTP/2, "Message-Encoding").
package enum Compression: String, Sendable {
    /// RFC 1952. Worth its processor time for long texts on slow links, not between neighbours.
    case gzip
}

/// Messages to bytes with their gRPC prefix, and back.
enum MessageCoding {
    static func frame(_ message: some SwiftProtobuf.Message, compression: Compression? = nil) throws(RPCError) -> [UInt8] {
        do {
            let framed: FramedBytes = try message.serializedBytes()
            guard compression != nil else { return framed.bytes }
            let packed = framed.withUnsafeBytes { Gzip.compress($0) }
            return FramedBytes(flag: 1, packed).bytes
        } catch {
            throw RPCError(.internalError, "the message cannot be encoded", progress: .notProcessed, cause: error)
        }
    }

    /// - Parameter limit: Longest message that may come out of a compressed one.
    static func decode<M: SwiftProtobuf.Message>(_ message: ReceivedMessage, as: M.Type, limit: Int) throws(RPCError) -> M {
        guard !message.isCompressed else {
            let plain = try unpack(message, limit: limit)
            return try decode(ReceivedMessage(bytes: plain, range: 0..<plain.count, isCompressed: false), as: M.self, limit: limit)
        }
        do {
            return try message.withUnsafeBytes { try M(serializedBytes: BorrowedBytes(bytes: $0)) }
        } catch {
            throw RPCError(
                .internalError, "the bytes received are not a \(M.protoMessageName): do both sides use the same .proto?",
                progress: .responseStarted, cause: error)
        }
    }

    /// Whether decoding may take long, which is the sender's choice: see `MessageShape`.
    @inline(__always)
    static func isLong<M: SwiftProtobuf.Message>(_ message: ReceivedMessage, as type: M.Type) -> Bool {
        // Asked at every message.
        guard message.range.count > MessageShape.alwaysShort || message.isCompressed else { return false }
        return message.isCompressed || message.withUnsafeBytes { MessageShape.mayHaveManyParts($0, of: type) }
    }

    /// Decodes on a thread for long work: a small machine has two threads for all tasks.
    ///
    /// - Throws: `RPCError`: also where too much waits to be decoded (`isOverloadHere`), and as soon as the task is cancelled.
    static func decodeElsewhere<M: SwiftProtobuf.Message>(
        _ message: ReceivedMessage, as: M.Type, limit: Int, on threads: LongWork = .shared
    ) async throws -> M {
        do {
            return try await threads.run(bytes: message.bytes.count) { try decode(message, as: M.self, limit: limit) }
        } catch is LongWork.Overload {
            throw RPCError.overloadHere
        } catch is CancellationError {
            throw RPCError.cancelled
        }
    }

    private static func unpack(_ message: ReceivedMessage, limit: Int) throws(RPCError) -> [UInt8] {
        let result = message.withUnsafeBytes { bytes in
            Result { () throws(Gzip.Failure) in try Gzip.decompress(bytes, limit: limit) }
        }
        switch result {
        case .success(let plain): return plain
        case .failure(.tooLarge):
            throw RPCError(.resourceExhausted, "a message decompresses to more than the limit of \(limit) bytes", progress: .responseStarted)
        case .failure(.malformed):
            throw RPCError(.internalError, "a compressed message is not gzip", progress: .responseStarted)
        }
    }
}

/// Lets SwiftProtobuf write a message right behind its prefix.
private struct FramedBytes: SwiftProtobufContiguousBytes {
    var bytes: [UInt8]

    private init(flag: UInt8, count: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        bytes = [UInt8](unsafeUninitializedCapacity: MessagePrefix.length + count) { buffer, used in
            buffer[0] = flag
            UnsafeMutableRawBufferPointer(buffer).storeBytes(of: UInt32(count).bigEndian, toByteOffset: 1, as: UInt32.self)
            fill(UnsafeMutableBufferPointer(rebasing: buffer[MessagePrefix.length...]))
            used = MessagePrefix.length + count
        }
    }

    init(flag: UInt8, _ message: [UInt8]) {
        self.init(flag: flag, count: message.count) { _ = $0.initialize(from: message) }
    }

    init(repeating value: UInt8, count: Int) {
        self.init(flag: 0, count: count) { $0.initialize(repeating: value) }
    }

    init<S: Sequence>(_ sequence: S) where S.Element == UInt8 { self.init(flag: 0, Array(sequence)) }

    var count: Int { bytes.count - MessagePrefix.length }

    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[MessagePrefix.length...])) }
    }

    mutating func withUnsafeMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
        try bytes.withUnsafeMutableBytes { try body(UnsafeMutableRawBufferPointer(rebasing: $0[MessagePrefix.length...])) }
    }
}

/// Lets SwiftProtobuf read a message in place. It only reads; what would make or change bytes is there for the protocol.
private struct BorrowedBytes: SwiftProtobufContiguousBytes {
    let bytes: UnsafeRawBufferPointer

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    init(repeating value: UInt8, count: Int) { preconditionFailure("borrowed bytes are only read") }

    init<S: Sequence>(_ sequence: S) where S.Element == UInt8 { preconditionFailure("borrowed bytes are only read") }

    var count: Int { bytes.count }

    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R { try body(bytes) }

    mutating func withUnsafeMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
        preconditionFailure("borrowed bytes are only read")
    }
}
