import HectorCore
import Testing

@testable import HectorMesh

/// Eight replicas at load, one of which goes bad for 15 s: the replica set of production under a
/// simulated clock. One seed replays everything.
@Suite struct SimulationTests {
    private static let seeds: ClosedRange<UInt64> = 1...10

    @Test(arguments: seeds) func aCrashCostsNoCall(seed: UInt64) {
        let result = simulate(seed, .crash)
        #expect(result.errors == 0, "seed \(seed)")
        #expect(result.faultyPicks <= 2, "seed \(seed)")
        #expect(result.shareAfter >= 0.9 / 8, "seed \(seed): it is back")
    }

    @Test(arguments: seeds) func failingFastCostsNoCall(seed: UInt64) {
        let result = simulate(seed, .failFast)
        #expect(result.errors == 0, "seed \(seed)")
        #expect(result.picksAfterFailures == 0, "seed \(seed): two failures eject")
        #expect(result.faultyPicks <= 3, "seed \(seed): two that fail, and one that was sent before the second had failed")
        #expect(result.probes >= 8 && result.probes <= 16, "seed \(seed): a check a second")
        #expect(result.shareAfter >= 0.9 / 8, "seed \(seed): it is back")
    }

    /// Its health check lies: then one call a backoff is what it takes to find out.
    @Test(arguments: seeds) func aLyingHealthCheckCostsOneCallABackoff(seed: UInt64) {
        let result = simulate(seed, .failFastButHealthy)
        #expect(result.errors == 0, "seed \(seed)")
        #expect(result.faultyPicks <= 2 + result.probes && result.probes <= 6, "seed \(seed)")
    }

    @Test(arguments: seeds) func aSlowOneGetsLittle(seed: UInt64) {
        let result = simulate(seed, .slow)
        #expect(result.errors == 0, "seed \(seed)")
        #expect(result.shareDuring <= 0.02, "seed \(seed): a fair share is 0.125")
        #expect(result.shareDuring > 0, "seed \(seed): it is looked after")
        #expect(result.shareAfter >= 0.9 / 8, "seed \(seed): it is back")
    }

    /// It takes calls and answers none, its health check neither: what it has when it begins to hang is lost to its
    /// deadline, and little more.
    @Test(arguments: seeds) func aHangingOneCostsLittle(seed: UInt64) {
        let result = simulate(seed, .hang)
        #expect(Double(result.errors) <= 0.001 * Double(result.calls), "seed \(seed): \(result.errors) of \(result.calls)")
        #expect(result.shareDuring <= 0.005, "seed \(seed): \(result.faultyPicks) picks")
        // Its calls failed 5 s after it began to hang, so its last backoff ends 5 to 8 s after it is well.
        #expect(result.shareAfter >= 0.75 / 8, "seed \(seed): it is back")
    }

    @Test func theSameSeedGivesTheSameRun() {
        let runs = (0..<2).map { _ in simulate(5, .failFast) }
        #expect(runs[0] == runs[1])
    }
}

private func simulate(_ seed: UInt64, _ fault: Simulation.Fault) -> Simulation.Result {
    var simulation = Simulation(seed: seed, fault: fault)
    return simulation.run()
}

private struct Simulation {
    enum Fault { case crash, failFast, failFastButHealthy, slow, hang }

    struct Result: Equatable {
        var calls = 0
        var errors = 0
        /// Sent to the faulty replica while it was bad.
        var faultyPicks = 0
        /// Of those, sent when two had failed already.
        var picksAfterFailures = 0
        var probes = 0
        /// Its share of the calls while it was bad, and from 5 s after.
        var shareDuring = 0.0
        var shareAfter = 0.0
    }

    enum Event {
        case arrival
        case end(Lease, Call, Outcome)
        case probed(Probe, Bool)
        case advance
        case fault(Bool)
        case sourceNoticed
    }

    static let faulty = ReplicaID(echo, host: "here", replica: "r0")
    static let badFrom = 10.0
    static let badUntil = 25.0
    static let length = 45.0
    /// Mean service time 50 ms; 8 replicas of 4 at once make 640 calls/s, of which 0.6 is used.
    static let interval = 1 / (640 * 0.6)

    let fault: Fault
    var generator: SeededGenerator
    var set: ReplicaSet
    var now = at(0)
    var events: [(at: Instant, event: Event)] = []
    var isBad = false
    var inService: [ReplicaID: Int] = [:]
    var atFaulty: [(lease: Lease, call: Call)] = []
    /// Calls that failed at the faulty one.
    var failures = 0
    var result = Result()
    var during = (faulty: 0, all: 0)
    var after = (faulty: 0, all: 0)

    init(seed: UInt64, fault: Fault) {
        self.fault = fault
        generator = SeededGenerator(seed: seed)
        set = ReplicaSet(echo, limits: MeshLimits(), now: at(0))
    }

