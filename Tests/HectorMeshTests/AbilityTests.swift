internal import HectorCore
import Testing

@testable import HectorMesh

/// Not every replica of a plugin can do the same: replicas of several versions serve one name.
@Suite struct AbilityTests {
    private let rig = Rig()

    @discardableResult
    private func say(_ name: String, _ abilities: Abilities?, _ state: ReplicaState<any CallTarget>? = nil) -> [Action] {
        var description = replica(name, host: "\(name)-host")
        description.abilities = abilities
        return rig.set.take(PublishedReplica(description, state ?? .ready(name)), now: rig.now, using: &rig.generator)
    }

    private func call(_ needs: Abilities) -> Call { Call(.unary, needs: needs, idempotent: true) }

    private func sent(_ needs: Abilities) -> String? {
        var call = call(needs)
        return rig.admit(&call)?.replica.replica
    }

    /// A call that cannot be sent at once.
    @discardableResult
    private func wait(_ id: WaiterID, _ needs: Abilities) -> RouterError? {
        var call = call(needs)
        guard case .wait = rig.set.admit(&call, now: rig.now, using: &rig.generator) else { Issue.record("admitted"); return nil }
        switch rig.set.wait(&call, as: id, now: rig.now, using: &rig.generator) {
        case .wait: return nil
        case .refuse(let error): return error
        case .send: Issue.record("sent at once"); return nil
        }
    }

    @Test func `A call goes to no replica that cannot do what it needs, however busy the others are`() {
        say("old", [])
        say("new", [.generateFromImages, .seed])
        for _ in 0..<20 { #expect(sent(.generateFromImages) == "new") }
        #expect(sent([]) == "old", "this one can go anywhere, and the other is busy")
        let explanation = rig.set.explain(.unary, needs: .generateFromImages, now: rig.now)
        #expect(explanation.candidates.map(\.replica.replica) == ["new"])
        #expect(explanation.excluded.map(\.exclusion) == [.lacksAbility])
        #expect(explanation.excluded.map(\.reason) == ["its plugin does not declare what the call needs"])
    }

    @Test func `A retry goes to none of them either`() {
        say("old", [])
        say("new", .count)
        var call = call(.count)
        guard let first = rig.admit(&call) else { Issue.record("not sent"); return }
        #expect(first.replica.replica == "new" && first.abilities == .count)
        #expect(rig.finish(first, &call, .failure(.retryable)) == nil)
    }

    @Test func `What only a replica of a lower major version can do is refused at once, too`() {
        func say(_ name: String, _ version: String, _ abilities: Abilities, _ state: ReplicaState<any CallTarget>) {
            var description = replica(name, host: "\(name)-host")
            (description.version, description.abilities) = (version, abilities)
            _ = rig.set.take(PublishedReplica(description, state), now: rig.now, using: &rig.generator)
        }
        say("old", "1.4.0", .seed, .ready("old"))
        say("new", "2.0.0", [], .ready("new"))
        #expect(wait(1, .seed)?.code == .lacksAbility)
        // Without a connection to the newer ones it serves.
        say("new", "2.0.0", [], .lost(reason: "gone"))
        #expect(sent(.seed) == "old")
        // One that is newer still may come and can.
        say("new", "2.0.0", [], .ready("new again"))
        say("newest", "3.0.0", .seed, .connecting(reason: ""))
        #expect(wait(2, .seed) == nil)
    }

    @Test func `What no known replica can do is refused at once, by name`() {
        say("one", .seed)
        say("two", [], .lost(reason: "gone"))
        let error = wait(1, [.generateFromImages, .seed])
        #expect(error?.code == .lacksAbility)
        #expect(error?.message == "echo-llm (llm_provider): not supported: images and seed; none of 2 known replicas declares it among its capabilities")
        #expect(rig.set.waiters.isEmpty)
    }

    @Test func `A call waits for a replica that can and is not ready, though others are free, and holds up nobody`() {
        say("old", [])
        say("new", .generateFromText, .lost(reason: "restarting"))
        #expect(wait(1, .generateFromText) == nil)
        for _ in 0..<5 { #expect(sent([]) == "old") }
        #expect(say("other", []).sent == [])
        #expect(say("new", .generateFromText).sent == [1])
    }

    @Test func `What a replica can do that has not been ready yet is not known, and so waited for`() {
        say("old", [])
        say("starting", nil, .connecting())
        #expect(wait(1, .generateFromText) == nil)
        #expect(say("starting", []).refused == [1], "now it is known that none can")
    }

    @Test func `A call that needs less may pass one that waits, and no call one that it could replace`() {
        say("busy", .seed, .draining(reason: ""))
        say("starting", [.seed, .count], .connecting())
        #expect(wait(1, .count) == nil)
        #expect(wait(2, .seed) == nil)
        #expect(say("third", .seed).sent == [2])
        #expect(say("starting", [.seed, .count]).sent == [1])
    }

    /// Whatever is asked, in whatever order: a call is only where it can be done.
    @Test(arguments: [1, 2, 3] as [UInt64]) func `Of a thousand mixed calls none is at a replica that cannot do it`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let kinds: [Abilities] = [[], .generateFromImages, .generateFromTokens, [.generateFromImages, .generateFromText]]
        let abilities: [String: Abilities] = ["old": [], "images": .generateFromImages, "new": [.generateFromImages, .generateFromText, .generateFromTokens]]
        for (name, ability) in abilities { say(name, ability) }
        var running: [(Lease, Call)] = []
        for _ in 0..<1_000 {
            if Bool.random(using: &chance), let ended = running.indices.randomElement(using: &chance) {
                var (lease, call) = running.remove(at: ended)
                _ = rig.finish(lease, &call, .success)
                rig.wait(0.01)
                _ = lease
            }
            let needs = kinds[Int.random(in: 0..<kinds.count, using: &chance)]
            var call = call(needs)
            guard let lease = rig.admit(&call) else { Issue.record("not sent: \(needs.names)"); continue }
            #expect(abilities[lease.replica.replica]?.isSuperset(of: needs) == true)
            running.append((lease, call))
        }
    }
}
