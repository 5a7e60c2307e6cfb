internal import CZlib
internal import HectorDocuments

/// The entries of a ZIP archive in memory (APPNOTE.TXT, PKWARE). All that is taken out of it together is bounded, whatever the archive says of itself.
struct ZipArchive {
    private struct Entry {
        var method: Int
        var flags: Int
        var packed: Int
        var offset: Int
    }

    private let bytes: [UInt8]
    private var entries: [String: Entry] = [:]
    private var left: Int
    private let limit: Int

    init(_ bytes: [UInt8], limits: ExtractLimits) throws(DocumentError) {
        self.bytes = bytes
        limit = limits.expandedBytes
        left = limit
        // The end of the directory is the last thing in the file but a comment.
        let earliest = max(0, bytes.count - 22 - 65_535)
        guard bytes.count >= 22, let end = stride(from: bytes.count - 22, through: earliest, by: -1).first(where: { Self.u32(bytes, $0) == 0x0605_4B50 }) else {
            throw DocumentError(.malformed, "it is not a ZIP archive, or is cut off")
        }
        let count = Self.u16(bytes, end + 10)
        guard count <= limits.archiveEntries else {
            throw DocumentError(.tooLarge, "the archive has \(count) entries; \(limits.archiveEntries) are the most")
        }
        var index = Self.u32(bytes, end + 16)
        for _ in 0..<count {
            guard index + 46 <= bytes.count, Self.u32(bytes, index) == 0x0201_4B50 else { throw .damagedArchive }
            let (name, extra, comment) = (Self.u16(bytes, index + 28), Self.u16(bytes, index + 30), Self.u16(bytes, index + 32))
            guard index + 46 + name + extra + comment <= bytes.count else { throw .damagedArchive }
            entries[String(decoding: bytes[(index + 46)..<(index + 46 + name)], as: UTF8.self)] = Entry(
                method: Self.u16(bytes, index + 10), flags: Self.u16(bytes, index + 8), packed: Self.u32(bytes, index + 20), offset: Self.u32(bytes, index + 42))
            index += 46 + name + extra + comment
        }
    }

    /// The content of an entry; nil where the archive has none of that name.
    mutating func content(of name: String) throws(DocumentError) -> [UInt8]? {
        guard let entry = entries[name] else { return nil }
        guard entry.flags & 1 == 0 else { throw DocumentError(.encrypted, "it is encrypted: store it without a password") }
        guard entry.offset + 30 <= bytes.count, Self.u32(bytes, entry.offset) == 0x0403_4B50 else { throw .damagedArchive }
        let start = entry.offset + 30 + Self.u16(bytes, entry.offset + 26) + Self.u16(bytes, entry.offset + 28)
        guard start + entry.packed <= bytes.count else { throw .damagedArchive }
        let content: [UInt8]
        switch entry.method {
        case 0: content = Array(bytes[start..<start + entry.packed])
        case 8: content = try Self.inflated(bytes[start..<start + entry.packed], limit: left)
        default: throw DocumentError(.malformed, "the archive is packed in a way that is not known (method \(entry.method))")
        }
        guard content.count <= left else { throw .expandsTooFar(limit) }
        left -= content.count
        return content
    }

    private static func inflated(_ packed: ArraySlice<UInt8>, limit: Int) throws(DocumentError) -> [UInt8] {
        var stream = z_stream()
        guard hector_inflate_begin(&stream) == Z_OK else { throw DocumentError(.exhausted, "there is no memory to unpack it") }
        defer { inflateEnd(&stream) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let status = packed.withUnsafeBufferPointer { input in
            // zlib's interface lacks `const`; it only reads.
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(input.count)
            while true {
                let (status, made) = buffer.withUnsafeMutableBufferPointer { output in
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    let status = inflate(&stream, Z_NO_FLUSH)
                    return (status, output.count - Int(stream.avail_out))
                }
                result += buffer[..<made]
                if result.count > limit || status != Z_OK || made == 0 && stream.avail_in == 0 { return status }
            }
        }
        guard result.count <= limit else { throw .expandsTooFar(ExtractLimits().expandedBytes) }
        guard status == Z_STREAM_END else { throw .damagedArchive }
        return result
    }

    private static func u16(_ bytes: [UInt8], _ index: Int) -> Int { Int(bytes[index]) | Int(bytes[index + 1]) << 8 }
    private static func u32(_ bytes: [UInt8], _ index: Int) -> Int { u16(bytes, index) | u16(bytes, index + 2) << 16 }
}

extension DocumentError {
    fileprivate static let damagedArchive = DocumentError(.malformed, "the archive is damaged")

    fileprivate static func expandsTooFar(_ limit: Int) -> DocumentError {
        DocumentError(.tooLarge, "what it expands to has more than \(limit >> 20) MiB")
    }
}
