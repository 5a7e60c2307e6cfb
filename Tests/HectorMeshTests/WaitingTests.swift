import HectorCore
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

    // MARK: another attempt

    /// A call sent to the only replica, which is then lost.
    private func lost(_ rig: Rig, _ kind: FailureKind = .connectionLost, idempotent: Bool = true, deadline: Instant? = nil) -> Call? {
        var call = Call(.unary, idempotent: idempotent, deadline: deadline)
        guard let lease = rig.admit(&call) else { Issue.record("no lease"); return nil }
        if case .wait = rig.sequel(lease, &call, .failure(kind)) { return call }
        return nil
    }

    @Test(arguments: [FailureKind.connectionLost, .notConnected])
    func aCallWhoseReplicasAreAllLostWaitsForOne(kind: FailureKind) {
        let rig = Rig(["a", "b"])
        var call = Call(.unary, idempotent: true)
        guard let first = rig.admit(&call), let second = rig.finish(first, &call, .failure(kind)) else {
            Issue.record("no second attempt"); return
        }
        guard case .wait = rig.sequel(second, &call, .failure(.notConnected)) else { Issue.record("given up"); return }
        guard case .wait = rig.set.wait(&call, as: 1, now: rig.now, using: &rig.generator) else {
            Issue.record("not waiting"); return
        }
        _ = rig.upsert("a", .lost(reason: "killed"))
        #expect(rig.set.waiters.count == 1)
        let actions = rig.ready("a")
        #expect(actions.sent == [1], "the same replica with another connection is another one")
        guard case .send(_, var again, let third) = actions.first else { return }
        if kind == .connectionLost {
            guard case .end = rig.sequel(third, &again, .failure(.connectionLost)) else { Issue.record("a third loss"); return }
        }
    }

    /// A call may be what crashes its replica. The budget would let it do so again: it saves up a hundred retries.
    @Test func aCallEndsWithTheSecondLossOfTheSameReplica() {
        let rig = Rig(["a"])
        guard var call = lost(rig) else { Issue.record("given up"); return }
        _ = rig.set.wait(&call, as: 1, now: rig.now, using: &rig.generator)
        _ = rig.upsert("a", .lost(reason: "killed"))
        guard case .send(_, var again, let second) = rig.ready("a").first else { Issue.record("no second attempt"); return }
        _ = rig.ready("b")
        guard case .end = rig.sequel(second, &again, .failure(.connectionLost)) else {
            Issue.record("sent a third time"); return
        }
        #expect(again.refusal?.code == .callLostReplicas)
    }

    /// Of different replicas, too: otherwise one request crashes all of them, one after the other.
    @Test func aCallUnderWhichTwoReplicasWereLostIsNotBegunOnAThird() {
        let rig = Rig(["a", "b", "c", "d"])
        var call = Call(.unary, idempotent: true)
        guard let first = rig.admit(&call), let second = rig.finish(first, &call, .failure(.connectionLost)) else {
            Issue.record("no second attempt"); return
        }
        #expect(call.refusal == nil, "one may be chance")
        #expect(rig.finish(second, &call, .failure(.connectionLost)) == nil)
        #expect(call.refusal?.code == .callLostReplicas)
        #expect(call.losses == [first.replica, second.replica])
    }

    /// What was never sent to a replica did it no harm, and a response that had begun is told as it ended.
    @Test func onlyLossesUnderTheCallCount() {
        let rig = Rig(["a", "b", "c", "d"])
        var call = Call(.unary, idempotent: true)
        var lease = rig.admit(&call)
        for kind: FailureKind in [.notConnected, .connectionLost] {
            guard let current = lease else { Issue.record("no attempt before \(kind)"); return }
            lease = rig.finish(current, &call, .failure(kind))
        }
        guard let third = lease else { Issue.record("one loss ended it"); return }
        var begun = Progress()
        begun.headers = true
        #expect(rig.finish(third, &call, .failure(.connectionLost), begun) == nil)
        #expect(call.refusal == nil && call.losses.count == 1)
        #expect(rig.set.budget.tokens == MeshLimits().retryBurst - 1)
    }

    @Test func onlyWhatIsSafeWaitsAgain() {
        #expect(lost(Rig(["a"]), .connectionLost, idempotent: false) == nil)
        #expect(lost(Rig(["a"]), .notConnected, idempotent: false) != nil, "it was never sent")
        for kind: FailureKind in [.retryable, .overloaded(pause: nil), .neverProcessed, .failed, .deadline] {
            #expect(lost(Rig(["a"]), kind) == nil, "it says what happened, and nobody else will do better")
        }
        var limits = MeshLimits()
        (limits.retryBurst, limits.retryShare) = (0, 0)
        #expect(lost(Rig(["a"], limits: limits)) == nil, "the budget counts")
    }

    @Test func itsDeadlineEndsItsWaiting() {
        let rig = Rig(["a"])
        guard var call = lost(rig, deadline: at(3)) else { Issue.record("given up"); return }
        _ = rig.set.wait(&call, as: 1, now: rig.now, using: &rig.generator)
        rig.wait(2.5)
        #expect(rig.advance().refused.isEmpty)
        rig.wait(0.5)
        #expect(rig.advance().refused == [1])
    }

    @Test func itHoldsUpNobodyElse() {
        let rig = Rig(["a"])
        guard var call = lost(rig) else { Issue.record("given up"); return }
        _ = rig.set.wait(&call, as: 1, now: rig.now, using: &rig.generator)
        #expect(waits(rig, 2) == nil)
        // Found well on the old connection, which this call may not try again.
        rig.wait(1.2)
        guard let probe = rig.advance().probes.first else { Issue.record("no probe"); return }
        #expect(rig.probed(probe, healthy: true).sent == [2])
        var fresh = Call(.unary, idempotent: true)
        #expect(rig.admit(&fresh) != nil)
        #expect(rig.set.waiters.map(\.id) == [1])
        #expect(rig.ready("a").sent == [1])
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
