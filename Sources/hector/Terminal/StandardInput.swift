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
