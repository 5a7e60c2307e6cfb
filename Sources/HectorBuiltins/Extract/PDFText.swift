internal import CProcess
internal import Glibc
internal import HectorCore
internal import HectorDocuments

/// The text of a PDF, by poppler's `pdftotext`, a form feed behind each page.
enum PDFText {
    private static let places = ["/usr/bin/pdftotext", "/usr/local/bin/pdftotext", "/bin/pdftotext"]

    /// - Parameter file: At its beginning. Its bytes are all that the program gets.
    static func text(ofFile file: CInt, _ bytes: [UInt8], limit: Int) throws(DocumentError) -> String {
        guard bytes.prefix(1_024).firstIndex(of: UInt8(ascii: "%")).map({ bytes[$0...].starts(with: "%PDF-".utf8) }) == true else {
            throw DocumentError(.malformed, "it is no PDF: %PDF- is missing at its beginning")
        }
        guard let program = places.first(where: { access($0, X_OK) == 0 }) else {
            throw DocumentError(.unavailable, "pdftotext is not installed: install the package poppler-utils, and start again")
        }
        var output: [CInt] = [-1, -1]
        guard cprocess_pipe(&output) == 0 else { throw DocumentError(.unavailable, "no pipe for pdftotext") }
        defer { close(output[0]) }
        _ = fcntl(output[0], F_SETFL, 0)
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(null) }
        var child = cprocess_child()
        let failure = withCStrings([program, "-q", "-enc", "UTF-8", "-eol", "unix", "-", "-"]) { arguments in
            withCStrings(["PATH=/usr/bin:/bin", "LANG=C.UTF-8"]) { environment in
                program.withCString { path in
                    var started = cprocess_program(
                        path: path, arguments: arguments, environment: environment, directory: nil, standard_input: file, standard_output: output[1],
                        standard_error: null)
                    return cprocess_spawn(&started, &child)
                }
            }
        }
        close(output[1])
        guard failure == 0 else { throw DocumentError(.unavailable, "pdftotext cannot be started: \(String(cString: strerror(failure)))") }
        let text = try? contents(of: output[0], upTo: limit + 1)
        if (text?.count ?? 0) > limit { kill(child.pid, SIGKILL) }
        var ready = pollfd(fd: child.pidfd, events: Int16(POLLIN), revents: 0)
        while poll(&ready, 1, -1) < 0, errno == EINTR {}
        var (code, signal): (CInt, CInt) = (-1, -1)
        _ = cprocess_reap(child.pid, &code, &signal)
        close(child.pidfd)
        guard let text, text.count <= limit else { throw .tooLong(limit) }
        guard signal < 0 else { throw DocumentError(.exhausted, "pdftotext used more than a document may (signal \(signal))") }
        switch code {
        case 0: return String(decoding: text, as: UTF8.self)
        case 3: throw DocumentError(.encrypted, "it is protected by a password: store it without one")
        case 1: throw DocumentError(.malformed, "pdftotext cannot read it: it is damaged or no PDF")
        default: throw DocumentError(.exhausted, "pdftotext failed (exit status \(code)): the document is damaged, or needs more memory than \(ExtractLimits().memory >> 20) MiB")
        }
    }
}