    mutating func run() -> Result {
        for index in 0..<8 { apply(set.upsert(replica("r\(index)"), .ready(0), now: now, using: &generator)) }
        schedule(0, .arrival)
        schedule(Self.badFrom, .fault(true))
        schedule(Self.badUntil, .fault(false))
        while let next = takeNext(), next.at < at(Self.length) {
            now = next.at
            handle(next.event)
            if set.due < Instant(nanoseconds: .max) { push(max(set.due, now), .advance, unlessDue: true) }
        }
        result.shareDuring = Double(during.faulty) / Double(max(1, during.all))
        result.shareAfter = Double(after.faulty) / Double(max(1, after.all))
        return result
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .arrival:
            schedule(Double.random(in: 0..<2 * Self.interval, using: &generator), .arrival)
            result.calls += 1
            var call = Call(.unary, idempotent: true, deadline: now.advanced(by: .seconds(5)))
            switch set.admit(&call, now: now, using: &generator) {
            case .send(let lease): send(lease, call)
            case .wait, .refuse: result.errors += 1
            }
        case .end(let lease, var call, let outcome):
            inService[lease.replica, default: 0] -= 1
            // Ended with the crash already.
            if lease.replica == Self.faulty, atFaulty.firstIndex(where: { $0.lease.began == lease.began && $0.call.tried == call.tried }) == nil { return }
            atFaulty.removeAll { $0.lease.began == lease.began && $0.call.tried == call.tried }
            end(lease, &call, outcome)
        case .probed(let probe, let healthy):
            apply(set.probed(probe, healthy: healthy, now: now, using: &generator))
        case .advance:
            apply(set.advance(now: now, using: &generator))
        case .fault(let bad):
            isBad = bad
            guard fault == .crash else { return }
            if bad {
                let lost = atFaulty
                atFaulty = []
                for var item in lost { end(item.lease, &item.call, .failure(.connectionLost)) }
                schedule(0.05, .sourceNoticed)
            } else {
                apply(set.upsert(replica("r0"), .ready(1), now: now, using: &generator))
            }
        case .sourceNoticed:
            apply(set.upsert(replica("r0"), .lost(reason: "killed"), now: now, using: &generator))
        }
    }

    private mutating func end(_ lease: Lease, _ call: inout Call, _ outcome: Outcome) {
        if lease.replica == Self.faulty, outcome != .success { failures += 1 }
        switch set.finish(lease, of: &call, outcome, Progress(), now: now, using: &generator) {
        case .send(let next): send(next, call)
        case .end where outcome == .success: break
        // Seven others are there: nobody has a reason to wait.
        case .end, .wait: result.errors += 1
        }
    }

    private mutating func send(_ lease: Lease, _ call: Call) {
        let isFaulty = lease.replica == Self.faulty
        if isBad { during.all += 1 }
        if now > at(Self.badUntil + 5) { after.all += 1 }
        if isFaulty {
            atFaulty.append((lease, call))
            if isBad {
                during.faulty += 1
                result.faultyPicks += 1
                if failures >= 2 { result.picksAfterFailures += 1 }
            }
            if now > at(Self.badUntil + 5) { after.faulty += 1 }
        }
        inService[lease.replica, default: 0] += 1
        // Four at once without loss, more share.
        var seconds = Double.random(in: 0.02..<0.08, using: &generator)
        seconds *= max(1, Double(inService[lease.replica, default: 1]) / 4)
        var outcome = Outcome.success
        if isFaulty, isBad {
            switch fault {
            case .crash: (seconds, outcome) = (0.0005, .failure(.connectionLost))
            case .failFast, .failFastButHealthy: (seconds, outcome) = (0.001, .failure(.retryable))
            case .slow: seconds *= 10
            case .hang: (seconds, outcome) = (5, .failure(.deadline))
            }
        }
        schedule(seconds, .end(lease, call, outcome))
    }

    private mutating func apply(_ actions: [Action]) {
        for case .probe(let probe) in actions {
            result.probes += 1
            schedule(0.001, .probed(probe, !isBad || fault == .failFastButHealthy))
        }
    }

    // MARK: Events

    private mutating func schedule(_ seconds: Double, _ event: Event) {
        push(now.advanced(by: .seconds(seconds)), event)
    }

    private mutating func push(_ moment: Instant, _ event: Event, unlessDue: Bool = false) {
        if unlessDue, events.contains(where: { if case .advance = $0.event { $0.at <= moment } else { false } }) { return }
        let index = events.firstIndex { $0.at > moment } ?? events.endIndex
        events.insert((moment, event), at: index)
    }

    private mutating func takeNext() -> (at: Instant, event: Event)? {
        events.isEmpty ? nil : events.removeFirst()
    }
}
