/// A JSON value that texts for others are built of.
package enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])
    /// JSON's text, passed on as it is written.
    case written(String)

    /// Its text in UTF-8, on one line, keys sorted.
    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    package var text: String { String(decoding: encoded(), as: UTF8.self) }

    /// Bytes of memory that it takes, about.
    package var weight: Int {
        switch self {
        case .null, .bool, .integer, .number: 32
        case .string(let text), .written(let text): 32 + text.utf8.count
        case .array(let values): values.reduce(32) { $0 + $1.weight }
        case .object(let members): members.reduce(64) { $0 + 32 + $1.key.utf8.count + $1.value.weight }
        }
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += String(value).utf8
        // JSON has no form for infinities and NaN.
        case .number(let value): bytes += (value.isFinite ? String(value) : "\"\(value)\"").utf8
        case .string(let value): bytes.append(json: value)
        case .written(let text): bytes += text.utf8
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(json: member.key)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// The object with the members added whose value is not nil.
    package func adding(_ members: [String: JSON?]) -> JSON {
        guard case .object(var object) = self else { return self }
        for case (let key, let value?) in members { object[key] = value }
        return .object(object)
    }
}

extension JSONText {
    /// The value as it is written, on one line.
    package var onOneLine: String { text.jsonOnOneLine }
}

extension String {
    /// JSON's text on one line, as server-sent events want it: lines break only between the parts of a JSON text.
    package var jsonOnOneLine: String {
        let isBreak: (UInt8) -> Bool = { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        return utf8.contains(where: isBreak) ? String(decoding: utf8.map { isBreak($0) ? UInt8(ascii: " ") : $0 }, as: UTF8.self) : self
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
}
