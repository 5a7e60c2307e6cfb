/// The best of many records: a heap of at most `limit`, the worst on top.
struct NearestRecords {
    struct Match: Equatable {
        let score: Float
        let number: Int64

        /// Of equal ones, the older record comes first.
        func isWorse(than other: Match) -> Bool { score == other.score ? number > other.number : score < other.score }
    }

    private let limit: Int
    private var heap: [Match] = []

    init(limit: Int) { self.limit = limit }

    @inline(__always)
    mutating func offer(_ score: Float, _ number: @autoclosure () -> Int64) {
        if heap.count == limit, let worst = heap.first, score < worst.score { return }
        insert(Match(score: score, number: number()))
    }

    private mutating func insert(_ match: Match) {
        guard limit > 0 else { return }
        if heap.count < limit {
            heap.append(match)
            var child = heap.count - 1
            while child > 0, heap[child].isWorse(than: heap[(child - 1) / 2]) {
                heap.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        } else if heap[0].isWorse(than: match) {
            heap[0] = match
            var parent = 0
            while true {
                var worst = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isWorse(than: heap[worst]) { worst = child }
                guard worst != parent else { break }
                heap.swapAt(parent, worst)
                parent = worst
            }
        }
    }

    /// The best first.
    var sorted: [Match] { heap.sorted { $1.isWorse(than: $0) } }
}
