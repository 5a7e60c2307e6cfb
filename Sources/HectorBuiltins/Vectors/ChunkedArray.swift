/// An array that grows at its end, and of which a copy stays cheap to take while the original grows: only its last chunk is copied then.
struct ChunkedArray<Element: Sendable>: Sendable {
    static var chunk: Int { 1_024 }

    private(set) var chunks: [[Element]] = []
    private(set) var count = 0

    mutating func append(_ element: Element) {
        if count.isMultiple(of: Self.chunk) {
            var fresh: [Element] = []
            fresh.reserveCapacity(Self.chunk)
            chunks.append(fresh)
        }
        chunks[chunks.count - 1].append(element)
        count += 1
    }

    subscript(index: Int) -> Element { chunks[index / Self.chunk][index % Self.chunk] }
}
