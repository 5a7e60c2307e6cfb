import HectorCore

@testable import HectorAPI

/// Answers read back.
extension JSON {
    init(parsing text: some Sequence<UInt8>) throws {
        self.init(try JSONText(Array(text)))
    }

    init(_ text: JSONText) {
        switch text.kind {
        case .null: self = .null
        case .bool: self = .bool(text.bool == true)
        case .number: self = text.int.map { .integer(Int64($0)) } ?? .number(text.double ?? .nan)
        case .string: self = .string(text.string ?? "")
        case .array:
            var values: [JSON] = []
            text.forEachElement { values.append(JSON($1)) }
            self = .array(values)
        case .object:
            var members: [String: JSON] = [:]
            text.forEachMember { members[$0] = JSON($1) }
            self = .object(members)
        }
    }

    subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    subscript(index: Int) -> JSON? {
        guard case .array(let values) = self, values.indices.contains(index) else { return nil }
        return values[index]
    }

    var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    var array: [JSON]? {
        guard case .array(let value) = self else { return nil }
        return value
    }
}
