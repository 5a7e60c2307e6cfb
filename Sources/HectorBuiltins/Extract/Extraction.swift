internal import COpenSSL
internal import CProcess
internal import Glibc
internal import HectorCore
internal import HectorDocuments

/// `hector-plugins extract STORE PATH`: the text of one document, for the host that starts it.
///
/// The process confines itself before it opens anything: `ExtractLimits`, no network where namespaces allow it, no new privileges. On standard
/// output comes one line of JSON and the text behind it: `{"format": …, "digest": …}`, or `{"error": CODE, "message": …}` alone.
package enum Extraction {
    /// - Parameters:
    ///   - root: The store's folder.
    ///   - path: In it. No link on the way is followed.
    /// - Returns: The exit status.
    package static func run(root: String, path: String, limits: ExtractLimits = ExtractLimits()) -> Int32 {
        cprocess_confine(UInt64(limits.memory), UInt64(limits.processorTime), UInt64(limits.descriptors))
        var head: JSON
        var body = ""
        do throws(DocumentError) {
            let document = try text(root: root, path: path, limits: limits)
            head = ["format": .string(document.format.rawValue), "digest": .string(document.digest)]
            body = document.text
        } catch {
            head = ["error": .string(error.code.rawValue), "message": .string(error.message)]
        }
        do {
            try write(head.encoded() + [0x0A], to: STDOUT_FILENO)
            try write(body.utf8, to: STDOUT_FILENO)
            return 0
        } catch {
            return 1
        }
    }

    static func text(root: String, path: String, limits: ExtractLimits) throws(DocumentError) -> DocumentText {
        guard let format = DocumentFormat(path: path) else { throw DocumentError(.malformed, "its name does not end like that of a document") }
        let file = try open(path, below: root)
        defer { close(file) }
        let most = limits.documents.fileBytes
        let bytes: [UInt8]
        do {
            bytes = try contents(of: file, upTo: most + 1)
        } catch {
            throw DocumentError(.unreadable, "it cannot be read: \(error)")
        }
        guard bytes.count <= most else { throw DocumentError(.tooLarge, "it has more than \(most >> 20) MiB") }
        let text = try text(bytes, file, format, limits)
        guard text.utf8.count <= limits.documents.textBytes else { throw .tooLong(limits.documents.textBytes) }
        return DocumentText(format: format, digest: digest(bytes), text: text)
    }

    private static func text(_ bytes: [UInt8], _ file: CInt, _ format: DocumentFormat, _ limits: ExtractLimits) throws(DocumentError) -> String {
        switch format {
        case .text, .markdown: return try PlainText.text(bytes)
        case .html: return try HTMLText.text(Array(try PlainText.text(bytes).utf8), limit: limits.documents.textBytes)
        case .docx: return try DocxText.text(bytes, limits: limits)
        case .pdf:
            lseek(file, 0, SEEK_SET)
            return try PDFText.text(ofFile: file, bytes, limit: limits.documents.textBytes)
        }
    }

    /// Name by name, so that no link leads anywhere, also one that is made meanwhile.
    private static func open(_ path: String, below root: String) throws(DocumentError) -> CInt {
        var folder = Glibc.open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw DocumentError(.unavailable, "the store cannot be opened: \(String(cString: strerror(errno)))") }
        let names = path.split(separator: "/", omittingEmptySubsequences: false)
        for (number, name) in names.enumerated() {
            guard !name.isEmpty, name != ".", name != ".." else {
                close(folder)
                throw DocumentError(.moved, "its path leaves the store")
            }
            let isLast = number == names.count - 1
            let next = openat(folder, String(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (isLast ? 0 : O_DIRECTORY))
            let code = errno
            close(folder)
            guard next >= 0 else {
                throw code == ELOOP || code == ENOENT || code == ENOTDIR
                    ? DocumentError(.moved, "it is a link, or was moved while it was read") : DocumentError(.unreadable, "it cannot be opened: \(String(cString: strerror(code)))")
            }
            folder = next
        }
        var status = stat()
        guard fstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(folder)
            throw DocumentError(.unreadable, "it is no file")
        }
        return folder
    }

    private static func digest(_ bytes: [UInt8]) -> String {
        var hash = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = COpenSSL.SHA256(bytes, bytes.count, &hash)
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
