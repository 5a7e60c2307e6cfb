import Testing

@testable import HectorMesh

/// Answers whose cause may be the request or the replica.
@Suite struct DoubtTests {
    private static let unknown = Outcome.failure(.doubtful(code: 2))
    private static let internalError = Outcome.failure(.doubtful(code: 13))

    /// An idempotent call to `first`, and where it went after its answer.
    private func call(
        _ rig: Rig, to first: String, idempotent: Bool = true, metered: Bool? = nil, _ outcome: Outcome = unknown,
        _ progress: Progress = Progress()
    ) -> (call: Call, next: Lease?) {
        var call = Call(.unary, idempotent: idempotent, metered: metered)
        let index = rig.position(first)
        call.tried = TriedReplicas(rig.set.replicas.filter { $0.serial != rig.set.replicas[index].serial }
            .map { Tried(serial: $0.serial, epoch: $0.epoch) })
        guard let lease = rig.set.lease(&call, now: rig.now, using: &rig.generator) else {
            Issue.record("no lease")
            return (call, nil)
        }
        call.tried = TriedReplicas(call.tried.all.suffix(1))
        let next = rig.finish(lease, &call, outcome, progress)
        return (call, next)
    }

    @Test func `A second replica that succeeds shows the first one's fault`() {
        let rig = Rig(["a", "b", "c"])
        for attempt in 1...2 {
            var (call, next) = call(rig, to: "a")
            guard let second = next else { Issue.record("no second opinion"); return }
            #expect(second.replica.replica != "a")
            #expect(rig.state("a") == .ready, "nobody has said yet that it is the one")
            #expect(rig.finish(second, &call, .success) == nil)
            #expect(rig.state("a") == (attempt == 1 ? .ready : .ejected))
        }
        #expect(rig.reason("a").hasPrefix("its calls fail"))
        #expect(rig.set.statuses(now: rig.now)[0].successRate == 0)
    }

    @Test func `A second replica that says the same shows the request's fault`() {
        let rig = Rig(["a", "b"])
        for _ in 0..<20 {
            var (call, next) = call(rig, to: "a")
            guard let second = next else { Issue.record("no second opinion"); return }
            #expect(rig.finish(second, &call, Self.unknown) == nil, "there is no third")
        }
        for status in rig.set.statuses(now: rig.now) {
            #expect(status.state == .ready && status.calls == 20 && status.successRate == nil, "\(status)")
        }
        var (refused, next) = call(rig, to: "a")
        if let next { _ = rig.finish(next, &refused, .failure(.callersFault)) }
        #expect(rig.set.statuses(now: rig.now)[0].successRate == nil)
    }

    @Test func `Another code, or no answer, leaves the first in doubt`() {
        for second: Outcome in [Self.internalError, .failure(.deadline), .failure(.cancelled)] {
            let rig = Rig(["a", "b"])
            var (call, next) = call(rig, to: "a")
            guard let next else { Issue.record("no second opinion"); return }
            _ = rig.finish(next, &call, second)
            let status = rig.set.statuses(now: rig.now)[0]
            #expect(status.successRate == 0 && status.state == .ready, "\(second)")
            #expect(call.suspicion == nil)
        }
    }

    @Test func `The judgement waits while the second attempt is made again elsewhere`() {
        let rig = Rig(["a", "b", "c"])
        var (call, next) = call(rig, to: "a")
        guard let second = next else { Issue.record("no second opinion"); return }
        guard let third = rig.finish(second, &call, .failure(.connectionLost)) else { Issue.record("no third attempt"); return }
        #expect(rig.set.statuses(now: rig.now)[0].calls == 0)
        _ = rig.finish(third, &call, .success)
        #expect(rig.set.statuses(now: rig.now)[0].successRate == 0)
    }

    @Test func `What costs money, may not be repeated or has begun is not asked of another`() {
        var begun = Progress()
        begun.headers = true
        let rig = Rig(["a", "b"])
        #expect(call(rig, to: "a", idempotent: false).next == nil)
        #expect(call(rig, to: "a", metered: true).next == nil)
        #expect(call(rig, to: "a", Self.unknown, begun).next == nil)
        var description = replica("b")
        description.metered = true
        _ = rig.set.take(PublishedReplica(description, .ready("to b")), now: rig.now, using: &rig.generator)
        #expect(call(rig, to: "a").next == nil, "one replica of the plugin says so")
        #expect(call(rig, to: "a", metered: false).next != nil, "the configuration has the last word")
    }

    @Test func `Second opinions leave retries to other calls`() {
        let rig = Rig(["a", "b"])
        var opinions = 0
        for _ in 0..<200 {
            var (bad, next) = call(rig, to: "a")
            guard let second = next else { continue }
            opinions += 1
            _ = rig.finish(second, &bad, Self.unknown)
        }
        #expect(opinions == 50)
        #expect(call(rig, to: "a", .failure(.connectionLost)).next != nil)
    }

    @Test func `One replica is not ejected for them`() {
        let rig = Rig(["a"])
        for _ in 0..<100 {
            rig.run("a", Self.unknown, seconds: 0.01)
            rig.wait(0.1)
        }
        #expect(rig.state("a") == .ready)
        #expect(rig.shares() == ["a": 1_000])
        // Nor by others that have nothing to do.
        _ = rig.ready("b", proven: true)
        for _ in 0..<100 { rig.run("a", Self.unknown, seconds: 0.01) }
        #expect(rig.state("a") == .ready)
    }

    @Test func `Without second opinions a replica is judged by what the others answer`() {
        let rig = Rig(["a", "b", "c"])
        for failure in 1...5 {
            #expect(rig.state("a") == .ready)
            rig.run("a", Self.unknown, seconds: 0.01)
            rig.run("b", .success, seconds: 0.01)
            #expect(rig.state("a") == (failure < 5 ? .ready : .ejected))
        }
        let both = Rig(["a", "b", "c"])
        for _ in 0..<100 { for name in ["a", "b", "c"] { both.run(name, Self.unknown, seconds: 0.01) } }
        #expect(both.set.statuses(now: both.now).allSatisfy { $0.state == .ready })
    }

    @Test func `A new connection begins without doubts`() {
        let rig = Rig(["a", "b"])
        for _ in 0..<4 {
            rig.run("a", Self.unknown)
            rig.run("b", .success)
        }
        _ = rig.ready("a", proven: true)
        rig.run("a", Self.unknown)
        #expect(rig.state("a") == .ready)
    }
}
