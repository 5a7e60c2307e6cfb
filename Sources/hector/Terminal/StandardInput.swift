import Foundation

/// All of standard input, as text.
///
/// - Throws: `Failure` if it is not UTF-8: decoding would change it.
func standardInput() throws -> String {
    let data = try FileHandle.standardInput.readToEnd() ?? Data()
    guard let text = String(validating: data, as: UTF8.self) else {
        throw Failure("Standard input is not UTF-8 text: is it a binary file, or in another encoding? Convert it with `iconv -f ENCODING -t UTF-8`.")
    }
    return text
}
