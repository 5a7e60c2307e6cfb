/// A JSON value as it is compared: numbers by their value, objects without their order.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    package init(_ text: JSONText) {
        switch text.kind {
        case .null: self = .null
        case .bool: self = .bool(text.bool ?? false)
        case .number: self = .number(text.double ?? 0)
        case .string: self = .string(text.string ?? "")
        case .array:
            var elements: [JSONValue] = []
            text.forEachElement { elements.append(JSONValue($1)) }
            self = .array(elements)
        case .object:
            var members: [String: JSONValue] = [:]
            text.forEachMember { members[$0] = JSONValue($1) }
            self = .object(members)
        }
    }
}
