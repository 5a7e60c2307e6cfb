import Testing

@testable import HectorRPC

struct BulkTurnsTests {
    /// Sends on a stream until it has to wait. Returns how much that was.
    private func spend(_ turns: inout BulkTurns, _ id: Int32) -> Int {
        var sent = 0
        while sent < 10 * BulkTurns.longest, turns.admits(id) {
            turns.sent(16_384)
            sent += 16_384
        }
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
        let isFirst = [turns.admits(1), turns.admits(3), turns.admits(5)]
        #expect(isFirst == [true, false, false])
        #expect(spend(&turns, 1) == BulkTurns.longest)
        var order: [Int32] = []
        for _ in 0..<5 {
            #expect(turns.isDue)
            guard let next = turns.pass() else { break }
            order.append(next)
            #expect(!turns.isDue)
            #expect(spend(&turns, next) == BulkTurns.longest)
        }
        #expect(order == [3, 5, 1, 3, 5])
    }

    /// What comes while others wait does not overtake them.
    @Test func newcomersWait() {
        var turns = BulkTurns()
        _ = (turns.admits(1), turns.admits(3))
        turns.ended(1)
        #expect(turns.isDue)
        let admitted = turns.admits(5)
        #expect(!admitted)
        let order = [turns.pass(), turns.pass(), turns.pass()]
        #expect(order == [3, 5, nil])
    }

    /// What others send ends a turn as well: its holder may be held up.
    @Test func turnsEndWhileOthersSend() {
        var turns = BulkTurns()
        _ = (turns.admits(1), turns.admits(3))
        turns.sent(BulkTurns.longest - 1)
        #expect(!turns.isDue)
        turns.sent(1)
        #expect(turns.isDue)
    }
}
