internal import HectorProviders

/// A collection in memory, as searches see it: its vectors, and the keys of its metadata that filters have used.
struct CollectionInMemory: Sendable {
    fileprivate(set) var matrix: VectorMatrix
    fileprivate(set) var columns: [String: MetadataColumn] = [:]

    var bytes: Int { matrix.bytes + columns.values.reduce(0) { $0 + $1.bytes } }

    func hasColumns(for filter: Filter) -> Bool { filter.conditions.allSatisfy { columns[$0.key] != nil } }

    /// Which rows the filter lets pass, dead ones included; only where it has the columns.
    func passing(_ filter: Filter) -> [Bool] {
        var rows = Array(repeating: true, count: matrix.count)
        for condition in filter.conditions { columns[condition.key]?.narrow(&rows, condition) }
        return rows
    }

    func count(_ filter: Filter) -> Int {
        let rows = passing(filter)
        return rows.indices.count { rows[$0] && !matrix.isDead(row: $0) }
    }

    func nearest(_ query: UnitVector, limit: Int, filter: Filter, isCancelled: () -> Bool) -> [NearestRecords.Match] {
        guard !filter.conditions.isEmpty else { return matrix.nearest(query, limit: limit, passes: nil, isCancelled: isCancelled) }
        let rows = passing(filter)
        return matrix.nearest(query, limit: limit, passes: { rows[$0] }, isCancelled: isCancelled)
    }
}

/// The writer's side of a collection in memory: with what finds the rows of records and the codes of values.
struct WritableCollection {
    private(set) var current: CollectionInMemory
    private var rows: [Int64: Int] = [:]
    private var codes: [String: [String: UInt32]] = [:]

    init(size: Int) { current = CollectionInMemory(matrix: VectorMatrix(size: size)) }

    /// - Parameter vector: At any address.
    mutating func put(_ number: Int64, _ vector: UnsafeRawBufferPointer, _ metadata: @autoclosure () -> [String: String]) {
        if let old = rows[number] { current.matrix.kill(row: old) }
        rows[number] = current.matrix.append(vector, number: number)
        guard !current.columns.isEmpty else { return }
        let metadata = metadata()
        for key in Array(current.columns.keys) { current.columns[key]?.append(metadata[key], known: &codes[key, default: [:]]) }
    }

    mutating func remove(_ number: Int64) {
        guard let row = rows.removeValue(forKey: number) else { return }
        current.matrix.kill(row: row)
    }

    /// - Parameters:
    ///   - values: Of the key, by the numbers of the records that have it.
    ///   - room: Bytes that it may take.
    /// - Returns: Whether it was small enough.
    mutating func add(_ key: String, _ values: [Int64: String], room: Int) -> Bool {
        var column = MetadataColumn()
        var known: [String: UInt32] = [:]
        for row in 0..<current.matrix.count {
            column.append(current.matrix.isDead(row: row) ? nil : values[current.matrix.number(row: row)], known: &known)
            guard column.bytes <= room else { return false }
        }
        current.columns[key] = column
        codes[key] = known
        return true
    }

    mutating func drop(_ key: String) {
        current.columns[key] = nil
        codes[key] = nil
    }

    /// Leaves dead rows behind, if they are many.
    mutating func pack() {
        guard current.matrix.isWorthPacking else { return }
        var columns = current.columns.mapValues { _ in MetadataColumn() }
        var codes: [String: [String: UInt32]] = [:]
        var row = 0
        let matrix = current.matrix.packed { old, number in
            rows[number] = row
            row += 1
            for key in Array(columns.keys) {
                columns[key]?.append(current.columns[key]?.value(row: old), known: &codes[key, default: [:]])
            }
        }
        current.matrix = matrix
        current.columns = columns
        self.codes = codes
    }
}
