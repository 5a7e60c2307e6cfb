internal import HectorCore
import Testing

@testable import HectorMesh

@Suite(.timeLimit(.minutes(5))) struct RouterTests {
    let clock = ManualClock()
    let router: Router
    let feed: Feed

    init() {
        router = Router(mesh: "test", host: "here", timing: clock.timing, seed: 1, classify: classify)
        feed = Feed(router)
    }

    private var inFlight: Int { router.snapshot().replicas.map(\.inFlight).reduce(0, +) }

    @Test func aCallReachesAReplicaAndIsCounted() async throws {
        feed.say(replica("a"), .ready("to a"))
        let connection = try await router.call(echo, idempotent: true, deadline: at(5)) { connection, attempt in
            #expect(inFlight == 1)
            #expect(attempt.number == 1 && attempt.deadline == at(5))
            #expect(attempt.replica == ReplicaID(echo, host: "here", replica: "a"))
            clock.move(0.25)
            return connection
        }
        #expect(connection.name == "to a")
        let status = router.snapshot().replicas
        #expect(status == [ReplicaStatus(
            plugin: "echo-llm", type: "llm_provider", replica: "a", host: "here", path: .local, version: "1.0.0",
            state: .ready, share: 1, calls: 1, successRate: 1, p50: .milliseconds(250), p99: .milliseconds(250))])
    }

    @Test func aRetryGoesElsewhereAndErrorsPassAsTheyAre() async throws {
        for name in ["a", "b", "c", "d"] { feed.say(replica(name), .ready(name)) }
        var visited: [String] = []
        let value = try await router.call(echo, idempotent: true) { connection, attempt in
            visited.append(connection.name)
            if attempt.number < 3 { throw Trouble(.retryable) }
            return attempt.number
        }
        #expect(value == 3 && Set(visited).count == 3)
        await #expect(throws: Trouble(.callersFault)) {
            try await router.call(echo, idempotent: true) { _, _ in throw Trouble(.callersFault) }
        }
        visited = []
        await #expect(throws: Trouble(.retryable)) {
            try await router.call(echo, idempotent: true) { connection, attempt in
                visited.append(connection.name)
                attempt.headersReceived()
                throw Trouble(.retryable)
            }
        }
        #expect(visited.count == 1)
        #expect(inFlight == 0)
    }

    @Test func callsWaitForAReplica() async throws {
        let order = Log<Int>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<5 {
                group.addTask {
                    try await router.call(echo, idempotent: true) { _, _ in order.add(number) }
                }
                #expect(await until { router.locked { state, _ in state.sets[echo]?.waiters.count == number + 1 } })
            }
            feed.say(replica("a"), .connecting())
            #expect(inFlight == 0)
            feed.say(replica("a"), .ready("a"))
            try await group.waitForAll()
        }
        #expect(order.all.sorted() == [0, 1, 2, 3, 4])
        #expect(inFlight == 0)
    }

    @Test func acceptedCallsOutliveTheLossOfAllReplicas() async throws {
        for name in ["a", "b"] { feed.say(replica(name), .ready(name)) }
        let answers = Log<String>()
        let attempts = Log<Int>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    answers.add(try await router.call(echo, idempotent: true) { connection, attempt in
                        attempts.add(attempt.number)
                        if connection.name.count == 1 { throw Trouble(attempt.number == 1 ? .connectionLost : .notConnected) }
                        return connection.name
                    })
                }
            }
            #expect(await until { router.locked { state, _ in state.sets[echo]?.waiters.count == 4 } })
            for name in ["a", "b"] { feed.say(replica(name), .lost(reason: "killed")) }
            feed.say(replica("b"), .ready("b again"))
            try await group.waitForAll()
        }
        #expect(answers.all == Array(repeating: "b again", count: 4))
        #expect(attempts.all.max() ?? 9 <= 3)
        #expect(inFlight == 0)
    }

    @Test func aCallThatLosesReplicaAfterReplicaIsToldSo() async {
        for name in ["a", "b", "c"] { feed.say(replica(name, host: "gpu"), .ready(name)) }
        var visited: [String] = []
        let error = await #expect(throws: RouterError.self) {
            try await router.call(echo, idempotent: true) { connection, _ in
                visited.append(connection.name)
                throw Trouble(.connectionLost)
            }
        }
        #expect(error?.code == .callLostReplicas)
        #expect(Set(visited).count == 2 && visited.count == 2)
        #expect(error?.message == """
            echo-llm (llm_provider): 2 replicas were lost while they worked on this call (\(visited[0])@gpu, \(visited[1])@gpu), \
            so it is not sent to another one. The request may crash the plugin: see the plugin's log before you send it again
            """)
        // One that may not be repeated is lost with its replica, as ever.
        await #expect(throws: Trouble(.connectionLost)) {
            try await router.call(echo, idempotent: false) { _, _ in throw Trouble(.connectionLost) }
        }
    }

    @Test func whenNoneComesBackTheFirstFailureIsTold() async {
        feed.say(replica("a"), .ready("a"))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await router.run { _, _ in false } }
            group.addTask {
                await #expect(throws: Trouble(.connectionLost)) {
                    try await router.call(echo, idempotent: true, deadline: at(3)) { _, _ in throw Trouble(.connectionLost) }
                }
            }
            #expect(await until { router.locked { state, _ in state.sets[echo]?.waiters.count == 1 } })
            feed.say(replica("a"), .lost(reason: "killed"))
            clock.move(3)
            #expect(await until { router.locked { state, _ in state.sets[echo]?.waiters.isEmpty == true } })
            group.cancelAll()
        }
    }

    @Test func aCancelledWaiterLeaves() async {
        let sent = Log<Int>()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    await #expect(throws: CancellationError.self) {
                        try await router.call(echo, idempotent: true) { _, _ in sent.add(1) }
                    }
                }
            }
            #expect(await until { router.locked { state, _ in state.sets[echo]?.waiters.count == 3 } })
            group.cancelAll()
        }
        #expect(router.locked { state, _ in state.sets[echo] == nil }, "nothing is left of it")
        #expect(sent.all.isEmpty)
    }

    /// The clock is read between the check for cancellation and the wait: there it strikes.
    @Test func aCancellationJustBeforeTheWaitIsNotMissed() async {
        let striking = Timing(now: { withUnsafeCurrentTask { $0?.cancel() }; return at(0) }, sleepUntil: { _ in }, random: { $0.lowerBound })
        let router = Router(mesh: "test", host: "here", timing: striking, seed: 1, classify: classify)
        let ended = Log<Bool>()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await router.call(echo, idempotent: true) { _, _ in }
                    ended.add(false)
                } catch {
                    ended.add(error is CancellationError)
                }
            }
            #expect(await until { ended.all == [true] })
            // Frees a caller that was forgotten, so that the test fails instead of hanging.
            group.addTask { feed.say(replica("a"), .ready("a")) }
        }
    }

    @Test func aCancelledCallCountsForNothing() async {
        feed.say(replica("a"), .ready("a"))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: Trouble(.connectionLost)) {
                    try await router.call(echo, idempotent: true) { _, _ in
                        _ = await until { Task.isCancelled }
                        throw Trouble(.connectionLost)
                    }
                }
            }
            #expect(await until { inFlight == 1 })
            group.cancelAll()
        }
        let status = router.snapshot().replicas[0]
        #expect(status.inFlight == 0 && status.calls == 0 && status.state == .ready)
    }

    @Test func runEndsWaitsAndProbes() async {
        let probed = Log<ReplicaID>()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await router.run { id, _ in
                    probed.add(id)
                    return true
                }
            }
            group.addTask {
                await #expect(throws: RouterError.noReplica(echo, waited: nil, replicas: [])) {
                    try await router.call(echo, idempotent: true) { _, _ in }
                }
            }
            // Asleep until the waiter's time is over.
            #expect(await until { clock.sleepers == [at(10)] })
            feed.say(replica("a"), .connecting())
            clock.move(10)
            #expect(await until { router.locked { state, _ in state.sets[echo]?.waiters.isEmpty == true } })

            feed.say(replica("a"), .ready("a"))
            await #expect(throws: Trouble(.connectionLost)) {
                try await router.call(echo, idempotent: false) { _, _ in throw Trouble(.connectionLost) }
            }
            #expect(router.snapshot().replicas[0].state == .ejected)
            #expect(await until { clock.sleepers.count == 1 })
            clock.move(1.2)
            #expect(await until { router.snapshot().replicas[0].state == .ready })
            #expect(probed.all == [ReplicaID(echo, host: "here", replica: "a")])
            group.cancelAll()
        }
        await #expect(throws: RouterError.stopped(echo)) {
            try await router.call(echo, idempotent: true) { _, _ in }
        }
    }

    @Test func stoppingEndsThoseWhoWait() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: RouterError.stopped(echo)) {
                    try await router.call(echo, idempotent: true) { _, _ in }
                }
            }
            #expect(await until { router.locked { state, _ in state.sets[echo]?.waiters.count == 1 } })
            await withTaskGroup(of: Void.self) { running in
                running.addTask { await router.run { _, _ in true } }
                running.cancelAll()
            }
        }
    }

    @Test func anEarlierDueWakesTheSleeper() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await router.run { _, _ in true } }
            for (plugin, deadline, due) in [("one", 9.0, [9.0]), ("two", 20.0, [9.0]), ("three", 3.0, [3.0])] {
                group.addTask {
                    _ = try? await router.call(
                        PluginKey(.llm, plugin), idempotent: true, deadline: at(deadline)) { _, _ in }
                }
                #expect(await until { router.locked { state, _ in state.sets[PluginKey(.llm, plugin)] != nil } })
                #expect(await until { clock.sleepers == due.map { at($0) } })
            }
            group.cancelAll()
        }
    }

    @Test func aNameOfTwoKindsIsTwoPlugins() {
        let embedder = PluginKey(.embedder, echo.name)
        router.expect([echo, embedder])
        feed.say(replica("a"), .ready("a"))
        #expect(router.snapshot().waiting == ["echo-llm"])
        feed.say(replica("a", plugin: embedder), .ready("a"))
        #expect(router.snapshot().waiting.isEmpty)
        #expect(router.snapshot().replicas.map(\.type) == ["embedder_provider", "llm_provider"])
        #expect(router.explain(echo)?.candidates.map(\.replica.replica) == ["a"])
        #expect(router.explain(embedder)?.candidates.map(\.replica.replica) == ["a"])
        feed.say(replica("a", version: "1.1.0"), .ready("a"))
        #expect(router.snapshot().replicas.map(\.version) == ["1.0.0", "1.1.0"])
        feed.forget("a")
        #expect(router.snapshot().replicas.map(\.type) == ["embedder_provider"])
        feed.source.end()
        #expect(router.snapshot().replicas.isEmpty)
        feed.say(replica("b"), .ready("b"))
        #expect(router.snapshot().replicas.isEmpty, "a source that has ended says nothing")
    }

    @Test func streamsAreMeasuredWhileTheyRun() async throws {
        for name in ["a", "b"] { feed.say(replica(name), .ready(name)) }
        try await router.call(echo, .stream, idempotent: true) { _, attempt in
            attempt.messageAwaited()
            clock.move(0.5)
            attempt.messagesReceived()
            let candidate = router.explain(echo, .stream)?.candidates.last { $0.replica == attempt.replica }
            #expect(candidate == nil || candidate?.serviceTime == 0.5)
            attempt.messageAwaited()
            clock.move(60)
            attempt.messagesReceived()
        }
        let status = router.snapshot().replicas.first { $0.calls == 1 }
        #expect(status?.p50 == .milliseconds(500), "never the total")
    }

    /// Real tasks on real threads: calls, failures, cancellations and sources at once.
    @Test(arguments: [1, 2, 3] as [UInt64]) func inFlightIsExactUnderConcurrency(seed: UInt64) async {
        let ended = Log<Int>()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var generator = SeededGenerator(seed: seed)
                var connections = 0
                func connect(_ name: String) {
                    connections += 1
                    feed.say(replica(name), .ready("\(name) \(connections)"))
                }
                for _ in 0..<300 {
                    let name = "r\(Int.random(in: 0..<3, using: &generator))"
                    switch Int.random(in: 0..<6, using: &generator) {
                    case 0: feed.say(replica(name), .lost(reason: "killed"))
                    case 1: feed.forget(name)
                    default: connect(name)
                    }
                    await Task.yield()
                }
                // Nobody probes here: sources bring back what was ejected, for as long as calls may wait for it.
                while ended.count < 2_000 {
                    for name in ["r0", "r1", "r2"] { connect(name) }
                    await Task.yield()
                }
            }
            for caller in 0..<40 {
                group.addTask {
                    var generator = SeededGenerator(seed: seed &* 1_000 &+ UInt64(caller))
                    for _ in 0..<50 {
                        let fate = Int.random(in: 0..<8, using: &generator)
                        await withTaskGroup(of: Void.self) { call in
                            call.addTask {
                                _ = try? await router.call(echo, idempotent: true) { _, attempt in
                                    await Task.yield()
                                    if fate == 0, attempt.number == 1 { throw Trouble(.retryable) }
                                    if fate == 1 { throw Trouble(.failed) }
                                    if fate == 2 { throw Trouble(.connectionLost) }
                                }
                            }
                            if fate == 3 { call.cancelAll() }
                        }
                        ended.add(caller)
                    }
                }
            }
        }
        #expect(ended.all.count == 2_000, "seed \(seed)")
        #expect(inFlight == 0, "seed \(seed)")
        #expect(router.locked { state, _ in state.sets[echo]?.waiters.isEmpty == true })
    }
}
