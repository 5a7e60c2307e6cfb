internal import HectorProviders

/// The values of one key of metadata, row by row of a matrix: each value is kept once, so that a filter looks at each once.
struct MetadataColumn: Sendable {
    /// Code 1 is the first value; 0: the record lacks the key.
    private var values = ChunkedArray<String>()
    private var codes = ChunkedArray<UInt32>()
    private var valueBytes = 0

    var rows: Int { codes.count }
    /// Bytes of memory, about: 4 for each row, and for each value its text and what finds it.
    var bytes: Int { codes.count * 4 + valueBytes }

    /// - Parameter known: The codes of the values, which only the writer needs.
    mutating func append(_ value: String?, known: inout [String: UInt32]) {
        guard let value else { return codes.append(0) }
        if let code = known[value] { return codes.append(code) }
        values.append(value)
        valueBytes += value.utf8.count + 96
        let code = UInt32(values.count)
        known[value] = code
        codes.append(code)
    }

    func value(row: Int) -> String? {
        let code = codes[row]
        return code == 0 ? nil : values[Int(code) - 1]
    }

    /// Which values the condition lets pass, by their codes.
    private func passing(_ condition: Condition) -> [Bool] {
        var passing = [condition.holds(nil)]
        passing.reserveCapacity(values.count + 1)
        for chunk in values.chunks { for value in chunk { passing.append(condition.holds(value)) } }
        return passing
    }

    /// Clears what the condition does not let pass.
    func narrow(_ rows: inout [Bool], _ condition: Condition) {
        let passing = passing(condition)
        var row = 0
        for chunk in codes.chunks {
            for code in chunk {
                guard row < rows.count else { return }
                if !passing[Int(code)] { rows[row] = false }
                row += 1
            }
        }
    }
}
