internal import HectorCore
import Testing

@testable import HectorMesh

/// Not every replica of a plugin has every method: nodes of several versions serve it.
@Suite struct MethodTests {
    private let rig = Rig()

    @discardableResult
    private func say(_ name: String, methods: Set<String>?, _ state: ReplicaState<any CallTarget>? = nil) -> [Action] {
        var description = replica(name, host: "\(name)-host")
        description.methods = methods
        return rig.set.take(PublishedReplica(description, state ?? .ready(name)), now: rig.now, using: &rig.generator)
    }

    private func call(_ method: String?) -> Call { Call(.unary, method: method, idempotent: true) }

    private func sent(_ method: String?) -> String? {
        var call = call(method)
        return rig.admit(&call)?.replica.replica
    }

    /// A call that cannot be sent at once.
    @discardableResult
    private func wait(_ id: WaiterID, _ method: String?) -> RouterError? {
        var call = call(method)
        guard case .wait = rig.set.admit(&call, now: rig.now, using: &rig.generator) else { Issue.record("admitted"); return nil }
        switch rig.set.wait(&call, as: id, now: rig.now, using: &rig.generator) {
        case .wait: return nil
        case .refuse(let error): return error
        case .send: Issue.record("sent at once"); return nil
        }
    }

    @Test func `A call goes to no replica without its method, however busy the others are`() {
        say("old", methods: ["Generate"])
        say("new", methods: nil)
        for _ in 0..<20 { #expect(sent("GenerateStreaming") == "new") }
        #expect(sent("Generate") == "old")
        #expect(sent(nil) == "old", "this one can go anywhere, and the other is busy")
        let explanation = rig.set.explain(.unary, method: "GenerateStreaming", now: rig.now)
        #expect(explanation.candidates.map(\.replica.replica) == ["new"])
        #expect(explanation.excluded.map(\.exclusion) == [.lacksMethod])
        #expect(explanation.excluded.map(\.reason) == ["it does not have the method"])
    }

    @Test func `A retry goes to no replica without the method either`() {
        say("old", methods: ["Generate"])
        say("a", methods: nil)
        say("b", methods: nil)
        for _ in 0..<10 {
            var call = call("GenerateStreaming")
            guard let first = rig.admit(&call), let second = rig.finish(first, &call, .failure(.retryable)) else { return }
            #expect(Set([first.replica.replica, second.replica.replica]) == ["a", "b"])
            guard case .end = rig.sequel(second, &call, .failure(.retryable)) else { Issue.record("a third attempt"); return }
            rig.wait(60)
        }
    }

    @Test func `A method that no known replica has is refused at once, and says where to update`() {
        say("one", methods: ["Generate"])
        say("two", methods: ["Health"], .lost(reason: "gone"))
        let error = wait(1, "GenerateStreaming")
        #expect(error?.code == .unimplemented)
        #expect(error?.message == """
            echo-llm (llm_provider): none of 2 known replicas has the method GenerateStreaming; update the program that serves the plugin \
            (hector-plugin-agent or another server) on one-host, two-host
            """)
        #expect(error?.replicas.count == 2)
        #expect(rig.set.waiters.isEmpty)
    }

    @Test func `The hosts in the message are counted`() {
        for number in 1...9 { say("r\(number)", methods: []) }
        #expect(wait(1, "Generate")?.message.hasSuffix("on r1-host, r2-host, r3-host, r4-host, r5-host and 4 more machines") == true)
    }

    @Test func `A call waits for a replica that has its method and is not ready yet`() {
        say("old", methods: ["Generate"])
        say("new", methods: nil, .connecting())
        #expect(wait(1, "GenerateStreaming") == nil)
        #expect(say("new", methods: nil).sent == [1])
    }

    @Test func `Where no replica is known, a call waits for one, whatever it will have`() {
        #expect(wait(1, "GenerateStreaming") == nil)
        let actions = say("old", methods: ["Generate"])
        #expect(actions.refused == [1], "now it is known that none has it")
        guard case .refuse(_, let error) = actions.first else { return }
        #expect(error.code == .unimplemented)
    }

    @Test func `A waiting call is refused when the last replica with its method goes`() {
        say("old", methods: ["Generate"])
        say("new", methods: nil, .connecting())
        wait(1, "GenerateStreaming")
        let id = ReplicaID(echo, host: "new-host", replica: "new")
        #expect(rig.set.remove(id, now: rig.now, using: &rig.generator).refused == [1])
    }

    @Test func `A waiting call is sent when a node is updated`() {
        say("a", methods: ["Generate"])
        say("b", methods: nil, .lost(reason: "gone"))
        wait(1, "GenerateStreaming")
        #expect(say("a", methods: nil).sent == [1])
    }

    /// There is one queue for all methods.
    @Test func `A call that waits for its method holds up none that can be sent`() {
        say("old", methods: ["Generate"])
        say("new", methods: nil, .lost(reason: "gone"))
        wait(1, "GenerateStreaming")
        #expect(sent("Generate") == "old")
        say("old", methods: ["Generate"], .lost(reason: "gone, too"))
        wait(2, "GenerateStreaming")
        wait(3, "Generate")
        wait(4, "GenerateStreaming")
        wait(5, "Generate")
        #expect(say("old", methods: ["Generate"]).sent == [3, 5])
        #expect(say("new", methods: nil).sent == [1, 2, 4], "in their order")
    }

    @Test func `A new call of the same method waits behind the others`() {
        say("old", methods: ["Generate"])
        say("new", methods: nil)
        rig.run("new", .failure(.overloaded(pause: .seconds(1))))
        wait(1, "GenerateStreaming")
        // Its pause is over, and nobody has looked yet.
        rig.wait(1)
        var late = call("GenerateStreaming")
        #expect(rig.admit(&late) == nil)
        #expect(rig.advance().sent == [1])
    }

    @Test func `A call does not wait for one that a person must mend, though another is well`() {
        say("old", methods: ["Generate"])
        say("new", methods: nil, .failed(reason: "5 restarts in a minute"))
        #expect(wait(1, "GenerateStreaming")?.code == .noReplica)
    }

    @Test func `A lost call waits for its own replica although others are ready`() {
        say("old", methods: ["Generate"])
        say("new", methods: nil)
        var call = call("GenerateStreaming")
        guard let lease = rig.admit(&call) else { Issue.record("not sent"); return }
        guard case .wait = rig.sequel(lease, &call, .failure(.connectionLost)) else { Issue.record("given up"); return }
        guard case .wait = rig.set.wait(&call, as: 1, now: rig.now, using: &rig.generator) else { Issue.record("not waiting"); return }
        #expect(say("new", methods: nil, .ready("again")).sent == [1])
    }

    @Test(.timeLimit(.minutes(5))) func `A call that waits is not refused while its replica is replaced by another one`() async throws {
        let router = Router(mesh: "test", host: "here", timing: ManualClock().timing, seed: 1, classify: classify)
        let source = router.source(named: "test")
        var old = replica("old")
        old.methods = ["Generate"]
        source.publish([PublishedReplica(old, .ready("old")), PublishedReplica(replica("a"), .lost(reason: "gone"))])
        async let connection = router.call(echo, method: "GenerateStreaming", idempotent: true) { connection, _ in connection }
        #expect(await until { router.locked { state, _ in state.sets[echo]?.waiters.count == 1 } })
        source.publish([PublishedReplica(old, .ready("old")), PublishedReplica(replica("b"), .ready("to b"))])
        #expect(try await connection.name == "to b")
    }
}
