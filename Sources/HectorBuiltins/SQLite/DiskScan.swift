internal import HectorProviders
internal import HectorSQLite

/// Searches that read every record from the file: where a collection, or the metadata that a filter asks for, does not fit into memory.
struct DiskScan {
    let entry: Catalog.Entry
    let filter: Filter

    /// Records between two looks at whether the caller is still there.
    private static let stride = 256

    private var isFiltered: Bool { !filter.conditions.isEmpty }

    func nearest(_ query: UnitVector, limit: Int, _ reader: SQLiteReaders.Reader, isCancelled: () -> Bool) throws -> [NearestRecords.Match] {
        var best = NearestRecords(limit: limit)
        let bytes = entry.size * MemoryLayout<Float>.stride
        let vector = UnsafeMutablePointer<Float>.aligned(query.count)
        defer { vector.deallocate() }
        vector.initialize(repeating: 0, count: query.count)
        try forEachRecord(columns: ["number", "vector"], reader, isCancelled) { row in
            let isWhole = row.withBytes(1) { stored in
                guard stored.count == bytes, let source = stored.baseAddress else { return false }
                UnsafeMutableRawPointer(vector).copyMemory(from: source, byteCount: bytes)
                return true
            }
            guard isWhole else { return }
            let scale = DotProduct.inverseLength(UnsafeBufferPointer(start: vector, count: entry.size))
            best.offer(DotProduct.of(vector, query.numbers, count: query.count) * scale, row.integer(0))
        }
        return best.sorted
    }

    func count(_ reader: SQLiteReaders.Reader, isCancelled: () -> Bool) throws -> Int {
        guard isFiltered else { return Int(try reader.connection.value("SELECT count(*) FROM \(RecordWriter.table(entry.number))")) }
        var count = 0
        try forEachRecord(columns: ["number"], reader, isCancelled) { _ in count += 1 }
        return count
    }

    private func forEachRecord(columns: [String], _ reader: SQLiteReaders.Reader, _ isCancelled: () -> Bool, _ body: (SQLiteStatement) -> Void) throws {
        let columns = columns + (isFiltered ? ["metadata"] : [])
        let rows = try reader.statements.get("SELECT \(columns.joined(separator: ", ")) FROM \(RecordWriter.table(entry.number))", reader.connection)
        defer { rows.reset() }
        var read = 0
        while try rows.step() {
            read += 1
            if read.isMultiple(of: Self.stride), isCancelled() { throw CancellationError() }
            if isFiltered, !filter.passes(MetadataText.decode(rows.text(Int32(columns.count - 1))) ?? [:]) { continue }
            body(rows)
        }
    }
}
