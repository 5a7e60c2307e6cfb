internal import HectorCore
import Testing

@testable import HectorMesh

/// What a person took from this host's calls.
@Suite(.timeLimit(.minutes(1))) struct DrainTests {
    let clock = ManualClock()
    let router: Router
    let feed: Feed
    private let a = DrainTarget.replica("a", machine: "here")
    private let here = DrainTarget.machine("here")

    init() {
        router = Router(mesh: "test", host: "here", timing: clock.timing, seed: 1, classify: classify)
        feed = Feed(router)
    }

    private func drain(_ targets: DrainTarget...) {
        router.drain(Drains(Dictionary(uniqueKeysWithValues: targets.map { ($0, Drains.Entry(reason: "new fan", since: 0)) })))
    }

    private func states() -> [String: String] {
        Dictionary(uniqueKeysWithValues: router.snapshot().replicas.map { ($0.replica, $0.reason.isEmpty ? "\($0.state)" : "\($0.state): \($0.reason)") })
    }

    private func visited(_ calls: Int = 20) async throws -> Set<String> {
        var visited: Set<String> = []
        for _ in 0..<calls { visited.insert(try await router.call(echo, idempotent: true) { connection, _ in connection.name }) }
        return visited
    }

    @Test func `A drained replica gets no calls, whatever its source says, until that ends`() async throws {
        for name in ["a", "b"] { feed.say(replica(name), .ready(name)) }
        drain(a)
        #expect(states() == ["a": "draining: drained on this host: new fan", "b": "ready"])
        #expect(try await visited() == ["b"])
        // Its process is another one now, and then gone and back.
        feed.say(replica("a"), .ready("a again"))
        #expect(states()["a"] == "draining: drained on this host: new fan")
        feed.say(replica("a"), .lost(reason: "gone"))
        #expect(states()["a"] == "lost: gone")
        feed.say(replica("a"), .ready("a at last"))
        #expect(try await visited() == ["b"])
        drain()
        #expect(states() == ["a": "ready", "b": "ready"])
        #expect(try await visited() == ["a at last", "b"])
    }

    @Test func `What is drained before it is known gets no calls either, and what is forgotten comes back drained`() async throws {
        drain(here)
        feed.say(replica("a"), .ready("a"))
        #expect(states() == ["a": "draining: drained on this host: new fan"])
        feed.forget("a")
        drain(here, a)
        feed.say(replica("a"), .ready("a"))
        drain(a)
        #expect(states()["a"] == "draining: drained on this host: new fan")
        feed.forget("a")
        // Nothing of the forgotten one comes back.
        drain()
        #expect(states() == [:])
    }

    @Test func `Calls in progress on a drained replica go on, and new ones wait for the next`() async throws {
        feed.say(replica("a"), .ready("a"))
        let (began, isReleased) = (Signal<Void>(), Signal<Void>())
        async let running = router.call(echo, idempotent: true) { connection, _ in
            began.set()
            try? await isReleased.wait()
            return connection.name
        }
        try await began.wait()
        drain(here)
        #expect(router.snapshot().replicas.map(\.inFlight) == [1])
        async let waiting = router.call(echo, idempotent: true) { connection, _ in connection.name }
        #expect(await until { router.locked { state, _ in state.sets[echo]?.waiters.count == 1 } })
        isReleased.set()
        #expect(try await running == "a")
        #expect(router.snapshot().replicas.map(\.inFlight) == [0])
        #expect(router.locked { state, _ in state.sets[echo]?.waiters.count } == 1)
        drain()
        #expect(try await waiting == "a")
    }

    @Test func `What was drained on its own machine is shown as a condition, and what only stops is not`() {
        for (name, reason) in [("a", "drained on the machine itself: new card"), ("b", "the node is shutting down")] {
            feed.say(replica(name, path: .lan), .draining(reason: reason))
        }
        #expect(router.snapshot().drainedThere.map(\.text) == [
            "a@here gets no new calls of any host, since it was drained on the machine itself: new card: run `hector-plugin-agent undrain` there when that may end"
        ])
    }

    // MARK: words

    private func meant(_ word: String, others: [DrainTarget] = []) -> String {
        var snapshot = MeshSnapshot(mesh: "test", host: "desk")
        func add(_ plugin: String, _ replica: String, _ host: String, _ machine: String) {
            snapshot.replicas.append(ReplicaStatus(
                plugin: plugin, type: "llm_provider", replica: replica, host: host, machine: machine, path: .lan, state: .ready))
        }
        add("echo", "echo-1", "desk", "desk")
        add("echo", "echo-1", "gpu", "4711")
        add("echo", "echo-2", "gpu", "4711")
        // One process under two names.
        add("small", "models-1", "gpu", "4711")
        add("large", "models-1", "gpu", "4711")
        add("echo", "echo-9", "twin", "1")
        add("echo", "echo-9", "twin", "2")
        snapshot.absent = [AbsentNode(node: "0815", addresses: [], reason: "")]
        do {
            return "\(try snapshot.target(word, others: others))"
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        ("gpu", "4711"), ("4711", "4711"), ("desk", "desk"), ("0815", "0815"), ("echo-2", "echo-2@4711"), ("echo-2@gpu", "echo-2@4711"),
        ("echo-2@4711", "echo-2@4711"), ("models-1", "models-1@4711"),
        ("echo-1", "'echo-1' means several: echo-1@4711, echo-1@desk; name one of them"),
        ("echo-1@desk", "echo-1@desk"),
        ("twin", "'twin' means several: 1, 2; name one of them"),
        ("echo-9@twin", "'echo-9@twin' means several: echo-9@1, echo-9@2; name one of them"), ("echo-9@2", "echo-9@2"),
        ("large", "'large' is a plugin: name one of its replicas, models-1@4711, or a machine"),
        ("echo-3", "no replica and no machine is called 'echo-3': did you mean 'echo-1'?"),
        ("somewhere-else", "no replica and no machine is called 'somewhere-else': `hector mesh status` shows them all"),
    ])
    func `A word means a machine or a replica, or the error says what it could mean`(word: String, meaning: String) {
        #expect(meant(word) == meaning)
    }

    @Test func `What is drained is known by its name although it is not there`() {
        #expect(meant("old-1@gone", others: [.replica("old-1", machine: "gone")]) == "old-1@gone")
        #expect(meant("gone", others: [.machine("gone")]) == "gone")
    }
}
