internal import NIOCore

/// Bytes that wait to be sent, in order.
struct OutgoingBytes {
    private var bytes: [UInt8] = []
    private var start = 0

    var count: Int { bytes.count - start }
    var isEmpty: Bool { start == bytes.count }

    mutating func append(_ more: consuming [UInt8]) {
        if isEmpty, bytes.capacity < more.count {
            // The one message of a unary call goes out from where it was encoded.
            bytes = more
            start = 0
        } else {
            makeRoom()
            bytes.append(contentsOf: more)
        }
    }

    mutating func append(_ more: UnsafeRawBufferPointer) {
        makeRoom()
        bytes.append(contentsOf: more)
    }

    /// Appends the first `count` bytes to `buffer` and removes them. Precondition: at least `count` bytes.
    mutating func take(_ count: Int, to buffer: inout ByteBuffer) {
        bytes.withUnsafeBytes { _ = buffer.writeBytes(UnsafeRawBufferPointer(rebasing: $0[start..<start + count])) }
        start += count
        if isEmpty { removeAll() }
    }

    /// Lends the first bytes as a frame: its header is written over bytes that were taken before, so that nothing is copied.
    /// Removes them afterwards. Returns false if there is no room for the header. Precondition: `count` bytes are present.
    mutating func take(_ count: Int, behind header: UnsafeRawBufferPointer, _ send: (UnsafeRawBufferPointer) -> Void) -> Bool {
        guard start >= header.count else { return false }
        bytes.withUnsafeMutableBytes { bytes in
            let frame = UnsafeMutableRawBufferPointer(rebasing: bytes[start - header.count..<start + count])
            frame.copyMemory(from: header)
            send(UnsafeRawBufferPointer(frame))
        }
        start += count
        if isEmpty { removeAll() }
        return true
    }

    private mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        start = 0
    }

    /// What has been sent makes room once it is the greater part.
    private mutating func makeRoom() {
        guard start > 16_384, start > bytes.count / 2 else { return }
        bytes.removeFirst(start)
        start = 0
    }
}
