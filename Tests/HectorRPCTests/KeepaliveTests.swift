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
        #expect(state.tick(now: start + .seconds(10), hasCalls: false) == .wait(.seconds(10)))
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
}
