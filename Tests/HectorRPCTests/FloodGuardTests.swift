import NIOCore
import Testing

@testable import HectorRPC

struct FloodGuardTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    /// How many of so many frames are let pass.
    private func pass(_ flood: inout FloodGuard, _ count: Int, now: NIODeadline = start) -> Int {
        (0..<count).count { _ in flood.spend(now: now) }
    }

    @Test func aBurstAndNoMore() {
        var flood = FloodGuard()
        #expect(pass(&flood, FloodGuard.burst + 10) == FloodGuard.burst)
    }

    /// As many as time puts back, for an hour.
    @Test func aSlowFlowIsEndless() {
        var flood = FloodGuard()
        let passed = (0..<3600 * FloodGuard.perSecond).count { tick in
            flood.spend(now: Self.start + .nanoseconds(Int64(tick) * 1_000_000_000 / Int64(FloodGuard.perSecond)))
        }
        #expect(passed == 3600 * FloodGuard.perSecond)
    }

    @Test func anIdleHourGivesOneBurst() {
        var flood = FloodGuard()
        #expect(pass(&flood, 10) == 10)
        #expect(pass(&flood, 5000, now: Self.start + .hours(1)) == FloodGuard.burst)
    }

    /// An honest reader of a stream sends two window updates and a ping for each frame at most.
    @Test func answersToWhatWeSendAreFree() {
        var flood = FloodGuard()
        var passed = 0
        for _ in 0..<10_000 {
            flood.dataSent()
            passed += pass(&flood, 3)
        }
        #expect(passed == 30_000)
    }
}
