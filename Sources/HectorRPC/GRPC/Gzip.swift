internal import CZlib

/// The gzip format (RFC 1952) for whole messages.
enum Gzip {
    enum Failure: Error, Equatable {
        /// The bytes are not one whole gzip member.
        case malformed
        /// They unpack to more than the limit.
        case tooLarge
    }

    static func compress(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var stream = z_stream()
        // These fail for lack of memory or a wrong version of the library only.
        precondition(hector_gzip_begin(&stream) == Z_OK, "zlib cannot compress")
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        return [UInt8](unsafeUninitializedCapacity: bound) { out, used in
            // zlib's interface lacks `const`; it only reads.
            stream.next_in = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(bytes.count)
            stream.next_out = out.baseAddress
            stream.avail_out = UInt32(bound)
            precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib cannot compress")
            used = bound - Int(stream.avail_out)
        }
    }

    /// - Parameter limit: Bytes that the result may have, at most 2 GiB. Memory never exceeds it, whatever the input.
    static func decompress(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(Failure) -> [UInt8] {
        let limit = min(limit, 1 << 31)
        var stream = z_stream()
        precondition(hector_gunzip_begin(&stream) == Z_OK, "zlib cannot decompress")
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(bytes.count)
        var result: [UInt8] = []
        var piece = min(max(4 * bytes.count, 1024), limit + 1)
        while true {
            let start = result.count
            result.append(contentsOf: repeatElement(0, count: piece))
            let status = result.withUnsafeMutableBufferPointer { out in
                stream.next_out = out.baseAddress.map { $0 + start }
                stream.avail_out = UInt32(piece)
                return inflate(&stream, Z_NO_FLUSH)
            }
            result.removeLast(Int(stream.avail_out))
            guard result.count <= limit else { throw .tooLarge }
            switch status {
            case Z_STREAM_END:
                guard stream.avail_in == 0 else { throw .malformed }
                return result
            case Z_OK where stream.avail_out == 0:
                piece = min(result.count, limit + 1 - result.count)
            default: throw .malformed
            }
        }
    }
}
