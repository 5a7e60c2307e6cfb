import HectorCore
import Testing

@testable import HectorMesh

/// A minute of calls to replicas of which some answer at once that they cannot: the replica set of production under a
/// simulated clock. One seed replays everything.
@Suite struct BlackHoleTests {
    private static let seeds: ClosedRange<UInt64> = 1...5

    /// It is broken, or of another version or policy: UNKNOWN, INTERNAL, and CANCELLED, DEADLINE_EXCEEDED,
    /// UNIMPLEMENTED, PERMISSION_DENIED of its own accord.
    @Test(arguments: seeds) func `A replica that fails at once attracts no calls`(seed: UInt64) {
        var minute = Minute(seed: seed, replicas: [.init(seconds: 0.5), .init(seconds: 0.001, broken: 12)])
        minute.goodCalls = 50
        let result = minute.run()
        #expect(result.failedGood == 0, "seed \(seed)")
        #expect(result.sent[1] <= 40, "seed \(seed): \(result.sent[1]) of \(result.good) calls reached it")
        #expect(result.everEjected == [1], "seed \(seed)")
    }

    @Test(arguments: seeds) func `Where calls cost money it costs a few of them`(seed: UInt64) {
        var minute = Minute(seed: seed, replicas: [.init(seconds: 0.5), .init(seconds: 0.001, broken: 13)])
        minute.goodCalls = 50
        minute.metered = true
        let result = minute.run()
        // Nothing tells its fault from the requests' before the first answer of the other one, after half a second.
        #expect(result.failedGood <= result.good / 40, "seed \(seed): \(result.failedGood) of \(result.good)")
        #expect(result.everEjected == [1], "seed \(seed)")
    }

    @Test(arguments: seeds, [0.5, 0.05, 5])
    func `One client's bad requests harm nobody else`(seed: UInt64, seconds: Double) {
        var minute = Minute(seed: seed, replicas: Array(repeating: .init(seconds: seconds), count: 3))
        minute.goodCalls = 1_000 / 60
        minute.badCalls = 20
        let result = minute.run()
        #expect(result.good > 900 && result.bad > 1_100)
        #expect(result.failedGood == 0, "seed \(seed)")
        #expect(result.everEjected.isEmpty, "seed \(seed)")
        #expect(result.failedBad == result.bad, "seed \(seed): the client gets its error")
    }

    @Test(arguments: seeds) func `Among bad requests, too, a broken replica is found`(seed: UInt64) {
        var minute = Minute(
            seed: seed, replicas: [.init(seconds: 0.5), .init(seconds: 0.5), .init(seconds: 0.001, broken: 2)])
        minute.goodCalls = 1_000 / 60
        minute.badCalls = 20
        let result = minute.run()
        #expect(result.failedGood <= result.good / 100, "seed \(seed): \(result.failedGood) of \(result.good)")
        #expect(result.everEjected == [2], "seed \(seed)")
        #expect(result.firstEjection < 3, "seed \(seed): after \(result.firstEjection) s")
    }

    @Test(arguments: seeds) func `One broken replica of three is ejected at once`(seed: UInt64) {
        var minute = Minute(
            seed: seed, replicas: [.init(seconds: 0.05), .init(seconds: 0.05), .init(seconds: 0.001, broken: 2)])
        minute.goodCalls = 20
        let result = minute.run()
        #expect(result.failedGood == 0, "seed \(seed)")
        #expect(result.everEjected == [2], "seed \(seed)")
        #expect(result.sent[2] <= 12, "seed \(seed): two calls, and one after each pause")
    }

    @Test(arguments: seeds) func `Two replicas of one wrong version vouch for each other only for a while`(seed: UInt64) {
        var minute = Minute(
            seed: seed,
            replicas: [.init(seconds: 0.5), .init(seconds: 0.001, broken: 12), .init(seconds: 0.001, broken: 12)])
        minute.goodCalls = 50
        let result = minute.run()
        #expect(result.everEjected.isSuperset(of: [1, 2]), "seed \(seed)")
    }
}

private struct Minute {
    struct Behaviour {
        /// Mean time of an answer, while it is not crowded.
        var seconds: Double
        /// What it answers to every call.
        var broken: Int?
    }

