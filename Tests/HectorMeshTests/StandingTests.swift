import HectorCore
import Testing

@testable import HectorMesh

@Suite struct StandingTests {
    let limits = MeshLimits()

    /// In `phase` since second 10, with one ejection behind it when it is not new.
    private func standing(_ phase: Standing.Phase) -> Standing {
        var standing = Standing(now: at(0))
        switch phase {
        case .probation:
            standing.connected(limits: limits, now: at(10))
        case .member:
            standing.succeeded(began: at(10), now: at(10))
        case .ejected:
            standing.connectionLost(jitter: 0, limits: limits, now: at(10))
        case .probing:
            standing.connectionLost(jitter: 0, limits: limits, now: at(9))
            _ = standing.beginProbe(limits: limits, now: at(10))
        }
        return standing
    }

    private static let phases: [Standing.Phase] = [.probation, .member, .ejected(until: at(11)), .probing]

    @Test(arguments: phases) func success(from phase: Standing.Phase) {
        var standing = standing(phase)
        #expect(standing.phase == phase)
        standing.succeeded(began: at(9.9), now: at(10.5))
        #expect(standing.phase == phase, "a call from before the phase proves nothing")
        standing.succeeded(began: at(10), now: at(10.5))
        #expect(standing.phase == .member)
    }

    @Test(arguments: phases) func failures(from phase: Standing.Phase) {
        var standing = standing(phase)
        let first = standing.failed(began: at(10), jitter: 0, limits: limits, now: at(10.1))
        #expect(!first)
        #expect(standing.phase == phase)
        let second = standing.failed(began: at(10), jitter: 0, limits: limits, now: at(10.2))
        switch phase {
        case .probation, .member:
            #expect(second)
            #expect(standing.phase == .ejected(until: at(11.2)))
            #expect(standing.cause == .failures)
        case .ejected, .probing:
            #expect(!second)
            #expect(standing.phase == phase, "what was in flight at the ejection prolongs nothing")
        }
    }

    @Test(arguments: phases) func lostConnection(from phase: Standing.Phase) {
        var standing = standing(phase)
        standing.connectionLost(jitter: 0, limits: limits, now: at(10))
        #expect(standing.isEjected)
        #expect(standing.cause == .connectionLost)
        if phase == .probing { #expect(standing.phase == .probing) } else { #expect(standing.phase == .ejected(until: at(11))) }
    }

    @Test(arguments: phases) func newConnection(from phase: Standing.Phase) {
        var standing = standing(phase)
        standing.connected(limits: limits, now: at(10.5))
        #expect(standing.phase == .probation)
    }

    @Test(arguments: phases) func probe(from phase: Standing.Phase) {
        var early = standing(phase)
        let tooEarly = early.beginProbe(limits: limits, now: at(10.9))
        #expect(!tooEarly)
        var due = standing(phase)
        let inTime = due.beginProbe(limits: limits, now: at(11))
        #expect(inTime == (phase == .ejected(until: at(11))))
        for healthy in [true, false] {
            var standing = standing(phase)
            standing.probed(healthy: healthy, jitter: 0, limits: limits, now: at(11))
            switch (phase, healthy) {
            case (.probing, true): #expect(standing.phase == .probation)
            case (.probing, false): #expect(standing.phase == .ejected(until: at(12)), "a check harms no caller")
            default: #expect(standing.phase == phase, "nobody asked for a probe")
            }
        }
    }

    @Test func aSuccessBetweenFailuresKeepsIn() {
        var standing = standing(.member)
        for second in 11..<20 {
            let ejected = standing.failed(began: at(Double(second)), jitter: 0, limits: limits, now: at(Double(second)))
            #expect(!ejected)
            standing.succeeded(began: at(Double(second) + 0.5), now: at(Double(second) + 0.5))
        }
    }

    @Test func aSuccessFromBeforeTheFailureDoesNotExcuseIt() {
        var standing = standing(.member)
        _ = standing.failed(began: at(11), jitter: 0, limits: limits, now: at(11))
        standing.succeeded(began: at(10.5), now: at(11.1))
        let ejected = standing.failed(began: at(11.2), jitter: 0, limits: limits, now: at(11.2))
        #expect(ejected)
    }

    @Test func oneFailureOnProbationAfterAnEjectionIsEnough() {
        var standing = standing(.probing)
        standing.probed(healthy: true, jitter: 0, limits: limits, now: at(10))
        let ejected = standing.failed(began: at(10), jitter: 0, limits: limits, now: at(10))
        #expect(ejected)
        #expect(standing.phase == .ejected(until: at(12)))
    }

    @Test func backoffDoublesToItsBoundWithJitter() {
        for (jitter, factor) in [(0.0, 1.0), (0.5, 1.1)] {
            var standing = standing(.member)
            var now = at(10)
            standing.connectionLost(jitter: jitter, limits: limits, now: now)
            for seconds in [1.0, 2, 4, 8, 16, 30, 30, 30] {
                let end = now.advanced(by: .seconds(seconds * factor))
                #expect(standing.phase == .ejected(until: end))
                now = end
                let probing = standing.beginProbe(limits: limits, now: now)
                #expect(probing)
                standing.probed(healthy: true, jitter: jitter, limits: limits, now: now)
                let ejected = standing.failed(began: now, jitter: jitter, limits: limits, now: now)
                #expect(ejected)
            }
        }
    }

    @Test func aReplicaThatDoesNotAnswerItsChecksIsAskedEveryTwoSecondsAtLeast() {
        var standing = standing(.member)
        var now = at(10)
        for _ in 0..<5 {
            standing.connectionLost(jitter: 0, limits: limits, now: now)
            standing.connected(limits: limits, now: now)
        }
        standing.connectionLost(jitter: 0, limits: limits, now: now)
        for _ in 0..<10 {
            guard case .ejected(let until) = standing.phase else { Issue.record("not ejected"); return }
            now = until
            _ = standing.beginProbe(limits: limits, now: now)
            standing.probed(healthy: false, jitter: 0, limits: limits, now: now)
            #expect(standing.phase == .ejected(until: now.advanced(by: .seconds(2))))
        }
    }

    @Test func aProbeThatIsNeverAnsweredIsMadeAgain() {
        var standing = standing(.probing)
        let tooEarly = standing.beginProbe(limits: limits, now: at(14.9))
        #expect(!tooEarly)
        let again = standing.beginProbe(limits: limits, now: at(15))
        #expect(again && standing.phase == .probing)
    }

    @Test func aLongGoodTimeForgivesEarlierEjections() {
        for (goodFor, backoff) in [(29.0, 2.0), (31.0, 1.0)] {
            var standing = standing(.probing)
            standing.probed(healthy: true, jitter: 0, limits: limits, now: at(10))
            standing.succeeded(began: at(10), now: at(10))
            standing.connectionLost(jitter: 0, limits: limits, now: at(10 + goodFor))
            #expect(standing.phase == .ejected(until: at(10 + goodFor + backoff)))
        }
    }
}
