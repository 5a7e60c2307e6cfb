internal import HectorProviders

/// A filter as a condition of SQL over the column `metadata`.
struct FilterSQL {
    /// Begins with ` AND `; empty where everything passes.
    private(set) var text = ""
    private(set) var values: [PostgresConnection.Value] = []

    /// Whether the index on metadata is not to be used: that on vectors is.
    private let isBesideIndex: Bool

    /// - Parameters:
    ///   - first: The number of its first parameter.
    ///   - isBesideIndex: Whether another index finds the records, and each is held against the condition: nothing that an index could
    ///     answer is in it then.
    init(_ filter: Filter, first: Int, isBesideIndex: Bool = false) {
        self.isBesideIndex = isBesideIndex
        for condition in filter.conditions { text += " AND (\(sql(condition, first)))" }
    }

    private mutating func parameter(_ value: PostgresConnection.Value, _ type: String, _ first: Int) -> String {
        values.append(value)
        return "$\(first + values.count - 1)::\(type)"
    }

    private mutating func sql(_ condition: Condition, _ first: Int) -> String {
        let value = "metadata ->> \(parameter(.text(condition.key), "text", first))"
        switch condition.operator {
        case .isPresent: return "\(value) IS NOT NULL"
        case .isMissing: return "\(value) IS NULL"
        case .isOneOf:
            // Containment is what the index on metadata answers.
            let objects = condition.values.map { MetadataText.encode([condition.key: $0]) }
            values.removeLast()
            // What the operator calls. As an operator with one parameter, PostgreSQL would expect so few records that it reads all of them and
            // not the index on vectors, and a list costs a third more for each record that is looked at.
            if isBesideIndex, let object = objects.first, objects.count == 1 { return "jsonb_contains(metadata, \(parameter(.text(object), "jsonb", first)))" }
            // A list, also of one: of a single parameter, a plan for all values expects so few records that it reads all of them, and not the index on vectors.
            return "metadata @> ANY (\(parameter(.texts(objects), "jsonb[]", first)))"
        case .isNoneOf: return "(\(value) = ANY (\(parameter(.texts(condition.values), "text[]", first)))) IS NOT TRUE"
        case .isLess: return compares(value, "<", condition, first)
        case .isAtMost: return compares(value, "<=", condition, first)
        case .isGreater: return compares(value, ">", condition, first)
        case .isAtLeast: return compares(value, ">=", condition, first)
        case .UNRECOGNIZED: return "false"
        }
    }

    private mutating func compares(_ value: String, _ sign: String, _ condition: Condition, _ first: Int) -> String {
        guard condition.values.count == 1, let bound = condition.values.first.flatMap(Double.init), bound.isFinite else {
            values.removeLast()
            return "false"
        }
        // What is no number would be an error in a cast, and so would what a float8 has no room for.
        let number = "CASE WHEN \(value) ~ '^[+-]?([0-9]{1,200}(\\.[0-9]{0,200})?|\\.[0-9]{1,200})([eE][+-]?[0-9]{1,2})?$' THEN (\(value))::float8 END"
        return "coalesce(\(number) \(sign) \(parameter(.real(bound), "float8", first)), false)"
    }
}
