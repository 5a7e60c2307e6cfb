import HectorCore
import HectorLoad
import Testing

@testable import HectorMesh

/// What people see of a replica's part of the calls and of its load.
@Suite struct StatusTests {
    private func status(_ name: String, of rig: Rig) throws -> ReplicaStatus {
        try #require(rig.set.statuses(now: rig.now).first { $0.replica == name })
    }

    /// A call sent to the only replica there is.
    private func send(_ rig: Rig) throws -> (Call, Lease) {
        var call = Call(.unary, idempotent: true)
        let lease = try #require(rig.admit(&call))
        return (call, lease)
    }

    private func end(_ sent: (Call, Lease), _ report: LoadReport? = nil, _ rig: Rig) {
        var (call, lease) = sent
        var progress = Progress()
        progress.report = report
        _ = rig.finish(lease, &call, .success, progress)
    }

    // MARK: share

    @Test func `Shares are of the calls that were sent, and add up to one`() throws {
        let rig = Rig(["a", "b", "c"])
        #expect(rig.set.statuses(now: rig.now).allSatisfy { $0.share == nil }, "nothing was sent")
        for name in ["a", "b", "a", "a"] { rig.run(name, .success) }
        #expect(rig.set.statuses(now: rig.now).map(\.share) == [0.75, 0.25, 0])
        rig.run("b", .failure(.failed))
        #expect(try status("b", of: rig).share == 0.4, "a failed one was sent, too")
    }

    @Test func `A share is that of the last ten seconds, and unknown when nothing was sent for longer`() throws {
        let rig = Rig(["a", "b"])
        rig.wait(8)
        for _ in 0..<10 { rig.run("a", .success) }
        rig.wait(8)
        for _ in 0..<10 { rig.run("b", .success) }
        // Six of ten seconds ago, so that four tenths of the calls of the period before count.
        #expect(try abs(#require(status("a", of: rig).share) - 4 / 14.0) < 1e-9)
        rig.wait(4)
        #expect(rig.set.statuses(now: rig.now).map(\.share) == [0, 1])
        rig.wait(10)
        #expect(rig.set.statuses(now: rig.now).map(\.share) == [nil, nil])
    }

    @Test func `A replica that takes another's place begins without a share, without load and without figures`() throws {
        let rig = Rig(["a", "b"])
        rig.run("b", .success)
        for _ in 0..<3 { rig.run("a", .success) }
        let index = rig.position("a")
        rig.set.pool.heard(LoadReport(inFlight: 3, slots: 4, decodeRate: 48), from: index, at: rig.now, now: rig.now)
        #expect(try status("a", of: rig).share == 0.75 && status("a", of: rig).load != nil)
        // Another process under the same id.
        var other = replica("a")
        other.capacity = "p"
        _ = rig.set.upsert(other, .ready("to another"), now: rig.now, using: &rig.generator)
        let replaced = try status("a", of: rig)
        #expect(replaced.share == 0 && replaced.load == nil && replaced.concurrency == nil && replaced.decodeRate == nil)
        #expect(try status("b", of: rig).share == 1)
    }

    // MARK: load

    @Test func `A load is that of the last report, with our own calls as they are now`() throws {
        let rig = Rig(["a"])
        let (first, second) = (try send(rig), try send(rig))
        #expect(try status("a", of: rig).load == nil, "nothing was said")
        // Besides the second call, there are those of others.
        end(first, LoadReport(inFlight: 4, queued: 2), rig)
        #expect(try status("a", of: rig).load == ReplicaStatus.Load(calls: 4, queued: 2, age: .zero))
        rig.wait(0.3)
        let third = try send(rig)
        #expect(try status("a", of: rig).load == ReplicaStatus.Load(calls: 5, queued: 2, age: .milliseconds(300)))
        end(second, nil, rig)
        end(third, nil, rig)
        #expect(try status("a", of: rig).load == ReplicaStatus.Load(calls: 3, queued: 2, age: .milliseconds(300)))
    }