    struct Result {
        var good = 0
        var bad = 0
        var failedGood = 0
        var failedBad = 0
        /// By replica, second opinions included.
        var sent: [Int]
        var everEjected: Set<Int> = []
        var firstEjection = Double.infinity
    }

    enum Event {
        case arrival(isBad: Bool)
        case end(Lease, Call, Outcome, isBad: Bool)
        case probed(Probe)
        case advance
    }

    /// A second.
    var goodCalls = 0.0
    /// A second; no replica can serve them, and all say so in a millisecond.
    var badCalls = 0.0
    var metered = false
    let behaviours: [Behaviour]
    private var generator: SeededGenerator
    private var set: ReplicaSet
    private var now = at(0)
    private var events: [(at: Instant, event: Event)] = []
    private var result: Result

    init(seed: UInt64, replicas: [Behaviour]) {
        behaviours = replicas
        generator = SeededGenerator(seed: seed)
        set = ReplicaSet(echo, limits: MeshLimits(), now: at(0))
        result = Result(sent: Array(repeating: 0, count: replicas.count))
    }

    mutating func run() -> Result {
        for index in behaviours.indices {
            apply(set.upsert(replica("r\(index)"), .ready(index), now: now, using: &generator))
        }
        if goodCalls > 0 { push(0, .arrival(isBad: false)) }
        if badCalls > 0 { push(0, .arrival(isBad: true)) }
        while !events.isEmpty {
            let next = events.removeFirst()
            // Calls under way at the end are carried to theirs.
            now = next.at
            handle(next.event)
            look()
            if set.due < Instant(nanoseconds: .max), now < at(60),
                !events.contains(where: { if case .advance = $0.event { $0.at <= set.due } else { false } })
            {
                push(max(0, now.duration(to: set.due).seconds), .advance)
            }
        }
        return result
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .arrival(let isBad):
            guard now < at(60) else { return }
            push(Double.random(in: 0..<2 / (isBad ? badCalls : goodCalls), using: &generator), .arrival(isBad: isBad))
            if isBad { result.bad += 1 } else { result.good += 1 }
            var call = Call(.unary, idempotent: true, deadline: now.advanced(by: .seconds(120)), metered: metered)
            guard case .send(let lease) = set.admit(&call, now: now, using: &generator) else { return fail(isBad) }
            send(lease, call, isBad)
        case .end(let lease, var call, let outcome, let isBad):
            switch set.finish(lease, of: &call, outcome, Progress(), now: now, using: &generator) {
            case .send(let next): send(next, call, isBad)
            case .wait: fail(isBad)
            case .end: if outcome != .success { fail(isBad) }
            }
        case .probed(let probe): apply(set.probed(probe, healthy: true, now: now, using: &generator))
        case .advance: apply(set.advance(now: now, using: &generator))
        }
    }

    private mutating func fail(_ isBad: Bool) {
        if isBad { result.failedBad += 1 } else { result.failedGood += 1 }
    }

    private mutating func send(_ lease: Lease, _ call: Call, _ isBad: Bool) {
        let behaviour = behaviours[lease.connection.number]
        result.sent[lease.connection.number] += 1
        if let code = behaviour.broken {
            push(behaviour.seconds, .end(lease, call, .failure(.doubtful(code: code)), isBad: isBad))
        } else if isBad {
            push(0.001, .end(lease, call, .failure(.doubtful(code: 2)), isBad: true))
        } else {
            push(behaviour.seconds * Double.random(in: 0.5..<1.5, using: &generator), .end(lease, call, .success, isBad: false))
        }
    }

    private mutating func look() {
        for (index, replica) in set.replicas.enumerated() where replica.standing.isEjected {
            result.everEjected.insert(index)
            result.firstEjection = min(result.firstEjection, at(0).duration(to: now).seconds)
        }
    }

    private mutating func apply(_ actions: [Action]) {
        // Their health checks know nothing of it.
        for case .probe(let probe) in actions { push(0.001, .probed(probe)) }
    }

    private mutating func push(_ seconds: Double, _ event: Event) {
        let moment = now.advanced(by: .seconds(seconds))
        events.insert((moment, event), at: events.firstIndex { $0.at > moment } ?? events.endIndex)
    }
}
