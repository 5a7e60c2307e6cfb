import Dispatch
import Glibc
import HectorCore

/// All of standard input, as text.
///
/// - Throws: `Failure` if it is not UTF-8: decoding would change it.
func standardInput() throws -> String {
    let bytes: [UInt8]
    do throws(UnreadableFile) {
        bytes = try contents(of: STDIN_FILENO)
    } catch {
        throw Failure("Standard input cannot be read: \(error)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw Failure("Standard input is not UTF-8 text: is it a binary file, or in another encoding? Convert it with `iconv -f ENCODING -t UTF-8`.")
    }
    return text
}

/// A line of standard input, waited for on a thread of its own: the cooperative ones must not block.
func nextLine() async -> String? {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(returning: readLine()) }
    }
}

/// Asks the person at the terminal to agree to what an agent is about to do. Where nobody sits there, nobody agrees.
func agreement(to question: String, _ terminal: Terminal) async throws -> Bool {
    guard terminal.isInteractive, isatty(STDIN_FILENO) == 1 else {
        try HectorCore.write("hector: nobody is here to be asked, so the answer is no: \(singleLine(question, limit: 500))\n".utf8, to: STDERR_FILENO)
        return false
    }
    while true {
        try terminal.write("\n\(terminal.styled(Terminal.printable(question), .yellow))\n[yes/no] ")
        switch await nextLine()?.lowercased().filter({ !$0.isWhitespace }) {
        case "yes", "y": return true
        case "no", "n", nil: return false
        default: continue
        }
    }
}
