/// Replaces `${VAR}` and `${VAR:-default}` by the environment's values, and `$$` by one dollar.
/// Every other dollar stays. The default is taken as it stands and holds for an unset and for an empty variable.
enum Expansion {
    /// Why a text cannot be expanded; `description` says what to do.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case unset(String)
        case unclosed
        case badName(String)
        case nested
        case tooLong(Int)

        var description: String {
            switch self {
            case .unset(let name):
                "the environment variable \(name) is not set: set it, or write ${\(name):-default}"
            case .unclosed:
                "'${' without '}': write ${NAME} or ${NAME:-default}, or $$ for a dollar sign"
            case .badName(let name):
                "\(cited(name)) is not a variable name: write ${NAME} or ${NAME:-default}, or $$ for a dollar sign"
            case .nested:
                "a variable inside a variable's default is not supported: write the default out"
            case .tooLong(let limit):
                "longer than \(limit) bytes after its variables are replaced"
            }
        }
    }

    /// The variables that `text` names, set or not. Also those of a reference that cannot be expanded.
    static func variables(in text: String) -> Set<String> {
        var names: Set<String> = []
        var rest = text.utf8[...]
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            rest = rest[dollar...].dropFirst()
            switch rest.first {
            case UInt8(ascii: "$"):
                rest = rest.dropFirst()
            case UInt8(ascii: "{"):
                let name = rest.dropFirst().prefix(while: isNameByte)
                rest = rest[name.endIndex...]
                if !name.isEmpty { names.insert(String(Substring(name))) }
            default:
                break
            }
        }
        return names
    }

    static func expand(_ text: String, environment: [String: String], limit: Int) throws(Failure) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var result = ""
        var rest = text.unicodeScalars[...]
        while let dollar = rest.firstIndex(of: "$") {
            result.unicodeScalars += rest[..<dollar]
            rest = rest[dollar...].dropFirst()
            switch rest.first {
            case "$":
                result += "$"
                rest = rest.dropFirst()
            case "{":
                guard let close = rest.firstIndex(of: "}") else { throw .unclosed }
                result += try value(of: Substring(rest[..<close].dropFirst()), environment)
                rest = rest[close...].dropFirst()
            default:
                result += "$"
            }
            guard result.utf8.count <= limit else { throw .tooLong(limit) }
        }
        result.unicodeScalars += rest
        guard result.utf8.count <= limit else { throw .tooLong(limit) }
        return result
    }

    /// `reference` is what stands between the braces.
    private static func value(of reference: Substring, _ environment: [String: String]) throws(Failure) -> String {
        guard !reference.contains("${") else { throw .nested }
        let separator = reference.firstRange(of: ":-")
        let name = String(separator.map { reference[..<$0.lowerBound] } ?? reference)
        guard isName(name) else { throw .badName(name) }
        let value = environment[name]
        guard let separator else {
            guard let value else { throw .unset(name) }
            return value
        }
        guard let value, !value.isEmpty else { return String(reference[separator.upperBound...]) }
        return value
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return name.utf8.allSatisfy(isNameByte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: "_")
    }
}
