import HectorCore
import Testing

@testable import HectorMesh

@Suite struct OutcomeTests {
    private static let kinds: [FailureKind] = [
        .neverProcessed, .notConnected, .connectionLost, .retryable, .overloaded(pause: nil), .deadline, .stalled, .failed,
        .doubtful(code: 2), .callersFault, .cancelled,
    ]

    @Test(arguments: kinds, [true, false])
    func retriesOnlyWhatIsSafe(kind: FailureKind, idempotent: Bool) {
        for headers in [true, false] {
            let rig = Rig(["a", "b"])
            var call = Call(.unary, idempotent: idempotent)
            guard let lease = rig.admit(&call) else { Issue.record("no lease"); return }
            var progress = Progress()
            progress.headers = headers
            let next = rig.finish(lease, &call, .failure(kind), progress)
            let isSafe =
                switch kind {
                case .neverProcessed, .notConnected: true
                case .connectionLost, .retryable, .overloaded, .doubtful: idempotent
                case .deadline, .stalled, .failed, .callersFault, .cancelled: false
                }
            #expect((next != nil) == (isSafe && !headers))
            if let next { #expect(next.replica != lease.replica) }
            #expect(rig.set.statuses(now: rig.now).map(\.inFlight).reduce(0, +) == (next == nil ? 0 : 1))
        }
    }

    @Test(arguments: kinds) func whatCounts(kind: FailureKind) {
        let rig = Rig(["a", "b"])
        rig.run("a", .failure(kind), seconds: 1)
        let status = rig.set.statuses(now: rig.now)[0]
        switch kind {
        case .callersFault:
            #expect(status.calls == 1 && status.successRate == 1 && status.p50 == .seconds(1))
        case .cancelled:
            #expect(status.calls == 0 && status.successRate == nil)
        default:
            #expect(status.calls == 1 && status.successRate == 0 && status.p50 == nil)
        }
        switch kind {
        case .notConnected, .connectionLost, .overloaded: #expect(status.state == .ejected)
        default: #expect(status.state == .ready)
        }
        rig.run("a", .failure(kind), seconds: 1)
        switch kind {
        case .callersFault, .cancelled, .doubtful: #expect(rig.state("a") == .ready)
        default: #expect(rig.state("a") == .ejected)
        }
    }

    @Test func attemptsAreBounded() {
        let rig = Rig(["a", "b", "c", "d", "e"])
        var call = Call(.unary, idempotent: true)
        var lease = rig.admit(&call)
        var replicas: [String] = []
        while let current = lease {
            replicas.append(current.replica.replica)
            lease = rig.finish(current, &call, .failure(.neverProcessed))
        }
        #expect(replicas.count == 3)
        #expect(Set(replicas).count == 3)
    }

    /// A node is killed: its replicas fail with "not connected" until it is published as lost.
    @Test func whatWasNeverSentCountsNeitherAsAnAttemptNorAgainstTheBudget() {
        let rig = Rig(["a", "b", "c", "d", "e", "f"])
        var call = Call(.unary, idempotent: true)
        var lease = rig.admit(&call)
        for _ in 0..<3 { lease = lease.flatMap { rig.finish($0, &call, .failure(.notConnected)) } }
        #expect(rig.set.budget.tokens == MeshLimits().retryBurst)
        var sent = 0
        while let current = lease {
            sent += 1
            lease = rig.finish(current, &call, .failure(.neverProcessed))
        }
        #expect(sent == 3)
    }

    /// Sources may publish a machine again and again whose connections all fail at once.
    @Test func aCallThatNeverFindsAConnectionEnds() {
        let rig = Rig(["a"])
        var call = Call(.unary, idempotent: true)
        guard var lease = rig.admit(&call) else { Issue.record("no lease"); return }
        var attempts = 1
        while case .wait = rig.sequel(lease, &call, .failure(.notConnected)), attempts < 100 {
            _ = rig.set.wait(&call, as: 1, now: rig.now, using: &rig.generator)
            guard case .send(_, let again, let next) = rig.ready("a").first else { Issue.record("not sent"); return }
            (call, lease) = (again, next)
            attempts += 1
        }
        #expect(attempts == MeshLimits().unsentAttempts)
    }

    /// All replicas of another machine are reached over one connection; children of this host have one each.
    @Test(arguments: [ReplicaStatus.Path.lan, .local]) func withOneReplicaItsMachineIsNotConnected(_ path: ReplicaStatus.Path) {
        let rig = Rig()
        for (name, host) in [("a", "gpu-1"), ("b", "gpu-1"), ("c", "gpu-1"), ("d", "gpu-2")] {
            _ = rig.set.upsert(replica(name, host: host, path: path), .ready(host), now: rig.now, using: &rig.generator)
        }
        rig.run("a", .failure(.notConnected))
        let isOneConnection = path == .lan
        #expect(rig.state("b") == (isOneConnection ? .ejected : .ready) && rig.state("c") == rig.state("b"))
        #expect(rig.state("d") == .ready)
        if isOneConnection { #expect(rig.shares() == ["d": 1_000]) }
        // The node has another connection: what failed on the old one says nothing of it.
        for name in ["a", "b", "c"] {
            _ = rig.set.upsert(replica(name, host: "gpu-1", path: path), .ready("again"), now: rig.now, using: &rig.generator)
        }
        #expect(rig.shares().count == 4)
    }

    /// The child of a node is lost, and not the connection to the node.
    @Test func aReplicaThatIsLostUnderItsCallSaysNothingOfItsMachine() {
        let rig = Rig()
        for name in ["a", "b"] { _ = rig.set.upsert(replica(name, host: "gpu", path: .lan), .ready(name), now: rig.now, using: &rig.generator) }
        rig.run("a", .failure(.connectionLost))
        #expect(rig.state("a") == .ejected && rig.state("b") == .ready)
    }

    @Test func `All ejections of a replica count, also those that are forgiven`() {
        let rig = Rig()
        for number in 1...3 {
            _ = rig.set.upsert(replica("a"), .ready("connection \(number)"), now: rig.now, using: &rig.generator)
            rig.run("a", .success)
            rig.wait(120)
            rig.run("a", .failure(.connectionLost))
            #expect(rig.set.statuses(now: rig.now).map(\.ejections) == [number])
        }
    }

    @Test func aPassedDeadlineEndsIt() {
        let rig = Rig(["a", "b"])
        var call = Call(.unary, idempotent: true, deadline: at(1))
        guard let lease = rig.admit(&call) else { Issue.record("no lease"); return }
        rig.wait(1)
        #expect(rig.finish(lease, &call, .failure(.retryable)) == nil)
        var late = Call(.unary, idempotent: true, deadline: at(1))
        guard case .refuse(let error) = rig.set.admit(&late, now: rig.now, using: &rig.generator) else {
            Issue.record("sent too late"); return
        }
        #expect(error.code == .deadlineExceeded)
    }

    @Test func anEmptyBudgetEndsIt() {
        var limits = MeshLimits()
        limits.retryBurst = 2
        limits.retryShare = 0
        let rig = Rig(["a", "b", "c", "d"], limits: limits)
        var retried = 0
        for _ in 0..<4 {
            var call = Call(.unary, idempotent: true)
            guard let lease = rig.admit(&call) else { continue }
            if let next = rig.finish(lease, &call, .failure(.overloaded(pause: .zero))) {
                retried += 1
                _ = rig.finish(next, &call, .success)
            }
        }
        #expect(retried == 2)
    }

    /// Of ours: what a replica answers by itself is another kind.
    @Test func onlyAFarMissedDeadlineOfTheCallersIsTheReplicasFault() {
        let rig = Rig(["a", "b"])
        for _ in 0..<5 { rig.run("b", .success, seconds: 1) }
        for _ in 0..<4 { rig.run("a", .failure(.deadline), seconds: 0.1) }
        #expect(rig.state("a") == .ready)
        for _ in 0..<2 { rig.run("a", .failure(.deadline), seconds: 3) }
        #expect(rig.state("a") == .ejected)
        #expect(rig.reason("a").hasPrefix("no answer within 3 s; next check in "))
    }

    @Test func pushBackIsObeyedWithinBounds() {
        let rig = Rig(["a"])
        rig.run("a", .failure(.overloaded(pause: .seconds(2))))
        #expect(rig.shares().isEmpty)
        #expect(rig.set.due <= at(2))
        rig.wait(2)
        #expect(rig.shares() == ["a": 1_000])
        rig.run("a", .failure(.overloaded(pause: .seconds(100_000))))
        rig.wait(30)
        #expect(rig.shares() == ["a": 1_000])
        rig.run("a", .failure(.overloaded(pause: .seconds(-1))))
        #expect(rig.shares() == ["a": 1_000])
    }

    @Test func resultsOfAnOldConnectionDoNotHarmTheNewOne() {
        let rig = Rig(["a", "b"])
        var calls: [Call] = []
        var leases: [Lease] = []
        for _ in 0..<4 {
            var call = Call(.unary, idempotent: true)
            if let lease = rig.admit(&call) { leases.append(lease) }
            calls.append(call)
        }
        _ = rig.ready("a", proven: true)
        for index in leases.indices where leases[index].replica.replica == "a" {
            _ = rig.finish(leases[index], &calls[index], .failure(.connectionLost))
        }
        #expect(rig.state("a") == .ready)
    }

    @Test func resultsOfARemovedReplicaFindNothing() {
        let rig = Rig(["a"])
        var call = Call(.unary, idempotent: true)
        guard let lease = rig.admit(&call) else { Issue.record("no lease"); return }
        _ = rig.set.remove(lease.replica, now: rig.now, using: &rig.generator)
        _ = rig.ready("a", proven: true)
        let next = rig.finish(lease, &call, .failure(.connectionLost))
        #expect(next?.connection.name == "to a", "it is another replica by the same name")
        #expect(rig.set.statuses(now: rig.now).map(\.inFlight) == [1])
        #expect(rig.state("a") == .ready)
    }

    @Test func backThroughAProbeAndOneCall() {
        let rig = Rig(["a", "b"])
        for _ in 0..<2 { rig.run("a", .failure(.failed)) }
        #expect(rig.advance().isEmpty)
        rig.wait(1.2)
        guard let probe = rig.advance().probes.first else { Issue.record("no probe"); return }
        #expect(probe.replica.replica == "a")
        #expect(rig.advance().isEmpty, "one probe at a time")
        #expect(rig.reason("a") == "its calls fail; being checked")
        _ = rig.probed(probe, healthy: false)
        rig.wait(0.9)
        #expect(rig.advance().isEmpty)
        rig.wait(0.5)
        guard let second = rig.advance().probes.first else { Issue.record("no second probe"); return }
        _ = rig.ready("a")
        _ = rig.probed(second, healthy: false)
        #expect(rig.state("a") == .ready, "the probe was of the old connection")
        rig.run("a", .success)
        #expect(rig.shares().count == 2)
    }
}
