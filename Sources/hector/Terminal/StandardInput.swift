import Foundation

/// All of standard input, as text.
///
/// - Throws: `Failure` where it is not UTF-8: what is no text would be sent as something else than it is.
func standardInput() throws -> String {
    let data = try FileHandle.standardInput.readToEnd() ?? Data()
    guard let text = String(validating: data, as: UTF8.self) else {
        throw Failure("Standard input is not UTF-8 text: is it a binary file, or in another encoding? `iconv -f ENCODING -t UTF-8` makes it UTF-8.")
    }
    return text
}
