import HectorCore
import HectorLoad
import Testing

@testable import HectorMesh

/// Random inputs in random order. Whatever happens, the invariants hold; a failure names its seed.
@Suite struct PropertyTests {
    /// Questions for load are few among so many faults.
    @Test func someSeedsAsk() {
        var world = World(seed: 1)
        for _ in 0..<4_000 { world.step() }
        #expect(world.asked > 10)
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>) func invariants(seed: UInt64) {
        var world = World(seed: seed)
        for step in 0..<1_500 {
            world.step()
            if let broken = world.broken() {
                Issue.record("seed \(seed), step \(step): \(broken)")
                return
            }
        }
        world.end()
        if let broken = world.broken() { Issue.record("seed \(seed), at the end: \(broken)") }
        #expect(world.open.isEmpty && world.waiters.isEmpty, "seed \(seed): calls are left over")
        #expect(world.retries > 0 && world.waited > 0 && world.panics > 0 && world.probes > 0, "seed \(seed) tried too little")
    }
}

private struct World {
    struct Open {
        var call: Call
        let lease: Lease
    }

    var generator: SeededGenerator
    var set: ReplicaSet
    var limits = MeshLimits()
    var now = at(0)
    var open: [Open] = []
    var waiters: [WaiterID] = []
    var pendingProbes: [Probe] = []
    /// Questions for load that were not answered yet.
    var questions: [Probe] = []
    var asked = 0
    var ids: WaiterID = 0
    var connections = 0
    var calls = 0
    var retries = 0
    /// Of the retries.
    var waited = 0
    var panics = 0
    var probes = 0
    var violation: String?

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        limits.waitersPerPlugin = 8
        limits.retryBurst = 20
        set = ReplicaSet(echo, limits: limits, now: at(0))
    }

    mutating func chance(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

    mutating func step() {
        if set.pool.panic { panics += 1 }
        switch chance(100) {
        case 0..<35: begin()
        case 35..<75: finish()
        case 75..<82: source()
        case 82..<84: remove()
        case 84..<86: probe()
        case 86..<88: answer()
        case 88..<90: abandon()
        default:
            now = now.advanced(by: .milliseconds(chance(1_500)))
            apply(set.advance(now: now, using: &generator))
        }
    }

    private mutating func begin() {
        calls += 1
        ids += 1
        let deadline = chance(4) == 0 ? now.advanced(by: .milliseconds(chance(5_000) - 100)) : nil
        var call = Call(CallClass.allCases[chance(3)], idempotent: chance(3) > 0, deadline: deadline)
        let before = set
        switch set.admit(&call, now: now, using: &generator) {
        case .send(let lease):
            sent(Open(call: call, lease: lease), from: before)
            ask(calls: call.callClass == .inquiry ? 0 : 1)
        case .refuse(let error): if error.code != .deadlineExceeded { violation = "refused: \(error)" }
        case .wait:
            switch set.wait(&call, as: ids, now: now, using: &generator) {
            case .wait: waiters.append(ids)
            case .refuse(let error): if error.code == .deadlineExceeded { violation = "refused late: \(error)" }
            case .send: violation = "a replica appeared out of nothing"
            }
        }
    }

    /// A lease was given out by `before`.
    private mutating func sent(_ next: Open, from before: ReplicaSet) {
        guard let chosen = before.replicas.first(where: { $0.serial == next.lease.serial }) else {
            violation = "picked a replica that is not there"; return
        }
        picked(chosen, panic: before.pool.panic)
        let isAlone = before.replicas.allSatisfy {
            $0.serial == chosen.serial
                || $0.exclusion(for: next.call, major: chosen.major, panic: before.pool.panic, now: now) != nil
        }
        if case .probation = chosen.standing.phase, chosen.load.inFlight > 0, now < chosen.trialUntil, !isAlone, !before.pool.panic {
            violation = "a second call to one on probation"
        }
        if let deadline = next.call.deadline, deadline <= now { violation = "sent after its deadline" }
        if Set(next.call.tried.all).count != next.call.tried.count { violation = "the same replica twice" }
        open.append(next)
    }

    private mutating func picked(_ chosen: Replica, panic: Bool) {
        if !chosen.isReady { violation = "picked \(chosen.description.id), which is not ready" }
        if chosen.standing.isEjected, !(panic && chosen.standing.cause == .failures) {
            violation = "picked \(chosen.description.id), which is ejected"
        }
        if chosen.pausedUntil > now { violation = "picked one that asked for a pause" }
    }

    private mutating func finish() {
        guard !open.isEmpty else { return }
        var ended = open.remove(at: chance(open.count))
        let kinds: [FailureKind] = [
            .neverProcessed, .notConnected, .connectionLost, .retryable, .overloaded(pause: .milliseconds(chance(2_000))), .deadline,
            .failed, .failed, .failed, .doubtful(code: chance(2)), .doubtful(code: 2), .stalled, .callersFault, .cancelled,
        ]
        let outcome: Outcome = chance(3) == 0 ? .success : .failure(kinds[chance(kinds.count)])
        var progress = Progress()
        progress.headers = chance(3) == 0
        if progress.headers, chance(2) == 0 {
            progress.messages = 1 + chance(9)
            progress.firstMessage = ended.lease.began.duration(to: now)
        }
        let idempotent = ended.call.idempotent
        if chance(2) == 0 { progress.report = report() }
        var after = set
        // What the set knows just before it chooses again: the same input with no attempt left.
        var exhausted = ended.call
        for epoch: UInt64 in 0..<3 { exhausted.tried.append(Tried(serial: .max, epoch: epoch)) }
        var spare = generator
        _ = after.finish(ended.lease, of: &exhausted, outcome, progress, now: now, using: &spare)
        let sequel = set.finish(ended.lease, of: &ended.call, outcome, progress, now: now, using: &generator)
        if case .end = sequel { return }
        // What was never sent may be made up for without the budget.
        if outcome != .failure(.notConnected) { retries += 1 }
        if progress.headers { violation = "retried after headers" }
        if ended.call.losses.count >= limits.losses { violation = "retried after \(ended.call.losses.count) losses" }
        switch outcome {
        case .failure(.neverProcessed), .failure(.notConnected): break
        case .failure(.connectionLost), .failure(.retryable), .failure(.overloaded), .failure(.doubtful):
            if !idempotent { violation = "retried what may have been done" }
        default: violation = "retried after \(outcome)"
        }
        guard case .send(let next) = sequel else { return wait(again: ended.call, outcome) }
        if next.serial == ended.lease.serial, next.epoch == ended.lease.epoch { violation = "retried on the same replica" }
        if ended.call.tried.count - ended.call.unsent > limits.attempts { violation = "too many attempts" }
        if ended.call.unsent > limits.unsentAttempts { violation = "too many attempts that found no connection" }
        sent(Open(call: ended.call, lease: next), from: after)
        ask(calls: ended.call.callClass == .inquiry ? 0 : 1)
    }

    /// True, wrong or absurd.
    private mutating func report() -> LoadReport {
        LoadReport(
            inFlight: [0, chance(10), .max][chance(3)], slots: [nil, 4, .infinity, .nan][chance(4)], slotsAreLearned: chance(2) == 0, serviceTime: [nil, 0, 0.000_01, 1, .nan][chance(5)])
    }

    /// Calls were sent: at most one replica each is asked for its load, and none twice at once.
    private mutating func ask(calls: Int) {
        let new = set.takeLoadQuestions()
        if new.count > calls { violation = "\(new.count) questions with \(calls) calls" }
        for question in new {
            asked += 1
            guard let replica = set.replicas.first(where: { $0.serial == question.serial }), replica.epoch == question.epoch, replica.isReady else {
                violation = "asked \(question.replica), which has no such connection"; return
            }
            if replica.pausedUntil > now { violation = "asked one that wants to be left alone" }
            if replica.standing.isEjected, replica.standing.cause == .connectionLost { violation = "asked one that is lost" }
            let isOpen = questions.contains { $0.serial == question.serial && $0.epoch == question.epoch && $0.asked.duration(to: now) < limits.lostQuestion }
            if isOpen { violation = "asked \(question.replica) twice at once" }
            questions.append(question)
        }
    }

    /// In any order, also of connections that are gone.
    private mutating func answer() {
        guard !questions.isEmpty else { return }
        let question = questions.remove(at: chance(questions.count))
        set.heard(chance(3) == 0 ? nil : report(), to: question, now: now)
    }

    private mutating func wait(again call: Call, _ outcome: Outcome) {
        waited += 1
        if outcome != .failure(.connectionLost), outcome != .failure(.notConnected) { violation = "waits after \(outcome)" }
        if !call.idempotent, outcome == .failure(.connectionLost) { violation = "waits with what may have been done" }
        ids += 1
        var call = call
        switch set.wait(&call, as: ids, now: now, using: &generator) {
        case .wait: waiters.append(ids)
        case .refuse: break
        case .send: violation = "a replica appeared out of nothing"
        }
    }

    private mutating func source() {
        let name = "r\(chance(6))"
        connections += 1
        let states: [ReplicaState<any CallTarget>] = [
            .connecting(), .checking(), .ready(connections), .ready(connections), .ready(connections),
            .ready(connections), .draining(reason: ""), .lost(reason: ""), .failed(reason: ""),
        ]
        let version = chance(12) == 0 ? "2.0.0" : "1.0.0"
        var description = replica(name, path: .lan, version: version)
        // Two of them are foreign servers: nothing says how many hosts call them.
        description.isForeign = name == "r4" || name == "r5"
        description.hosts = description.isForeign ? nil : 2
        // Two of them are one process.
        description.capacity = name == "r0" || name == "r1" ? "both" : nil
        apply(set.upsert(description, states[chance(states.count)], now: now, using: &generator))
    }

    private mutating func remove() {
        apply(set.remove(ReplicaID(echo, host: "here", replica: "r\(chance(6))"), now: now, using: &generator))
    }

    private mutating func probe() {
        guard !pendingProbes.isEmpty else { return }
        apply(set.probed(pendingProbes.removeFirst(), healthy: chance(2) == 0, now: now, using: &generator))
    }

    private mutating func abandon() {
        guard !waiters.isEmpty else { return }
        set.abandon(waiters.remove(at: chance(waiters.count)))
    }

    private mutating func apply(_ actions: [Action]) {
        var order: [WaiterID] = []
        for action in actions {
            switch action {
            case .probe(let probe):
                probes += 1
                pendingProbes.append(probe)
            case .refuse(let id, _): resolve(id)
            case .send(let id, let call, let lease):
                resolve(id)
                order.append(id)
                open.append(Open(call: call, lease: lease))
                if let chosen = set.replicas.first(where: { $0.serial == lease.serial }) {
                    picked(chosen, panic: set.pool.panic)
                } else {
                    violation = "picked a replica that is not there"
                }
                if let deadline = call.deadline, deadline <= now { violation = "a waiter was sent after its deadline" }
            }
        }
        ask(calls: order.count)
        if order != order.sorted() { violation = "waiters were not served in order" }
    }

    private mutating func resolve(_ id: WaiterID) {
        guard let index = waiters.firstIndex(of: id) else { violation = "a waiter was named twice"; return }
        waiters.remove(at: index)
    }

    /// Everybody leaves: no call, no waiter may remain.
    mutating func end() {
        while !open.isEmpty {
            var ended = open.removeLast()
            _ = set.finish(ended.lease, of: &ended.call, .failure(.cancelled), Progress(), now: now, using: &generator)
        }
        now = now.advanced(by: .seconds(60))
        apply(set.advance(now: now, using: &generator))
        while !open.isEmpty {
            var ended = open.removeLast()
            _ = set.finish(ended.lease, of: &ended.call, .success, Progress(), now: now, using: &generator)
        }
    }

    func broken() -> String? {
        if let violation { return violation }
        if set.pool.capacities.figures.contains(where: { $0.inFlight < 0 }) { return "a process has fewer than no calls" }
        for replica in set.replicas {
            let mine = open.filter { $0.lease.serial == replica.serial }.count
            if replica.load.inFlight != mine { return "\(replica.description.id) has \(mine) calls and counts \(replica.load.inFlight)" }
        }
        let connected = set.replicas.filter { $0.isConnected && $0.major == set.pool.servingMajor }
        let leftOut = connected.filter {
            $0.pausedUntil <= now && $0.exclusion(for: Call(.unary, idempotent: true), major: set.pool.servingMajor, panic: set.pool.panic, now: now) == .ejected
        }
        if 2 * leftOut.count > connected.count { return "\(leftOut.count) of \(connected.count) are left out" }
        let allowed = limits.retryBurst + limits.retryShare * Double(calls) + limits.retriesPerSecond * at(0).duration(to: now).seconds
        if Double(retries) > allowed + 1e-6 { return "\(retries) retries, \(allowed) allowed" }
        if Set(waiters) != Set(set.waiters.map(\.id)) { return "waiters are lost" }
        if set.waiters.count > limits.waitersPerPlugin { return "too many waiters" }
        if !set.waiters.isEmpty, set.waiters.contains(where: { $0.until < set.due }) { return "a waiter will not be woken" }
        for replica in set.replicas where replica.isReady {
            if case .ejected(let until) = replica.standing.phase, until < set.due { return "an ejected replica will not be probed" }
        }
        return nil
    }
}
