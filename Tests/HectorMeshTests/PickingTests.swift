import HectorCore
import Testing

@testable import HectorMesh

@Suite struct PickingTests {
    @Test func equalReplicasShareByChance() {
        let rig = Rig(["a", "b", "c", "d"])
        for (name, picks) in rig.shares() { #expect((200...300).contains(picks), "\(name)") }
    }

    @Test func theLeastBusyWins() {
        let rig = Rig(["a", "b"])
        var first = Call(.unary, idempotent: true)
        var second = first
        let leases = [rig.admit(&first), rig.admit(&second)].compactMap { $0?.replica.replica }
        #expect(leases.sorted() == ["a", "b"])
        #expect(rig.set.statuses(now: rig.now).map(\.inFlight) == [1, 1])
    }

    @Test func theFasterWinsUntilItsQueueCostsMore() {
        let rig = Rig(["fast", "slow"])
        for _ in 0..<10 {
            rig.run("fast", .success, seconds: 0.1)
            rig.run("slow", .success, seconds: 0.4)
        }
        var calls: [String] = []
        for _ in 0..<3 {
            var call = Call(.unary, idempotent: true)
            if let lease = rig.admit(&call) { calls.append(lease.replica.replica) }
        }
        // 0.1, then 0.1·(1 + 2·1³) against 0.4, then 0.1·(1 + 2·2³) against 0.4.
        #expect(calls == ["fast", "fast", "slow"])
    }

    @Test func aSlowOneIsTriedAgainLater() {
        let rig = Rig(["fast", "slow"])
        for _ in 0..<10 {
            rig.run("slow", .success, seconds: 1)
            for _ in 0..<2 { rig.run("fast", .success, seconds: 0.1) }
        }
        #expect(rig.shares()["slow"] == nil)
        // Where calls are rare, bad figures are remembered longest.
        rig.wait(20)
        #expect(rig.shares()["slow", default: 0] > 400)
    }

    @Test func oneCallTriesASlowOne() {
        let rig = Rig(["fast", "slow"])
        for _ in 0..<10 {
            rig.run("slow", .success, seconds: 1)
            for _ in 0..<2 { rig.run("fast", .success, seconds: 0.1) }
        }
        rig.wait(20)
        var picks: [String] = []
        // Busy enough that the idle one would win while it counts as quick.
        for _ in 0..<4 {
            var call = Call(.unary, idempotent: true)
            if let lease = rig.admit(&call) { picks.append(lease.replica.replica) }
        }
        #expect(picks.count { $0 == "slow" } == 1, "\(picks)")
    }

    @Test func aFastFailureAttractsNothing() {
        let rig = Rig(["good", "bad"])
        for _ in 0..<5 { rig.run("good", .success, seconds: 1) }
        rig.run("bad", .failure(.failed))
        #expect(rig.shares()["bad"] == nil)
    }

    @Test func classesAreMeasuredApart() {
        let rig = Rig(["a", "b"])
        for _ in 0..<10 {
            rig.run("a", .success, seconds: 1, class: .unary)
            rig.run("b", .success, seconds: 2, class: .unary)
            rig.run("a", .success, seconds: 0.02, class: .inquiry)
            rig.run("b", .success, seconds: 0.01, class: .inquiry)
        }
        #expect(rig.shares(.unary) == ["a": 1_000])
        #expect(rig.shares(.inquiry) == ["b": 1_000])
    }

    @Test func aLongStreamDoesNotCountAsSlow() {
        let rig = Rig(["long", "slow"])
        func stream(_ name: String, messages: Int, gap: Duration) {
            var call = Call(.stream, idempotent: true)
            call.tried = TriedReplicas(rig.set.replicas.filter { $0.description.id.replica != name }
                .map { Tried(serial: $0.serial, epoch: $0.epoch) })
            guard let lease = rig.set.lease(&call, now: rig.now, using: &rig.generator) else { return }
            var progress = Progress()
            progress.headers = true
            progress.messages = messages
            progress.firstMessage = .milliseconds(100)
            progress.waited = gap * (messages - 1)
            rig.set.progressed(lease, .firstMessage(.milliseconds(100)), now: rig.now)
            rig.set.progressed(lease, .gap(gap), now: rig.now)
            rig.now = rig.now.advanced(by: .milliseconds(100) + progress.waited)
            _ = rig.finish(lease, &call, .success, progress)
        }
        for _ in 0..<6 {
            stream("long", messages: 1_000, gap: .milliseconds(1))
            stream("slow", messages: 10, gap: .milliseconds(20))
        }
        #expect(rig.shares(.stream) == ["long": 1_000])
        #expect(rig.set.statuses(now: rig.now).map(\.p50) == [.milliseconds(100), .milliseconds(100)])
    }

    /// Neither tells its slots. The fast one works on four streams at once, the slow one takes five times as long.
    @Test func aSlowMachineGetsNoStreamWhileAFastOneHasRoom() {
        let rig = Rig(["fast", "slow"])
        func begin(_ name: String) -> (Call, Lease)? {
            var call = Call(.stream, idempotent: true)
            call.tried = TriedReplicas(rig.set.replicas.filter { $0.description.id.replica != name }.map { Tried(serial: $0.serial, epoch: $0.epoch) })
            return rig.set.lease(&call, now: rig.now, using: &rig.generator).map { (call, $0) }
        }
        /// `count` streams at once, with ten messages each.
        func stream(_ name: String, atOnce count: Int, gap: Double) {
            var begun = (0..<count).compactMap { _ in begin(name) }
            for message in 1...10 {
                rig.wait(gap)
                for (_, lease) in begun {
                    rig.set.progressed(lease, message == 1 ? .firstMessage(.seconds(gap)) : .gap(.seconds(gap)), now: rig.now)
                }
            }
            var progress = Progress()
            progress.headers = true
            progress.messages = 10
            progress.firstMessage = .seconds(gap)
            progress.waited = .seconds(gap * 9)
            for place in begun.indices { _ = rig.finish(begun[place].1, &begun[place].0, .success, progress) }
        }
        for round in 0..<60 {
            // Of six, two wait for a slot: all take longer by half.
            let count = 1 + round % 6
            stream("fast", atOnce: count, gap: 0.01 * max(1, Double(count) / 4))
            stream("slow", atOnce: 1, gap: 0.05)
        }
        let picks = (0..<5).compactMap { _ in
            var call = Call(.stream, idempotent: true)
            return rig.admit(&call)?.replica.replica
        }
        #expect(picks == Array(repeating: "fast", count: 5), "\(picks)")
        // People see what was learned.
        #expect(rig.set.statuses(now: rig.now).first.map { ($0.concurrency ?? 0) >= 3 } == true)
    }

    @Test func onlyTheHighestConnectedMajorServes() {
        let rig = Rig()
        _ = rig.ready("old", version: "1.9.0", proven: true)
        _ = rig.ready("unknown", version: "", proven: true)
        #expect(rig.shares() == ["old": 1_000])
        _ = rig.upsert("new", .connecting(), version: "2.0.0")
        #expect(rig.shares() == ["old": 1_000])
        _ = rig.ready("new", version: "2.0.0")
        #expect(rig.shares() == ["new": 1_000])
        #expect(rig.state("old") == .ready)
        #expect(rig.reason("old") == "not used: version 1.9.0, because major version 2 is in use")
        _ = rig.upsert("new", .draining(reason: "upgrade"), version: "2.0.0")
        #expect(rig.shares() == ["old": 1_000])
    }

    @Test func retriesKeepToTheMajorOfTheFirstAttempt() {
        let rig = Rig(["one", "two"])
        var call = Call(.unary, idempotent: true)
        let lease = rig.admit(&call)
        _ = rig.ready("new", version: "2.0.0", proven: true)
        let next = lease.flatMap { rig.finish($0, &call, .failure(.retryable)) }
        #expect(next.map { ["one", "two"].contains($0.replica.replica) } == true)
        #expect(next?.replica != lease?.replica)
    }

    @Test func atMostHalfAreLeftOut() {
        let rig = Rig(["a", "b", "c", "d"])
        for name in ["a", "b"] { for _ in 0..<2 { rig.run(name, .failure(.failed)) } }
        #expect(Set(rig.shares().keys) == ["c", "d"])
        #expect(!rig.set.pool.panic)
        for _ in 0..<2 { rig.run("c", .failure(.failed)) }
        #expect(rig.set.pool.panic)
        rig.wait(0.9)
        #expect(rig.shares() == ["d": 1_000], "in panic the healthy one is still the cheapest")
        rig.wait(10)
        #expect(Set(rig.shares().keys) == ["a", "b", "c", "d"])
    }

    @Test func panicUsesNoLostConnection() {
        let rig = Rig(["a", "b"])
        rig.run("a", .failure(.connectionLost))
        for _ in 0..<2 { rig.run("b", .failure(.failed)) }
        #expect(rig.shares() == ["b": 1_000])
        #expect(rig.reason("a").hasPrefix("the connection was lost; next check in 1"))
        #expect(rig.state("b") == .ejected)
        rig.run("b", .success)
        #expect(rig.state("b") == .ready, "an answer is as good as a probe")
    }

    @Test func aNewcomerGetsOneCallUntilItAnswers() {
        let rig = Rig(["a", "b"])
        _ = rig.ready("new")
        var leases: [Lease] = []
        var calls: [Call] = []
        for _ in 0..<30 {
            var call = Call(.unary, idempotent: true)
            if let lease = rig.admit(&call) { leases.append(lease) }
            calls.append(call)
        }
        let mine = leases.indices.filter { leases[$0].replica.replica == "new" }
        #expect(mine.count == 1)
        #expect(rig.set.explain(.unary, now: rig.now).excluded.map(\.exclusion) == [.onProbation])
        for index in mine { _ = rig.finish(leases[index], &calls[index], .success) }
        #expect(rig.shares() == ["new": 1_000])
    }

    @Test func aNewcomerWhoseOneCallDoesNotEndGetsAnother() {
        let rig = Rig(["a", "b"])
        _ = rig.ready("new")
        func picks() -> [String] {
            (0..<30).compactMap { _ in
                var call = Call(.stream, idempotent: true)
                return rig.admit(&call)?.replica.replica
            }
        }
        #expect(picks().count { $0 == "new" } == 1)
        rig.wait(4)
        #expect(!picks().contains("new"))
        rig.wait(2)
        #expect(picks().count { $0 == "new" } == 1)
    }

    @Test func newcomersAloneTakeAll() {
        let rig = Rig(["a", "b"], proven: false)
        var perReplica: [String: Int] = [:]
        for _ in 0..<10 {
            var call = Call(.unary, idempotent: true)
            if let lease = rig.admit(&call) { perReplica[lease.replica.replica, default: 0] += 1 }
        }
        #expect(perReplica == ["a": 5, "b": 5])
    }

    @Test func explanationNamesEveryReplica() {
        let rig = Rig(["a", "b", "c", "d"])
        _ = rig.upsert("lost", .lost(reason: "exited with code 1"))
        for _ in 0..<2 { rig.run("b", .failure(.failed)) }
        rig.run("c", .failure(.overloaded(pause: .seconds(3))))
        rig.run("d", .success, seconds: 1)
        let explanation = rig.set.explain(.unary, now: rig.now)
        #expect(explanation.major == 1)
        #expect(explanation.candidates.map(\.replica.replica) == ["d", "a"] || explanation.candidates.map(\.replica.replica) == ["a", "d"])
        #expect(explanation.candidates.contains { $0.mayWin })
        #expect(explanation.excluded.map(\.exclusion) == [.ejected, .paused, .notReady])
        #expect(explanation.excluded.map(\.reason).last == "lost: exited with code 1")
        #expect(explanation.excluded[1].reason == "ejected: overloaded; no calls for 2 s")
        #expect(explanation.excluded[0].reason.hasPrefix("ejected: its calls fail; next check in "))
    }

    /// The price itself is measured in an optimised build; here, that nothing but the one scan is done.
    @Test func aPickAmong256ReusesItsMemory() {
        let rig = Rig((0..<256).map { "r\($0)" })
        let before = rig.set.pool.costs.withUnsafeBufferPointer { $0.baseAddress }
        let shares = rig.shares()
        #expect(rig.set.pool.costs.withUnsafeBufferPointer { $0.baseAddress } == before)
        #expect(shares.values.reduce(0, +) == 1_000)
        #expect(shares.count > 200)
    }
}