    @Test func `A load is never less than our own calls, and no more wait than there are`() throws {
        let rig = Rig(["a"])
        let calls = try (0..<4).map { _ in try send(rig) }
        end(calls[0], LoadReport(inFlight: 0), rig)
        #expect(try status("a", of: rig).load?.calls == 3)
        end(calls[1], LoadReport(inFlight: 2, queued: 2), rig)
        for call in calls[2...] { end(call, nil, rig) }
        #expect(try status("a", of: rig).load == ReplicaStatus.Load(calls: 0, queued: 0, age: .zero))
    }

    @Test func `What a plugin tells of itself is shown until it says otherwise or has another connection`() throws {
        let rig = Rig(["a"])
        end(try send(rig), LoadReport(inFlight: 0, slots: 4, prefillRate: 1_500, decodeRate: 48), rig)
        var shown = try status("a", of: rig)
        #expect(shown.concurrency == 4 && shown.prefillRate == 1_500 && shown.decodeRate == 48)
        end(try send(rig), nil, rig)
        shown = try status("a", of: rig)
        #expect(shown.concurrency == 4 && shown.decodeRate == 48, "a response without a report says nothing")
        end(try send(rig), LoadReport(inFlight: 0, slots: 2.5, decodeRate: 30), rig)
        shown = try status("a", of: rig)
        #expect(shown.concurrency == 2.5 && shown.prefillRate == nil && shown.decodeRate == 30)
        _ = rig.ready("a")
        shown = try status("a", of: rig)
        #expect(shown.load == nil && shown.concurrency == nil && shown.decodeRate == nil)
    }

    @Test func `What is learned of a plugin that tells nothing is shown`() throws {
        let rig = Rig(["a"])
        // With two calls in it, one ends every 50 ms; with one, every 100 ms.
        for _ in 0..<100 {
            var older = try send(rig)
            for _ in 0..<4 {
                let newer = try send(rig)
                rig.wait(0.05)
                end(older, nil, rig)
                older = newer
            }
            rig.wait(0.1)
            end(older, nil, rig)
        }
        #expect(try (1.5...2.5).contains(#require(status("a", of: rig).concurrency)))
    }

    @Test func `A process has one load under all of its names, and each name its own share`() throws {
        var state = RouterState(limits: MeshLimits(), seed: 1)
        let source = state.addSource("test")
        let replicas = [replica("a", echo, on: "p"), replica("b", embedder, on: "p"), replica("c", embedder, on: nil)]
        _ = state.publish(replicas.map { PublishedReplica($0, .ready("c")) }, from: source, now: at(0))
        var call = Call(.unary, idempotent: true)
        guard case .send(let lease) = state.admit(&call, echo, now: at(0)) else { Issue.record("not sent"); return }
        let turn = Turn(call: call, lease: lease)
        var progress = Progress()
        progress.report = LoadReport(inFlight: 2, slots: 4, decodeRate: 48)
        _ = state.finish(turn, echo, .success, progress, now: at(1))
        let shown = Dictionary(uniqueKeysWithValues: state.copies.statuses(now: at(2)).map { ($0.replica, $0) })
        for name in ["a", "b"] {
            #expect(shown[name]?.load == ReplicaStatus.Load(calls: 2, age: .seconds(1)), "\(name)")
            #expect(shown[name]?.concurrency == 4 && shown[name]?.decodeRate == 48, "\(name)")
        }
        #expect(shown["a"]?.share == 1 && shown["b"]?.share == nil)
        #expect(shown["c"]?.load == nil && shown["c"]?.concurrency == nil)
        // Another process under the same names.
        _ = state.publish([], from: source, now: at(3))
        _ = state.publish(replicas.map { PublishedReplica($0, .ready("d")) }, from: source, now: at(3))
        #expect(state.copies.statuses(now: at(3)).allSatisfy { $0.share == nil && $0.load == nil && $0.concurrency == nil && $0.decodeRate == nil })
    }
}
