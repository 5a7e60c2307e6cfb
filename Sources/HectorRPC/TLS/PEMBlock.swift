/// One block of a PEM text (RFC 7468). What stands around blocks is passed over; so are a byte order mark, carriage
/// returns, and blanks at the ends of lines.
struct PEMBlock {
    /// What it holds: `CERTIFICATE`, `EC PRIVATE KEY`.
    let label: String
    /// Its place among all blocks of the text, from 1.
    let number: Int
    /// Where it begins, from 1.
    let line: Int
    /// From its BEGIN to its END line.
    let text: String

    var isCertificate: Bool { ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"].contains(label) }
    /// SSH has a form of its own, which TLS cannot use.
    var isPrivateKey: Bool { label == "PRIVATE KEY" || label.hasSuffix(" PRIVATE KEY") && label != "OPENSSH PRIVATE KEY" }
    /// PKCS #8 says so in the label, the older form in a header.
    var isEncrypted: Bool { label == "ENCRYPTED PRIVATE KEY" || text.contains("\nProc-Type: 4,ENCRYPTED") }

    /// The place for a message.
    var place: String { "block \(number) (line \(line))" }

    /// - Throws: `brokenBlock` where one begins and does not end.
    static func all(in text: String) throws(TLSError) -> [PEMBlock] {
        var blocks: [PEMBlock] = []
        var open: (label: String, line: Int, lines: [Substring])?
        var number = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let line = trimmed(Substring(line))
            if let label = boundary("BEGIN", line) {
                if let open { throw unended(open.label, blocks.count + 1, open.line) }
                open = (label, number, [line])
            } else if let label = boundary("END", line), let found = open {
                guard label == found.label else { throw unended(found.label, blocks.count + 1, found.line) }
                blocks.append(PEMBlock(
                    label: label, number: blocks.count + 1, line: found.line,
                    text: (found.lines + [line]).joined(separator: "\n") + "\n"))
                open = nil
            } else {
                open?.lines.append(line)
            }
        }
        if let open { throw unended(open.label, blocks.count + 1, open.line) }
        return blocks
    }

    private static func unended(_ label: String, _ number: Int, _ line: Int) -> TLSError {
        TLSError(
            .badConfiguration, "block \(number), a \(label.prefix(40)) that begins in line \(line), has no END line of its own: the text is cut off or mixed up",
            fault: .brokenBlock)
    }

    /// The label of `-----BEGIN LABEL-----`; of printable ASCII only, as RFC 7468 §3 has it.
    private static func boundary(_ word: String, _ line: Substring) -> String? {
        let prefix = "-----\(word) "
        guard line.utf8.count <= 100, line.hasPrefix(prefix), line.hasSuffix("-----"), line.utf8.count >= prefix.utf8.count + 5 else { return nil }
        let label = line.dropFirst(prefix.count).dropLast(5)
        return label.utf8.allSatisfy { (0x20...0x7E).contains($0) } ? String(label) : nil
    }

    private static func trimmed(_ line: Substring) -> Substring {
        func isBlank(_ character: Unicode.Scalar) -> Bool { [" ", "\t", "\r", "\u{FEFF}"].contains(character) }
        var scalars = line.unicodeScalars
        while let last = scalars.last, isBlank(last) { scalars.removeLast() }
        while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
        return Substring(scalars)
    }
}

/// What a PEM text holds, block by block: `CERTIFICATE`, `EC PRIVATE KEY`.
///
/// - Throws: `brokenBlock`.
package func labels(ofPEM text: String) throws(TLSError) -> [String] {
    try PEMBlock.all(in: text).map(\.label)
}
