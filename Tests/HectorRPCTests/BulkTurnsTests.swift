import Testing

@testable import HectorRPC

struct BulkTurnsTests {
    private func spend(_ turns: inout BulkTurns, _ id: Int32) -> Int {
        var sent = 0
        while sent < 10 * BulkTurns.longest, turns.admits(id, 16_384) { sent += 16_384 }
        return sent
    }

    @Test func oneAloneSendsOn() {
        var turns = BulkTurns()
        #expect(spend(&turns, 1) == 10 * BulkTurns.longest)
        let next = turns.pass()
        #expect(next == nil)
    }

    @Test func eachForAWhile() {
        var turns = BulkTurns()
        let isFirst = [turns.admits(1, 1), turns.admits(3, 1), turns.admits(5, 1)]
        #expect(isFirst == [true, false, false])
        var order: [Int32] = []
        #expect(spend(&turns, 1) == BulkTurns.longest)
        for _ in 0..<5 {
            guard let next = turns.pass() else { break }
            order.append(next)
            #expect(spend(&turns, next) == BulkTurns.longest)
        }
        #expect(order == [3, 5, 1, 3, 5])
    }

    /// The session passes the turn when nothing moves; it does not come back to who has sent all.
    @Test func whoHasSentAllIsForgotten() {
        var turns = BulkTurns()
        for id: Int32 in [1, 3, 5] { _ = turns.admits(id, 100_000) }
        let order = [turns.pass(), turns.pass(), turns.pass()]
        #expect(order == [3, 5, nil])
        let admitted = turns.admits(7, 1)
        #expect(admitted)
    }
}
