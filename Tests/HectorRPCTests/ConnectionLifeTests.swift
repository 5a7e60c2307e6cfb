import NIOCore
import Testing

@testable import HectorRPC

/// What becomes of a connection, input by input, without a channel.
struct ConnectionLifeTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private let broken = ConnectionError(.protocolViolation, "broken")

    private func open(isServer: Bool) -> ConnectionLife {
        var life = ConnectionLife(isServer: isServer)
        _ = life.channelBecameActive()
        _ = life.settingsReceived()
        return life
    }

    private func code(_ life: ConnectionLife) -> ConnectionError.Code? { life.ending?.error.code }

    @Test func greeting() {
        var life = ConnectionLife(isServer: true)
        #expect(!life.isOpen && !life.isUp && !life.takesStreams && life.reads)
        let (first, second) = (life.channelBecameActive(), life.channelBecameActive())
        #expect(first && !second)
        let isOpen = life.settingsReceived()
        #expect(isOpen && life.isOpen && life.isUp && life.takesStreams && life.reads)
        // The timer was due already.
        life.greetingTimedOut(broken)
        #expect(life.isOpen)
    }

    @Test func aGreetingThatTakesTooLong() {
        var life = ConnectionLife(isServer: false)
        _ = life.channelBecameActive()
        life.greetingTimedOut(broken)
        #expect(life.ending?.error.message == "broken")
        // What was under way when it was given up.
        let (starts, opens) = (life.channelBecameActive(), life.settingsReceived())
        #expect(!starts && !opens)
        #expect(!life.reads && !life.isOpen)
    }

    @Test func whoIsToDrainBeforeTheGreetingCloses() {
        var life = ConnectionLife(isServer: true)
        #expect(life.drain(grace: .seconds(5), now: start, hasCalls: false) == .close)
        #expect(code(life) == .closed && life.ending?.hasSaidGoodbye == false)
    }

    /// A server takes the calls that were on their way when it announced its end: the ping's answer comes behind them.
    @Test func aServerDrains() {
        var life = open(isServer: true)
        #expect(life.drain(grace: .seconds(5), now: start, hasCalls: false) == .announce(closeAt: start + .seconds(5)))
        #expect(!life.isOpen && life.isUp && life.takesStreams)
        // One that was on its way has come, and ended.
        life.callsEnded()
        #expect(life.ending == nil && life.takesStreams)
        #expect(life.drainPingAnswered(hasCalls: true) == true)
        #expect(life.ending == nil && !life.takesStreams && life.isUp)
        // A second answer says nothing new.
        #expect(life.drainPingAnswered(hasCalls: true) == false)
        life.callsEnded()
        #expect(code(life) == .closed && life.ending?.hasSaidGoodbye == true)
    }

    @Test func aServerWithoutCallsEndsWithTheAnswer() {
        var life = open(isServer: true)
        _ = life.drain(grace: .seconds(5), now: start, hasCalls: false)
        #expect(life.drainPingAnswered(hasCalls: false) == true)
        #expect(code(life) == .closed && life.ending?.hasSaidGoodbye == true)
    }

    /// Whoever answers a ping that was never sent does not end the connection.
    @Test func anAnswerToNothing() {
        for isServer in [true, false] {
            var life = open(isServer: isServer)
            #expect(life.drainPingAnswered(hasCalls: false) == false)
            #expect(life.isOpen)
        }
    }

    @Test func aClientDrains() {
        var life = open(isServer: false)
        #expect(life.drain(grace: .seconds(5), now: start, hasCalls: true) == .sayGoodbye(closeAt: start + .seconds(5)))
        #expect(!life.isOpen && life.ending == nil)
        life.callsEnded()
        #expect(code(life) == .closed && life.ending?.hasSaidGoodbye == true)
        var idle = open(isServer: false)
        #expect(idle.drain(grace: .seconds(5), now: start, hasCalls: false) == .sayGoodbye(closeAt: start + .seconds(5)))
        #expect(code(idle) == .closed)
    }

    @Test(arguments: [true, false]) func theShorterTimeCounts(isServer: Bool) {
        var life = open(isServer: isServer)
        _ = life.drain(grace: .seconds(5), now: start, hasCalls: true)
        #expect(life.drain(grace: .seconds(9), now: start, hasCalls: true) == .none)
        #expect(life.drain(grace: .seconds(2), now: start, hasCalls: true) == .closeEarlier(at: start + .seconds(2)))
        #expect(life.drain(grace: .zero, now: start, hasCalls: true) == .close)
        #expect(life.drain(grace: .seconds(1), now: start, hasCalls: true) == .none)
        #expect(code(life) == .closed)
    }

    @Test func callsThatDoNotEndInTime() {
        var life = open(isServer: true)
        _ = life.drain(grace: .seconds(5), now: start, hasCalls: true)
        life.drainTimedOut()
        #expect(life.ending?.error.message.contains("did not end in time") == true)
        #expect(life.ending?.hasSaidGoodbye == false)
    }

    /// The peer closes, when its calls have ended; its session says when.
    @Test func aPeerThatSaysGoodbye() {
        var life = open(isServer: false)
        let (first, second) = (
            life.goAwayReceived(.noError, debugData: ""), life.goAwayReceived(.enhanceYourCalm, debugData: "too_many_pings"))
        #expect(first && !second)
        #expect(!life.isOpen && life.isUp && life.ending == nil)
        #expect(life.hasPingedTooOften)
        life.callsEnded()
        #expect(life.ending == nil)
        life.sessionEnded(violation: nil)
        #expect(code(life) == .closedByPeer && life.ending?.hasSaidGoodbye == false)
        let error = life.closed()
        #expect(error?.code == .tooManyPings)
        #expect(error?.message.contains("it said: too_many_pings") == true)
    }

    /// We may want to go as well.
    @Test func bothSayGoodbye() {
        var server = open(isServer: true)
        #expect(server.goAwayReceived(.noError, debugData: "") == true)
        #expect(server.takesStreams)
        #expect(server.drain(grace: .seconds(1), now: start, hasCalls: true) == .announce(closeAt: start + .seconds(1)))
        var client = open(isServer: false)
        _ = client.drain(grace: .seconds(1), now: start, hasCalls: true)
        // It is no news that no call may begin.
        #expect(client.goAwayReceived(.noError, debugData: "") == false)
    }

    /// What breaks after the first fault breaks because of it.
    @Test func theFirstReasonCounts() {
        var life = open(isServer: true)
        life.failed(broken)
        life.failed(ConnectionError(.unresponsive, "later"))
        life.sessionEnded(violation: "later still")
        life.drainTimedOut()
        #expect(life.drain(grace: .seconds(1), now: start, hasCalls: false) == .none)
        life.callsEnded()
        let goodbye = life.goAwayReceived(.protocolError, debugData: "you broke it")
        #expect(!goodbye)
        life.closedByPeer(knowsPeer: true)
        #expect(life.ending?.error.message == "broken")
        #expect(!life.reads && !life.takesStreams && !life.isUp && !life.isClosed)
        #expect(life.closed()?.message == "broken")
        #expect(life.closed() == nil)
        #expect(life.isClosed && life.ending == nil)
        life.failed(ConnectionError(.unresponsive, "after the end"))
        #expect(life.ending == nil)
    }

    @Test func aPeerThatWasToldWhyIsToldNothingElse() {
        var life = open(isServer: true)
        life.failed(broken, tellingPeer: true)
        #expect(life.ending?.hasSaidGoodbye == true)
        var other = open(isServer: true)
        other.failed(broken)
        #expect(other.ending?.hasSaidGoodbye == false)
    }

    @Test func aRuleThatWasBroken() {
        var life = open(isServer: true)
        life.sessionEnded(violation: "HTTP/2: DATA on stream 0")
        #expect(code(life) == .protocolViolation)
    }

    @Test func whatItMeansThatThePeerCloses() {
        func text(_ life: ConnectionLife, knowsPeer: Bool = false) -> String? {
            var life = life
            life.closedByPeer(knowsPeer: knowsPeer)
            return life.ending?.error.message
        }
        let new = ConnectionLife(isServer: false)
        #expect(text(new)?.contains("before the TLS and HTTP/2 handshakes had finished") == true)
        #expect(text(new, knowsPeer: true)?.contains("may not accept our certificate") == true)
        #expect(text(open(isServer: false), knowsPeer: true) == "the peer closed the connection")
    }

    @Test func aHandlerThatIsTakenAway() {
        var life = open(isServer: true)
        #expect(life.closed()?.code == .closed)
    }

    /// What is left to be sent when the last call has ended goes out, unless that takes too long or the peer is gone.
    @Test func anEndInOrderWaitsForThePeer() {
        func leaving() -> ConnectionLife {
            var life = open(isServer: true)
            _ = life.drain(grace: .seconds(5), now: start, hasCalls: false)
            _ = life.drainPingAnswered(hasCalls: true)
            life.callsEnded()
            let waits = life.handedOver()
            #expect(waits && life.ending == nil && !life.writes && !life.reads && !life.isClosed)
            return life
        }
        var life = leaving()
        life.callsEnded()
        life.sessionEnded(violation: nil)
        #expect(life.drain(grace: .seconds(1), now: start, hasCalls: false) == .none)
        #expect(life.ending == nil)
        #expect(life.closed()?.message == ConnectionLife.closedByUs.message)
        let ends: [(inout ConnectionLife) -> Void] = [
            { $0.drainTimedOut() }, { $0.failed(ConnectionError(.unresponsive, "broken")) }, { $0.closedByPeer(knowsPeer: true) },
            { [start] in _ = $0.drain(grace: .zero, now: start, hasCalls: false) },
        ]
        for end in ends {
            var life = leaving()
            end(&life)
            #expect(life.ending?.isInOrder == false && life.ending?.hasSaidGoodbye == true)
            let waits = life.handedOver()
            #expect(!waits)
            // It ended well, and says so.
            #expect(life.closed()?.code == .closed)
        }
        var broken = open(isServer: true)
        broken.failed(self.broken)
        // A client has all of its answers.
        var client = open(isServer: false)
        _ = client.drain(grace: .seconds(1), now: start, hasCalls: false)
        let waits = (broken.handedOver(), client.handedOver())
        #expect(!waits.0 && !waits.1)
    }
}
