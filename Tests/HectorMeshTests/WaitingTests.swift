import Testing

@testable import HectorMesh

@Suite struct WaitingTests {
    private func waits(_ rig: Rig, _ id: WaiterID, deadline: Instant? = nil) -> RouterError? {
        var call = Call(.unary, idempotent: true, deadline: deadline)
        guard case .wait = rig.set.admit(&call, now: rig.now, using: &rig.generator) else {
            Issue.record("admitted at once"); return nil
        }
        switch rig.set.wait(&call, as: id, now: rig.now, using: &rig.generator) {
        case .wait: return nil
        case .refuse(let error): return error
        case .send: Issue.record("sent at once"); return nil
        }
    }

    @Test func theyAreServedInOrder() {
        let rig = Rig()
        for id: WaiterID in 1...5 { #expect(waits(rig, id) == nil) }
        rig.set.abandon(3)
        #expect(rig.upsert("a", .connecting()).isEmpty)
        #expect(rig.upsert("a", .checking()).isEmpty)
        #expect(rig.ready("a").sent == [1, 2, 4, 5])
        #expect(rig.set.statuses(now: rig.now).map(\.inFlight) == [4])
        #expect(rig.set.waiters.isEmpty)
    }

    @Test func aReplicaThatCameInBetweenIsTaken() {
        let rig = Rig()
        var call = Call(.unary, idempotent: true)
        #expect(rig.admit(&call) == nil)
        _ = rig.ready("a")
        guard case .send = rig.set.wait(&call, as: 1, now: rig.now, using: &rig.generator) else {
            Issue.record("waits beside a ready replica"); return
        }
    }

    @Test func theyWaitNoLongerThanTheirDeadline() {
        let rig = Rig()
        _ = rig.upsert("a", .lost(reason: "exited with code 1"))
        _ = waits(rig, 1)
        _ = waits(rig, 2, deadline: at(2))
        #expect(rig.set.due == at(2))
        rig.wait(2)
        #expect(rig.advance().refused == [2])
        #expect(rig.set.due == at(10))
        rig.wait(8)
        let actions = rig.advance()
        #expect(actions.refused == [1])
        guard case .refuse(_, let error) = actions.first else { return }
        #expect(error.code == .noReplica)
        #expect(error.replicas.map(\.state) == [.lost])
        #expect(error.message == """
            echo-llm (llm_provider): none of 1 known replicas could take the call within 10 s \
            (a on here is lost: exited with code 1); see `hector mesh status`
            """)
        #expect(rig.set.due == Instant(nanoseconds: .max))
    }

    @Test func theQueueIsBounded() {
        var limits = MeshLimits()
        limits.waitersPerPlugin = 2
        let rig = Rig(limits: limits)
        #expect(waits(rig, 1) == nil)
        #expect(waits(rig, 2) == nil)
        #expect(waits(rig, 3)?.code == .tooManyWaiting)
    }

    @Test func nobodyWaitsForAPerson() {
        let rig = Rig()
        _ = rig.upsert("a", .failed(reason: "5 restarts in a minute"))
        #expect(waits(rig, 1)?.code == .noReplica)
        _ = rig.upsert("b", .connecting())
        #expect(waits(rig, 2) == nil)
    }

    @Test func aPauseThatEndsServesThem() {
        let rig = Rig(["a"])
        rig.run("a", .failure(.overloaded(pause: .seconds(1))))
        _ = waits(rig, 1)
        rig.wait(0.9)
        #expect(rig.advance().isEmpty)
        rig.wait(0.1)
        #expect(rig.advance().sent == [1])
    }

    @Test func aProbeThatAnswersServesThem() {
        let rig = Rig(["a"])
        rig.run("a", .failure(.connectionLost))
        _ = waits(rig, 1)
        rig.wait(1.2)
        guard let probe = rig.advance().probes.first else { Issue.record("no probe"); return }
        #expect(rig.probed(probe, healthy: true).sent == [1])
    }
}
