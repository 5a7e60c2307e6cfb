import HectorCore
import Synchronization
import Testing
@testable import HectorAPI

@Suite(.timeLimit(.minutes(1)))
struct PresenceTests {
    private struct Failure: Error {}

    @Test func `What ends while the client is there ends as it would`() async throws {
        let presence = Presence()
        #expect(try await presence.during { 3 } == 3)
        await #expect(throws: Failure.self) { try await presence.during { throw Failure() } }
        #expect(!Task.isCancelled)
    }

    @Test func `What is under way when the client goes is cancelled, whatever it then returns`() async throws {
        await withTaskGroup(of: Void.self) { tasks in
            for returns in [false, true] {
                tasks.addTask {
                    let (presence, never) = (Presence(), Signal<Void>())
                    let closed = Atomic(0)
                    await #expect(throws: CancellationError.self) {
                        try await presence.during(onEnd: { closed.add(1, ordering: .relaxed) }) {
                            presence.end()
                            presence.end()
                            do { try await never.wait() } catch { if !returns { throw error } }
                            return 1
                        }
                    }
                    let times = closed.load(ordering: .relaxed)
                    #expect(times == 1)
                }
            }
        }
    }

    @Test func `Nothing begins once the client has gone`() async throws {
        let presence = Presence()
        presence.end()
        await #expect(throws: CancellationError.self) { try await presence.during { Issue.record("it began") } }
    }

    @Test func `What runs within another operation is cancelled with it`() async throws {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                let (presence, never) = (Presence(), Signal<Void>())
                await #expect(throws: CancellationError.self) {
                    try await presence.during {
                        #expect(try await presence.during { 1 } == 1)
                        try await presence.during {
                            presence.end()
                            try await never.wait()
                        }
                    }
                }
            }
        }
    }

    /// The end comes from another thread at any moment: before, during and after the operation.
    @Test func `Whenever the client goes, the operation has ended, or was cancelled, when it returns`() async throws {
        for round in 0..<2_000 {
            let (presence, isOver, late) = (Presence(), Signal<Void>(), Signal<Void>())
            await withTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    for _ in 0..<(round % 7) { await Task.yield() }
                    presence.end()
                }
                tasks.addTask {
                    _ = try? await presence.during(onEnd: { if isOver.isSet { late.set() } }) {
                        for _ in 0..<(round % 5) { await Task.yield() }
                    }
                    isOver.set()
                }
            }
            #expect(!late.isSet, "round \(round)")
        }
    }
}
