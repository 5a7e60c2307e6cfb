import HectorCore
import Synchronization
import Testing

@testable import HectorMesh

/// A process that takes a limited number of calls at once gets no more, under whichever names.
@Suite(.timeLimit(.minutes(5))) struct ConcurrencyTests {
    private let clock = ManualClock()
    private let router: Router
    private let source: ReplicaSource

    init() {
        router = Router(mesh: "test", host: "here", timing: clock.timing, seed: 1, classify: classify)
        source = router.source(named: "test")
    }

    private func publish(_ limit: Int?, on capacity: String? = "p", _ plugins: [PluginKey] = [echo, embedder]) {
        source.publish(plugins.map { plugin in
            var description = replica("r", plugin, on: capacity)
            description.concurrency = limit
            return PublishedReplica(description, .ready("c"))
        })
    }

    private func waiting(_ plugin: PluginKey) -> Int { router.locked { state, _ in state.sets[plugin]?.waiters.count ?? 0 } }

    /// A call that goes on until it is told to end. Says that it was sent.
    private func call(
        _ plugin: PluginKey, _ name: String, _ began: Log<String>, _ gates: Gates
    ) async throws {
        try await router.call(plugin, idempotent: true) { _, _ in
            began.add(name)
            #expect(await until { gates.isOpen(name) })
        }
    }

    private final class Gates: Sendable {
        private let names = Mutex<Set<String>>([])
        func open(_ name: String) { _ = names.withLock { $0.insert(name) } }
        func isOpen(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
    }

    @Test func `A call waits while its process is full under another name, and goes on when a call ends there`() async throws {
        publish(1)
        let (began, gates) = (Log<String>(), Gates())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await call(echo, "first", began, gates) }
            #expect(await until { began.count == 1 })
            group.addTask { try await call(embedder, "second", began, gates) }
            #expect(await until { waiting(embedder) == 1 })
            clock.move(0.1)
            group.addTask { try await call(echo, "third", began, gates) }
            #expect(await until { waiting(echo) == 1 })
            #expect(router.explain(embedder)?.excluded.map(\.exclusion) == [.full])
            #expect(router.snapshot().replicas.map(\.reason) == Array(repeating: "busy with 1 call, which is all that it takes at once", count: 2))

            gates.open("first")
            #expect(await until { began.count == 2 })
            #expect(began.all == ["first", "second"], "it has waited for longer, although the other has the ended call's name")
            #expect(waiting(echo) == 1 && waiting(embedder) == 0)
            gates.open("second")
            gates.open("third")
            try await group.waitForAll()
        }
        #expect(began.all == ["first", "second", "third"])
        #expect(router.snapshot().replicas.map(\.reason) == ["", ""])
    }

    @Test func `So it is with one name`() async throws {
        publish(1, on: nil, [echo])
        let (began, gates) = (Log<String>(), Gates())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await call(echo, "first", began, gates) }
            #expect(await until { began.count == 1 })
            group.addTask { try await call(echo, "second", began, gates) }
            #expect(await until { waiting(echo) == 1 })
            gates.open("first")
            gates.open("second")
            try await group.waitForAll()
        }
        #expect(began.all == ["first", "second"])
    }

    @Test func `A raised limit lets calls go on`() async throws {
        publish(1)
        let (began, gates) = (Log<String>(), Gates())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await call(echo, "first", began, gates) }
            #expect(await until { began.count == 1 })
            group.addTask { try await call(embedder, "second", began, gates) }
            #expect(await until { waiting(embedder) == 1 })
            publish(2)
            #expect(await until { began.count == 2 })
            gates.open("first")
            gates.open("second")
            try await group.waitForAll()
        }
    }

    @Test func `A call that waits too long is told why`() async throws {
        publish(1)
        let (began, gates) = (Log<String>(), Gates())
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await router.run { _, _ in true } }
            group.addTask { try? await call(echo, "first", began, gates) }
            #expect(await until { began.count == 1 })
            group.addTask {
                let error = await #expect(throws: RouterError.self) { try await call(embedder, "second", began, gates) }
                #expect(error?.message.contains("busy with 1 call, which is all that it takes at once") == true)
                gates.open("first")
            }
            #expect(await until { waiting(embedder) == 1 })
            // What `run` waits for depends on when it looked last.
            #expect(await until {
                clock.move(1)
                return gates.isOpen("first")
            })
            #expect(await until { router.snapshot().replicas.allSatisfy { $0.inFlight == 0 } })
            group.cancelAll()
        }
    }

    private final class Running: Sendable {
        private let state = Mutex((count: 0, most: 0))
        var count: Int { state.withLock(\.count) }
        var most: Int { state.withLock(\.most) }
        func began() { state.withLock { $0 = ($0.count + 1, max($0.most, $0.count + 1)) } }
        func ended() { state.withLock { $0.count -= 1 } }
    }

    @Test(arguments: [1, 2, 5]) func `However many calls there are, under two names there are never more than the limit`(limit: Int) async throws {
        publish(limit)
        let running = Running()
        await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<300 {
                group.addTask {
                    try await router.call(number % 3 == 0 ? echo : embedder, idempotent: true) { _, attempt in
                        running.began()
                        for _ in 0..<(number % 7) { await Task.yield() }
                        running.ended()
                        if number % 11 == 0, attempt.number == 1 { throw Trouble(.neverProcessed) }
                        if number % 13 == 0 { throw Trouble(.callersFault) }
                    }
                }
            }
            while let result = await group.nextResult() {
                if case .failure(let error) = result { #expect(error is Trouble || error is RouterError) }
            }
        }
        #expect(running.count == 0 && running.most == limit)
        #expect(router.locked { state, _ in state.capacities.figures.map(\.inFlight) } == [0])
        #expect(waiting(echo) == 0 && waiting(embedder) == 0)
    }
}
