import HectorCore
import HectorLoad
import Testing

@testable import HectorMesh

/// Calls that take less time than waking a process does: those that are made together go to one replica.
@Suite struct QuickCallTests {
    private let quick = 0.000_01

    /// All of them answered a call in a millisecond, and said how long they worked on it.
    private func rig(_ names: [String] = ["a", "b", "c", "d", "e", "f", "g", "h"], serviceTime: Double?) -> Rig {
        let rig = Rig(names)
        for name in names { report(serviceTime, of: name, to: rig) }
        rig.wait(1)
        return rig
    }

    private func report(_ serviceTime: Double?, of name: String, to rig: Rig) {
        var call = Call(.unary, idempotent: true)
        call.tried = TriedReplicas(rig.set.replicas.filter { $0.description.id.replica != name }.map { Tried(serial: $0.serial, epoch: $0.epoch) })
        guard let lease = rig.admit(&call) else { return }
        rig.wait(0.001)
        var progress = Progress()
        progress.report = LoadReport(inFlight: 0, serviceTime: serviceTime)
        _ = rig.finish(lease, &call, .success, progress)
    }

    /// The replicas that `count` calls go to. None of the calls ends meanwhile.
    private func picks(_ rig: Rig, _ count: Int, apart seconds: Double = 0.000_03, class callClass: CallClass = .unary) -> [String] {
        (0..<count).compactMap { _ in
            rig.wait(seconds)
            var call = Call(callClass, idempotent: true)
            return rig.admit(&call)?.replica.replica
        }
    }

    @Test func sixteenCallsThatAreMadeTogetherGoTogether() {
        let picks = picks(rig(serviceTime: quick), 48)
        #expect(picks.count == 48)
        let batches = stride(from: 0, to: 48, by: 16).map { Set(picks[$0..<$0 + 16]) }
        #expect(batches.allSatisfy { $0.count == 1 }, "\(picks)")
        #expect(Set(batches).count == 3, "\(picks)")
    }

    /// The last one of them would wait for too long.
    @Test(arguments: [(0.000_05, 16), (0.000_08, 10), (0.000_1, 8)]) func fewerGoTogetherWhereEachTakesLonger(serviceTime: Double, together: Int) {
        let picks = picks(rig(serviceTime: serviceTime), 3 * together)
        let batches = stride(from: 0, to: 3 * together, by: together).map { Set(picks[$0..<$0 + together]) }
        #expect(batches.allSatisfy { $0.count == 1 }, "\(picks)")
        #expect(Set(batches).count == 3, "\(picks)")
    }

    @Test func callsThatComeOneByOneGoToTheIdle() {
        #expect(Set(picks(rig(serviceTime: quick), 8, apart: 0.000_3)).count == 8)
    }

    @Test(arguments: [0.000_11, 0.001, nil])
    func callsThatTakeTheirTimeOrAreNotMeasuredGoToTheIdle(serviceTime: Double?) {
        #expect(Set(picks(rig(serviceTime: serviceTime), 8)).count == 8)
    }

    @Test(arguments: [CallClass.stream, .inquiry])
    func onlyUnaryCallsAreMeasured(callClass: CallClass) {
        #expect(Set(picks(rig(serviceTime: quick), 8, class: callClass)).count == 8)
    }

    @Test func aCallThatWasThereGoesElsewhere() throws {
        let rig = rig(serviceTime: quick)
        var first = Call(.unary, idempotent: true), second = first
        let lease = try #require(rig.admit(&first))
        let other = try #require(rig.admit(&second))
        #expect(lease.replica == other.replica)
        let next = try #require(rig.finish(other, &second, .failure(.neverProcessed)))
        #expect(next.replica != other.replica)
    }

    @Test func nothingFollowsToAReplicaThatTakesNoCalls() throws {
        let rig = rig(["a", "b"], serviceTime: quick)
        let first = try #require(picks(rig, 1).first)
        _ = rig.upsert(first, .draining(reason: "its node ends"))
        #expect(picks(rig, 4) == Array(repeating: first == "a" ? "b" : "a", count: 4))
    }

    @Test func nothingFollowsToAReplicaThatIsGone() throws {
        let rig = rig(["a", "b"], serviceTime: quick)
        let first = try #require(picks(rig, 1).first)
        _ = rig.set.remove(rig.set.replicas[rig.position(first)].description.id, now: rig.now, using: &rig.generator)
        #expect(picks(rig, 4) == Array(repeating: first == "a" ? "b" : "a", count: 4))
    }
}
