import CZlib

/// A ZIP archive, as small as it can be.
package struct TestArchive {
    private var body: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    package init() {}

    /// - Parameter claimed: The size that the archive says an entry has when unpacked.
    package mutating func add(_ name: String, _ content: [UInt8], claimed: Int? = nil, flags: Int = 0) {
        // Without zlib's own head and checksum.
        let data = Array(zlibDeflated(content).dropFirst(2).dropLast(4))
        let name = Array(name.utf8)
        let head = u16(20) + u16(flags) + u16(8) + u32(0) + u32(0) + u32(data.count) + u32(claimed ?? content.count) + u16(name.count) + u16(0)
        directory += u32(0x0201_4B50) + u16(20) + head + u16(0) + u16(0) + u16(0) + u32(0) + u32(body.count) + name
        body += u32(0x0403_4B50) + head + name + data
        count += 1
    }

    package var bytes: [UInt8] {
        body + directory + u32(0x0605_4B50) + u16(0) + u16(0) + u16(count) + u16(count) + u32(directory.count) + u32(body.count) + u16(0)
    }
}

/// Documents as small as they can be.
package enum TestDocuments {
    /// - Parameter xml: Of `word/document.xml`.
    package static func docx(_ xml: String) -> [UInt8] {
        var archive = TestArchive()
        archive.add("[Content_Types].xml", Array("<Types/>".utf8))
        archive.add("word/document.xml", Array(xml.utf8))
        return archive.bytes
    }

    /// One page with that content, compressed.
    package static func pdf(_ content: String) -> [UInt8] {
        let packed = zlibDeflated(Array(content.utf8))
        let head = """
            %PDF-1.4
            1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
            2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
            3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >> endobj
            4 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> endobj
            5 0 obj << /Length \(packed.count) /Filter /FlateDecode >> stream

            """
        return Array(head.utf8) + packed + Array("\nendstream endobj\ntrailer << /Root 1 0 R /Size 6 >>\n%%EOF\n".utf8)
    }
}

private func zlibDeflated(_ bytes: [UInt8]) -> [UInt8] {
    var size = compressBound(UInt(bytes.count))
    var packed = [UInt8](repeating: 0, count: Int(size))
    precondition(compress2(&packed, &size, bytes, UInt(bytes.count), 1) == Z_OK)
    return Array(packed[..<Int(size)])
}

private func u16(_ value: Int) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF)] }
private func u32(_ value: Int) -> [UInt8] { u16(value) + u16(value >> 16) }
