import HectorCore
import Testing

@testable import HectorMesh

@Suite struct SilenceTests {
    /// Two replicas whose calls usually take a second.
    private func rig(_ names: [String] = ["a", "b"]) -> Rig {
        let rig = Rig(names)
        for name in names { for _ in 0..<5 { rig.run(name, .success, seconds: 1) } }
        return rig
    }

    private func begin(_ rig: Rig, at name: String, _ callClass: CallClass = .unary) -> (Lease, Call)? {
        var call = Call(callClass, idempotent: true)
        call.tried = TriedReplicas(rig.set.replicas.filter { $0.description.id.replica != name }.map { Tried(serial: $0.serial, epoch: $0.epoch) })
        return rig.set.lease(&call, now: rig.now, using: &rig.generator).map { ($0, call) }
    }

    private func pass(_ rig: Rig, _ seconds: Double) {
        let end = rig.now.advanced(by: .seconds(seconds))
        while rig.now < end {
            rig.now = min(end, max(rig.now, rig.set.due))
            _ = rig.advance()
        }
    }

    @Test func callsGoElsewhereAfterFourTimesTheUsual() throws {
        let rig = rig()
        var (lease, call) = try #require(begin(rig, at: "a"))
        pass(rig, 3.9)
        #expect(rig.reason("a") == "")
        #expect(rig.shares().keys.contains("a") == false, "it is busier, so this says nothing yet")
        pass(rig, 0.4)
        #expect(rig.state("a") == .ready)
        #expect(rig.reason("a") == "no response for 4.3 s; other replicas are preferred")
        // However busy the other one is.
        let others = (0..<20).compactMap { _ in begin(rig, at: "b") }
        #expect(others.count == 20)
        #expect(rig.shares() == ["b": 1_000])
        #expect(rig.set.explain(.unary, now: rig.now).excluded.map(\.exclusion) == [.silent])
        _ = rig.finish(lease, &call, .success)
        #expect(rig.reason("a") == "")
        #expect(rig.shares() == ["a": 1_000])
    }

    @Test func aCallThatIsGivenUpEndsTheSilenceAtTheNextLook() throws {
        let rig = rig()
        var (lease, call) = try #require(begin(rig, at: "a"))
        pass(rig, 5)
        #expect(rig.reason("a") != "")
        _ = rig.finish(lease, &call, .failure(.cancelled))
        pass(rig, 0.25)
        #expect(rig.reason("a") == "")
    }

    @Test func oneLongAnswerAmongOthersIsNoSilence() throws {
        let rig = rig()
        _ = try #require(begin(rig, at: "a"))
        for _ in 0..<20 {
            var (lease, call) = try #require(begin(rig, at: "a"))
            pass(rig, 1)
            _ = rig.finish(lease, &call, .success)
        }
        #expect(rig.reason("a") == "")
    }

    @Test func theOnlyOneIsUsedAllTheSame() throws {
        let rig = rig(["a"])
        _ = try #require(begin(rig, at: "a"))
        pass(rig, 10)
        #expect(rig.reason("a") != "")
        #expect(rig.shares() == ["a": 1_000])
    }

    @Test func whatIsUsualMustBeKnownAndQuickOnesHaveTime() throws {
        let unknown = Rig(["a", "b"])
        _ = try #require(begin(unknown, at: "a"))
        pass(unknown, 100)
        #expect(unknown.reason("a") == "")
        let quick = Rig(["a", "b"])
        for _ in 0..<5 { quick.run("b", .success, seconds: 0.001) }
        _ = try #require(begin(quick, at: "a"))
        pass(quick, 0.49)
        #expect(quick.reason("a") == "")
        pass(quick, 0.26)
        #expect(quick.reason("a") != "")
    }

    @Test func aNewConnectionBeginsAnew() throws {
        let rig = rig()
        _ = try #require(begin(rig, at: "a"))
        pass(rig, 5)
        _ = rig.ready("a", proven: true)
        pass(rig, 5)
        #expect(rig.reason("a") == "", "the call is on the old connection")
    }

    /// A stream's silence is between its messages, and not while its reader takes its time.
    @Test func aStallBetweenMessagesIsSilence() throws {
        let rig = rig()
        for name in ["a", "b"] {
            var (lease, call) = try #require(begin(rig, at: name, .stream))
            var progress = Progress()
            (progress.headers, progress.messages, progress.firstMessage, progress.waited) = (true, 11, .seconds(1), .seconds(2))
            _ = rig.finish(lease, &call, .success, progress)
        }
        let (lease, _) = try #require(begin(rig, at: "a", .stream))
        pass(rig, 1)
        lease.wait?.messageReceived()
        rig.set.progressed(lease, .firstMessage(.seconds(1)), now: rig.now)
        pass(rig, 60)
        #expect(rig.reason("a") == "", "the reader has it")
        lease.wait?.messageAwaited(now: rig.now)
        pass(rig, 0.75)
        #expect(rig.reason("a") == "")
        pass(rig, 0.3)
        #expect(rig.reason("a") != "", "0.2 s are usual")
    }
}
