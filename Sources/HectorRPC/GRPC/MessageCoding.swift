internal import NIOCore
internal import SwiftProtobuf

/// Messages to bytes with their gRPC prefix, and back.
enum MessageCoding {
    static func frame(_ message: some SwiftProtobuf.Message) throws(RPCError) -> ByteBuffer {
        do {
            let bytes: [UInt8] = try message.serializedBytes()
            var buffer = ByteBuffer()
            buffer.reserveCapacity(MessageDeframer.prefixLength + bytes.count)
            buffer.writeInteger(UInt8(0))
            buffer.writeInteger(UInt32(bytes.count))
            buffer.writeBytes(bytes)
            return buffer
        } catch {
            throw RPCError(.internalError, "the message cannot be encoded", progress: .notProcessed, cause: error)
        }
    }

    static func decode<M: SwiftProtobuf.Message>(_ buffer: ByteBuffer, as: M.Type) throws(RPCError) -> M {
        do {
            return try M(serializedBytes: ReceivedBytes(buffer: buffer))
        } catch {
            throw RPCError(
                .internalError, "the bytes received are not a \(M.protoMessageName): do both sides use the same .proto?",
                progress: .responseStarted, cause: error)
        }
    }
}

/// Lets SwiftProtobuf read a buffer in place.
private struct ReceivedBytes: SwiftProtobufContiguousBytes {
    var buffer: ByteBuffer

    init(buffer: ByteBuffer) { self.buffer = buffer }

    init(repeating: UInt8, count: Int) { buffer = ByteBuffer(repeating: repeating, count: count) }

    init<S: Sequence>(_ sequence: S) where S.Element == UInt8 { buffer = ByteBuffer(bytes: sequence) }

    var count: Int { buffer.readableBytes }

    func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try buffer.withUnsafeReadableBytes(body)
    }

    mutating func withUnsafeMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
        try buffer.withUnsafeMutableReadableBytes(body)
    }
}
