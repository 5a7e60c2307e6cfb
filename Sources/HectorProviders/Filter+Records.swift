extension Filter {
    /// Whether a record with that metadata passes: for databases that look at their records one by one.
    public func passes(_ metadata: [String: String]) -> Bool {
        conditions.allSatisfy { $0.holds(metadata[$0.key]) }
    }
}

extension Condition {
    /// - Parameter value: Of the key; nil where the record lacks it.
    package func holds(_ value: String?) -> Bool {
        switch self.operator {
        case .isOneOf: value.map(values.contains) ?? false
        case .isNoneOf: !(value.map(values.contains) ?? false)
        case .isPresent: value != nil
        case .isMissing: value == nil
        case .isLess: compares(value, <)
        case .isAtMost: compares(value, <=)
        case .isGreater: compares(value, >)
        case .isAtLeast: compares(value, >=)
        // A condition that nobody here knows lets nothing pass.
        case .UNRECOGNIZED: false
        }
    }

    private func compares(_ value: String?, _ relation: (Double, Double) -> Bool) -> Bool {
        guard let number = value.flatMap(Double.init), values.count == 1, let bound = Double(values[0]) else { return false }
        return relation(number, bound)
    }
}
