import NIOCore
import Testing

@testable import HectorRPC

struct KeepaliveTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func state(permitsWithoutCalls: Bool = true) -> KeepaliveState {
        KeepaliveState(
            KeepaliveConfiguration(interval: .seconds(10), timeout: .seconds(3), permitsWithoutCalls: permitsWithoutCalls), now: start)
    }

    @Test func pingsASilentPeerAndGivesItUp() {
        var state = state()
        #expect(state.tick(now: start + .seconds(10), hasCalls: false) == .ping(thenWait: .seconds(3)))
        #expect(state.tick(now: start + .seconds(12), hasCalls: false) == .wait(.seconds(1)))
        #expect(state.tick(now: start + .seconds(13), hasCalls: false) == .giveUp)
    }

    @Test func whateverArrivesShowsThatThePeerLives() {
        var state = state()
        state.heard(now: start + .seconds(4))
        #expect(state.tick(now: start + .seconds(10), hasCalls: true) == .wait(.seconds(4)))
        #expect(state.tick(now: start + .seconds(14), hasCalls: true) == .ping(thenWait: .seconds(3)))
        state.heard(now: start + .seconds(15))
        #expect(state.tick(now: start + .seconds(17), hasCalls: true) == .wait(.seconds(8)))
    }

    @Test func quietWithoutCallsWhereThatIsAsked() {
        var state = state(permitsWithoutCalls: false)
        #expect(state.tick(now: start + .seconds(10), hasCalls: false) == .rest)
        #expect(state.tick(now: start + .seconds(20), hasCalls: true) == .ping(thenWait: .seconds(3)))
    }

    /// An answer at once: the next ping is due after the interval, not after the timeout.
    @Test func aTimeoutLongerThanTheInterval() {
        var state = KeepaliveState(KeepaliveConfiguration(interval: .seconds(1), timeout: .seconds(5)), now: start)
        #expect(state.tick(now: start + .seconds(1), hasCalls: true) == .ping(thenWait: .seconds(1)))
        state.heard(now: start + .milliseconds(1100))
        #expect(state.tick(now: start + .seconds(2), hasCalls: true) == .wait(.milliseconds(100)))
        #expect(state.tick(now: start + .milliseconds(2100), hasCalls: true) == .ping(thenWait: .seconds(1)))
        for second in 3...5 {
            #expect(state.tick(now: start + .milliseconds(Int64(second) * 1000 + 100), hasCalls: true) == .wait(.seconds(1)))
        }
        // A late answer does not put off the next ping.
        var answered = state
        answered.heard(now: start + .milliseconds(5500))
        #expect(answered.tick(now: start + .milliseconds(6100), hasCalls: true) == .wait(.milliseconds(400)))
        #expect(state.tick(now: start + .milliseconds(6100), hasCalls: true) == .wait(.seconds(1)))
        #expect(state.tick(now: start + .milliseconds(7100), hasCalls: true) == .giveUp)
    }

    /// A machine that slept: the timer fires late, and the answer had no chance to come.
    @Test func aLateTimerPingsBeforeItGivesUp() {
        var state = state()
        #expect(state.tick(now: start + .seconds(10_000), hasCalls: true) == .ping(thenWait: .seconds(3)))
    }

    /// A loop that was held up for long after the ping: the answer may lie unread.
    @Test func ourOwnDelayIsNotThePeersSilence() {
        var state = state()
        #expect(state.tick(now: start + .seconds(10), hasCalls: true) == .ping(thenWait: .seconds(3)))
        #expect(state.tick(now: start + .seconds(20), hasCalls: true) == .wait(.seconds(3)))
        #expect(state.tick(now: start + .seconds(23), hasCalls: true) == .giveUp)
    }

    // MARK: two stages

    private func twoStages() -> KeepaliveState { KeepaliveState(.mesh(silence: .milliseconds(1_500), streams: .seconds(5)), now: start) }

    @Test func `Calls without a response are given up first, the connection later`() {
        var state = twoStages()
        #expect(state.tick(now: start + .milliseconds(500), hasCalls: true) == .ping(thenWait: .milliseconds(500)))
        #expect(state.tick(now: start + .milliseconds(1_000), hasCalls: true) == .wait(.milliseconds(500)))
        #expect(state.tick(now: start + .milliseconds(1_500), hasCalls: true) == .silent(thenWait: .milliseconds(500)))
        for half in 4...9 {
            #expect(state.tick(now: start + .milliseconds(Int64(half) * 500), hasCalls: true) == .wait(.milliseconds(500)), "told once")
        }
        #expect(state.tick(now: start + .seconds(5), hasCalls: true) == .giveUp)
    }

    @Test func `A peer that is heard again begins anew`() {
        var state = twoStages()
        for half in 1...3 { _ = state.tick(now: start + .milliseconds(Int64(half) * 500), hasCalls: true) }
        state.heard(now: start + .milliseconds(3_900))
        #expect(state.tick(now: start + .milliseconds(4_000), hasCalls: true) == .wait(.milliseconds(400)))
        #expect(state.tick(now: start + .milliseconds(4_400), hasCalls: true) == .ping(thenWait: .milliseconds(500)))
        #expect(state.tick(now: start + .milliseconds(4_900), hasCalls: true) == .wait(.milliseconds(500)))
        #expect(state.tick(now: start + .milliseconds(5_400), hasCalls: true) == .silent(thenWait: .milliseconds(500)))
    }

    /// In either stage: the answer may lie unread, and so may what was sent while we stood still.
    @Test func `Our own delay gives a silent peer its time once more`() {
        var state = twoStages()
        for half in 1...3 { _ = state.tick(now: start + .milliseconds(Int64(half) * 500), hasCalls: true) }
        #expect(state.tick(now: start + .milliseconds(4_900), hasCalls: true) == .wait(.milliseconds(500)))
        #expect(state.tick(now: start + .milliseconds(5_400), hasCalls: true) == .wait(.milliseconds(500)))
        for half in 1...7 { _ = state.tick(now: start + .milliseconds(5_400 + Int64(half) * 500), hasCalls: true) }
        #expect(state.tick(now: start + .milliseconds(9_400), hasCalls: true) == .giveUp)
        var held = twoStages()
        _ = held.tick(now: start + .milliseconds(500), hasCalls: true)
        #expect(held.tick(now: start + .milliseconds(3_000), hasCalls: true) == .wait(.milliseconds(500)))
        #expect(held.tick(now: start + .milliseconds(3_500), hasCalls: true) == .wait(.milliseconds(500)))
        #expect(held.tick(now: start + .milliseconds(4_000), hasCalls: true) == .silent(thenWait: .milliseconds(500)))
    }

    @Test func `Both stages may be one`() {
        var state = KeepaliveState(.mesh(silence: .seconds(2), streams: .seconds(2)), now: start)
        for half in 1...3 { _ = state.tick(now: start + .milliseconds(Int64(half) * 500), hasCalls: true) }
        #expect(state.tick(now: start + .seconds(2), hasCalls: true) == .silent(thenWait: .zero))
        #expect(state.tick(now: start + .seconds(2), hasCalls: true) == .giveUp)
    }

    /// gRPC servers count pings, and close a connection that brings too many.
    @Test func `A foreign server is asked with SETTINGS, and given up after 20 seconds`() {
        var state = KeepaliveState(.foreign, now: start)
        #expect(state.tick(now: start + .seconds(10), hasCalls: true) == .ping(thenWait: .seconds(10)))
        #expect(state.tick(now: start + .seconds(20), hasCalls: true) == .giveUp)
        #expect(KeepaliveConfiguration.foreign.question == .settings)
    }

    @Test func `A child is asked while it has calls, and never given up`() {
        var state = KeepaliveState(.child, now: start)
        #expect(state.tick(now: start + .milliseconds(250), hasCalls: false) == .rest)
        // A call begins much later, and the owner hears of the silence once.
        #expect(state.tick(now: start + .seconds(60), hasCalls: true) == .ping(thenWait: .milliseconds(250)))
        #expect(state.tick(now: start + .milliseconds(60_250), hasCalls: true) == .silent(thenWait: .milliseconds(250)))
        for quarter in 2...100 {
            #expect(state.tick(now: start + .milliseconds(60_000 + Int64(quarter) * 250), hasCalls: true) == .wait(.milliseconds(250)))
        }
        #expect(state.tick(now: start + .milliseconds(85_250), hasCalls: false) == .rest)
        state.heard(now: start + .milliseconds(85_300))
        #expect(state.tick(now: start + .milliseconds(85_500), hasCalls: true) == .wait(.milliseconds(50)))
    }
}
