/// The vectors of a collection in memory, each scaled to length 1, one row each.
///
/// A value: a search holds it as it was, while its only writer goes on with a newer one. Rows are appended, and never changed:
/// a vector that is replaced or deleted leaves a dead row, until so many are dead that the writer makes a new matrix.
struct VectorMatrix: Sendable {
    /// Rows in a segment.
    static let segmentRows = 1_024

    /// Numbers in a vector.
    let size: Int
    /// Rows that are not dead.
    private(set) var live = 0
    /// All rows.
    private(set) var count = 0
    private var segments: [Segment] = []
    private let stride: Int

    init(size: Int) {
        self.size = size
        stride = DotProduct.padded(size)
    }

    /// Bytes that so many vectors of that size need, with what else is kept of a record.
    static func bytes(rows: Int, size: Int) -> Int {
        // 8 for its number, 64 to find its row.
        rows * (DotProduct.padded(size) * MemoryLayout<Float>.stride + 8 + 64)
    }

    var bytes: Int { Self.bytes(rows: segments.count * Self.segmentRows, size: size) }

    /// Whether a new matrix would be a third smaller.
    var isWorthPacking: Bool { count - live > live / 2 + Self.segmentRows }

    /// - Parameter vector: Of the matrix' size; at any address.
    /// - Returns: Its row.
    mutating func append(_ vector: UnsafeRawBufferPointer, number: Int64) -> Int {
        if count.isMultiple(of: Self.segmentRows) { segments.append(Segment(SegmentMemory(stride: stride))) }
        let last = segments.count - 1
        segments[last].memory.write(vector, size: size, number: number, row: count % Self.segmentRows)
        count += 1
        live += 1
        return count - 1
    }

    mutating func kill(row: Int) {
        segments[row / Self.segmentRows].kill(row % Self.segmentRows)
        live -= 1
    }

    func isDead(row: Int) -> Bool { segments[row / Self.segmentRows].isDead(row % Self.segmentRows) }

    func number(row: Int) -> Int64 { segments[row / Self.segmentRows].memory.numbers[row % Self.segmentRows] }

    /// The live rows that pass, in order.
    func forEachRow(_ passes: (Int) -> Bool, _ body: (_ row: Int, _ number: Int64) -> Void) {
        for row in 0..<count where !isDead(row: row) && passes(row) { body(row, number(row: row)) }
    }

    /// - Parameters:
    ///   - passes: Of a row; nil: all do.
    ///   - isCancelled: Asked once a segment; then what was found so far is returned.
    func nearest(_ query: UnitVector, limit: Int, passes: ((Int) -> Bool)?, isCancelled: () -> Bool) -> [NearestRecords.Match] {
        var best = NearestRecords(limit: limit)
        var start = 0
        for segment in segments where !isCancelled() {
            let rows = min(Self.segmentRows, count - start)
            let hasDead = segment.deadCount > 0
            for row in 0..<rows {
                if hasDead, segment.isDead(row) { continue }
                if let passes, !passes(start + row) { continue }
                best.offer(DotProduct.of(segment.memory.vectors + row * stride, query.numbers, count: stride), segment.memory.numbers[row])
            }
            start += rows
        }
        return best.sorted
    }

    /// The live rows in a new matrix.
    ///
    /// - Parameter kept: Told of each, in order.
    func packed(_ kept: (_ old: Int, _ number: Int64) -> Void) -> VectorMatrix {
        var packed = VectorMatrix(size: size)
        forEachRow({ _ in true }) { row, number in
            let vector = UnsafeRawBufferPointer(
                start: segments[row / Self.segmentRows].memory.vectors + row % Self.segmentRows * stride, count: size * MemoryLayout<Float>.stride)
            _ = packed.append(vector, number: number)
            kept(row, number)
        }
        return packed
    }

    private struct Segment: Sendable {
        let memory: SegmentMemory
        private var dead: [UInt64] = []
        private(set) var deadCount = 0

        init(_ memory: SegmentMemory) { self.memory = memory }

        func isDead(_ row: Int) -> Bool { deadCount > 0 && dead[row / 64] & (1 << (row % 64)) != 0 }

        mutating func kill(_ row: Int) {
            if dead.isEmpty { dead = Array(repeating: 0, count: VectorMatrix.segmentRows / 64) }
            dead[row / 64] |= 1 << (row % 64)
            deadCount += 1
        }
    }
}

/// The memory of some rows.
private final class SegmentMemory: @unchecked Sendable {  // a row is written once, before a matrix that counts it is handed to others
    let vectors: UnsafeMutablePointer<Float>
    let numbers: UnsafeMutablePointer<Int64>
    private let stride: Int

    init(stride: Int) {
        self.stride = stride
        vectors = .aligned(stride * VectorMatrix.segmentRows)
        numbers = .allocate(capacity: VectorMatrix.segmentRows)
    }

    deinit {
        vectors.deallocate()
        numbers.deallocate()
    }

    func write(_ vector: UnsafeRawBufferPointer, size: Int, number: Int64, row: Int) {
        let start = vectors + row * stride
        if let source = vector.baseAddress { UnsafeMutableRawPointer(start).copyMemory(from: source, byteCount: size * MemoryLayout<Float>.stride) }
        let scale = DotProduct.inverseLength(UnsafeBufferPointer(start: start, count: size))
        for index in 0..<size { start[index] *= scale }
        for index in size..<stride { start[index] = 0 }
        numbers[row] = number
    }
}
