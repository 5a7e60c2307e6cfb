import HectorCore
import HectorLoad
import Testing

@testable import HectorMesh

/// What replicas report of their load, and the questions for it.
@Suite struct ReportedLoadTests {
    /// Calls take a tenth of a second on each replica, and as many hosts call them.
    private func rig(
        _ names: [String] = ["a", "b"], path: ReplicaStatus.Path = .local, hosts: Int? = 2, isForeign: Bool = false, seconds: Double = 0.1
    ) -> Rig {
        let rig = Rig(names)
        for name in names {
            var description = rig.set.replicas[rig.position(name)].description
            description.path = path
            description.hosts = hosts
            description.isForeign = isForeign
            _ = rig.set.take(PublishedReplica(description, .ready("to \(name)")), now: rig.now, using: &rig.generator)
            for _ in 0..<4 { rig.run(name, .success, seconds: seconds) }
        }
        _ = rig.set.takeLoadQuestions()
        return rig
    }

    private func call(_ rig: Rig) -> (Call, Lease)? {
        var call = Call(.unary, idempotent: true)
        return rig.admit(&call).map { (call, $0) }
    }

    private func report(_ inFlight: Int, of name: String, to rig: Rig, seconds: Double = 0.1) {
        guard var (call, lease) = call(rig) else { return }
        while lease.replica.replica != name {
            guard let next = rig.finish(lease, &call, .failure(.neverProcessed)) else { return }
            lease = next
        }
        rig.wait(seconds)
        var progress = Progress()
        progress.report = LoadReport(inFlight: inFlight)
        _ = rig.finish(lease, &call, .success, progress)
        _ = rig.set.takeLoadQuestions()
    }

    @Test func whatOthersSendCounts() {
        let rig = rig()
        report(3, of: "a", to: rig)
        #expect(rig.shares() == ["b": 1_000])
    }

    /// Two calls end at once, and their tasks are run in the other order.
    @Test func aReportThatCameBeforeAnotherSaysNothingAfterIt() throws {
        let rig = rig(["a"])
        var (first, second) = (try #require(call(rig)), try #require(call(rig)))
        rig.wait(0.1)
        let (earlier, later) = (rig.now, rig.now.advanced(by: .microseconds(20)))
        rig.wait(0.001)
        var progress = Progress()
        progress.report = LoadReport(inFlight: 0)
        progress.reportedAt = later
        _ = rig.finish(second.1, &second.0, .success, progress)
        progress.report = LoadReport(inFlight: 1, slots: 9)
        progress.reportedAt = earlier
        _ = rig.finish(first.1, &first.0, .success, progress)
        #expect(rig.set.replicas[0].load.occupancy.others == 0)
        #expect(rig.set.statuses(now: rig.now).map(\.load) == [ReplicaStatus.Load(calls: 0, queued: nil, age: later.duration(to: rig.now))])
    }

    /// The task that asked may run when a call has long brought a later report.
    @Test func anAnswerThatCameBeforeAReportSaysNothingAfterIt() throws {
        let rig = rig()
        _ = call(rig)
        let question = try #require(rig.set.takeLoadQuestions().first)
        let name = question.replica.replica
        rig.wait(0.001)
        rig.set.heard(LoadReport(inFlight: 0), to: question, now: rig.now)
        let later = rig.now
        let asked = rig.set.replicas[rig.position(name)].answerTime
        rig.wait(0.001)
        rig.set.heard(LoadReport(inFlight: 9), to: question, at: later.advanced(by: .microseconds(-500)), now: rig.now)
        #expect(rig.set.replicas[rig.position(name)].load.occupancy.others == 0)
        #expect(asked == .milliseconds(1) && rig.set.replicas[rig.position(name)].answerTime == .microseconds(500), "when it came, not when its task ran")
    }

    @Test func aReportIsNeverLessThanOurOwnCalls() {
        let rig = rig(["a"])
        guard let (sent, lease) = call(rig), call(rig) != nil else { Issue.record("no lease"); return }
        var first = sent
        var progress = Progress()
        progress.report = LoadReport(inFlight: 0)
        _ = rig.finish(lease, &first, .success, progress)
        #expect(rig.set.replicas[0].load.occupancy.others == 0)
        #expect(rig.set.statuses(now: rig.now).map(\.inFlight) == [1])
    }

    @Test func withACallAnotherReplicaIsAsked() throws {
        let rig = rig()
        let lease = try #require(call(rig)?.1)
        let questions = rig.set.takeLoadQuestions()
        #expect(questions.count == 1 && questions.first?.replica != lease.replica)
        _ = call(rig)
        #expect(rig.set.takeLoadQuestions().allSatisfy { $0.replica != questions.first?.replica }, "one question at a time")
    }

    @Test(arguments: [(nil, 0.1), (1, 0.1), (2, 0.001)] as [(Int?, Double)])
    func nobodyIsAskedWhereThatIsNoNewsOrCostsTooMuch(_ hosts: Int?, seconds: Double) {
        let rig = rig(hosts: hosts, seconds: seconds)
        _ = call(rig)
        #expect(rig.set.takeLoadQuestions().isEmpty)
    }

    /// Nobody tells which other hosts call it. Its health call brings its load where its other responses do.
    @Test func aForeignServerIsAskedOnceItHasToldItsLoad() throws {
        let rig = rig(path: .lan, hosts: nil, isForeign: true)
        _ = call(rig)
        #expect(rig.set.takeLoadQuestions().isEmpty)
        for index in rig.set.replicas.indices { rig.set.pool.heard(LoadReport(inFlight: 1), from: index, at: rig.now, now: rig.now) }
        let lease = try #require(call(rig)?.1)
        let questions = rig.set.takeLoadQuestions()
        #expect(questions.count == 1 && questions.first?.replica != lease.replica)
        // Another process may be another program.
        let name = try #require(questions.first).replica.replica
        let description = rig.set.replicas[rig.position(name)].description
        _ = rig.set.take(PublishedReplica(description, .ready("again")), now: rig.now, using: &rig.generator)
        #expect(!rig.set.replicas[rig.position(name)].isSharedByHosts)
    }

    /// Other hosts call what nodes have, and never a child of this one.
    @Test func callsOfOtherHostsAreNotExpectedAtAChildOfThisOne() {
        let rig = rig(["child", "far"], hosts: nil)
        var far = rig.set.replicas[rig.position("far")].description
        (far.path, far.hosts) = (.lan, 8)
        _ = rig.set.take(PublishedReplica(far, .ready("to far")), now: rig.now, using: &rig.generator)
        for _ in 0..<200 {
            rig.set.pool.heard(LoadReport(inFlight: 0), from: rig.position("child"), at: rig.now, now: rig.now)
            rig.set.pool.heard(LoadReport(inFlight: 7), from: rig.position("far"), at: rig.now, now: rig.now)
        }
        let measure = rig.set.pool.yardstick(.unary, now: rig.now)
        #expect(measure.hosts == 8, "what the child tells says nothing of it")
        let (child, shared) = (rig.set.replicas[rig.position("child")], rig.set.replicas[rig.position("far")])
        #expect(child.mostHosts == 1 && shared.mostHosts == 8)
        let load = Load(inFlight: 2)
        #expect(load.cost(measure, hosts: child.mostHosts) < load.cost(measure, hosts: shared.mostHosts) / 100)
    }

    @Test func aReplicaThatDoesNotAnswerYieldsUntilItDoes() throws {
        let rig = rig()
        _ = call(rig)
        let question = try #require(rig.set.takeLoadQuestions().first)
        let name = question.replica.replica
        rig.wait(0.2)
        #expect(rig.shares()[name] == nil)
        rig.set.heard(LoadReport(inFlight: 0), to: question, now: rig.now)
        #expect(rig.shares()[name] == 1_000, "the other one has a call")
        #expect(rig.set.replicas[rig.position(name)].answerTime == .milliseconds(200), "what the next answer may take, twice")
    }

    /// Otherwise one lost question excludes it for as long as its connection stands.
    @Test func aReplicaWhoseQuestionIsLostIsUsedAndAskedAgain() throws {
        let rig = rig()
        let (sent, lease) = try #require(call(rig))
        var first = sent
        let name = try #require(rig.set.takeLoadQuestions().first).replica.replica
        rig.wait(0.1)
        _ = rig.finish(lease, &first, .success)
        rig.wait(4.8)
        #expect(rig.shares()[name] == nil)
        rig.wait(0.2)
        #expect(rig.shares()[name] ?? 0 > 0)
        var asked: Set<String> = []
        for _ in 0..<20 {
            _ = call(rig)
            asked.formUnion(rig.set.takeLoadQuestions().map(\.replica.replica))
        }
        #expect(asked.contains(name))
    }

    @Test(arguments: [LoadReport(inFlight: 0), nil])
    func theAnswerToALostQuestionDoesNotAnswerTheNextOne(answer: LoadReport?) throws {
        let rig = rig()
        func ask() -> Probe? {
            for _ in 0..<20 {
                _ = call(rig)
                if let question = rig.set.takeLoadQuestions().first { return question }
            }
            return nil
        }
        let lost = try #require(ask())
        let name = lost.replica.replica
        rig.wait(5.1)
        var next = try #require(ask())
        while next.replica != lost.replica { next = try #require(ask()) }
        rig.set.heard(answer, to: lost, now: rig.now)
        #expect(rig.set.replicas[rig.position(name)].overdueFrom != Replica.never)
        rig.set.heard(LoadReport(inFlight: 0), to: next, now: rig.now)
        #expect(rig.set.replicas[rig.position(name)].overdueFrom == Replica.never)
    }

    /// A server may tell its load with each response, and not when it is asked. Were it the one to be asked again and again, others would not be.
    @Test func aReplicaThatTellsNothingWhenAskedKeepsNoOtherFromBeingAsked() {
        let rig = rig(["a", "b", "c"])
        for index in rig.set.replicas.indices { rig.set.pool.heard(LoadReport(inFlight: 0), from: index, at: rig.now, now: rig.now) }
        var asked: Set<String> = []
        for _ in 0..<40 {
            // All are quiet.
            rig.wait(2.5)
            guard let (sent, lease) = call(rig) else { Issue.record("no lease"); return }
            rig.wait(0.1)
            var ended = sent
            _ = rig.finish(lease, &ended, .success)
            for question in rig.set.takeLoadQuestions() {
                asked.insert(question.replica.replica)
                rig.set.heard(question.replica.replica == "a" ? nil : LoadReport(inFlight: 1), to: question, now: rig.now)
            }
        }
        #expect(asked == ["a", "b", "c"])
    }

    /// A child of this host, and a server that does not say who else calls it, are not asked.
    @Test(arguments: [ReplicaStatus.Path.local, .lan]) func aReplicaThatWasBusyOnceGetsAnotherCallSomeTime(_ path: ReplicaStatus.Path) {
        let rig = rig(path: path, hosts: nil)
        report(1_000_000, of: "a", to: rig)
        rig.wait(9)
        #expect(rig.shares()["a"] == nil)
        rig.wait(2)
        #expect(rig.shares()["a"] ?? 0 > 0)
    }

    /// A call that it answers shows that it is there, whatever became of the question.
    @Test func aReplicaThatAnswersACallIsNotSilentForAQuestion() throws {
        let rig = rig()
        let (sent, lease) = try #require(call(rig))
        let question = try #require(rig.set.takeLoadQuestions().first)
        rig.run(question.replica.replica, .success, seconds: 0.05)
        rig.wait(0.1)
        // The answer may have been under way when it froze.
        #expect(rig.shares()[question.replica.replica] == nil)
        rig.run(question.replica.replica, .success, seconds: 0.05)
        var ended = sent
        _ = rig.finish(lease, &ended, .success)
        #expect(rig.shares()[question.replica.replica] ?? 0 > 0)
    }

    /// It does not yield again and again, and others are asked in its place until it has been quiet.
    @Test func aReplicaThatAnswersNoQuestionYieldsOnce() throws {
        let rig = rig(["a", "b", "c"])
        _ = call(rig)
        let first = try #require(rig.set.takeLoadQuestions().first)
        rig.wait(1)
        rig.set.heard(nil, to: first, now: rig.now)
        var asked: Set<String> = []
        for _ in 0..<20 {
            _ = call(rig)
            asked.formUnion(rig.set.takeLoadQuestions().map(\.replica.replica))
        }
        #expect(asked == Set(["a", "b", "c"]).subtracting([first.replica.replica]))
        // It has been quiet since it last told something.
        for index in rig.set.replicas.indices { rig.set.pool.heard(LoadReport(inFlight: 0), from: index, at: rig.now, now: rig.now) }
        rig.wait(2.5)
        var second: Probe?
        for _ in 0..<20 where second == nil {
            rig.wait(1)
            _ = call(rig)
            second = rig.set.takeLoadQuestions().first { $0.replica == first.replica }
        }
        let again = try #require(second)
        rig.wait(0.2)
        let explanation = rig.set.explain(.unary, now: rig.now)
        #expect(explanation.candidates.contains { $0.replica == first.replica })
        rig.set.heard(LoadReport(inFlight: 0), to: again, now: rig.now)
        #expect(!rig.set.replicas[rig.position(first.replica.replica)].hidesLoad)
    }

    /// Otherwise a wrong report would count for a minute.
    @Test func aReportIsForgottenSoonerWhereTheNextOneWasAskedForInVain() throws {
        for isLost in [true, false] {
            let rig = rig()
            report(1_000_000, of: "a", to: rig)
            for index in rig.set.replicas.indices { rig.set.replicas[index].overdueFrom = Replica.never }
            rig.set.quietQuestion = rig.now
            rig.wait(2)
            _ = call(rig)
            let question = try #require(rig.set.takeLoadQuestions().first { $0.replica.replica == "a" })
            rig.wait(1)
            rig.set.heard(isLost ? nil : LoadReport(inFlight: 1_000_000), to: question, now: rig.now)
            rig.wait(5)
            #expect(rig.shares()["a"] == nil)
            rig.wait(5)
            #expect(rig.shares()["a"] == (isLost ? 1_000 : nil))
            // What its calls tell is as old until another one tells it.
            rig.set.pool.heard(LoadReport(inFlight: 1_000_000), from: rig.position("a"), at: rig.now, now: rig.now)
            rig.wait(11)
            #expect(rig.shares()["a"] == (isLost ? 1_000 : nil))
        }
    }

    /// Where calls are quick, nobody is asked, so that a report would never be replaced.
    @Test func aReportOfAQuickPluginIsForgottenAfterTenSeconds() {
        let rig = rig(seconds: 0.001)
        report(1_000_000, of: "a", to: rig, seconds: 0.001)
        rig.wait(9)
        #expect(rig.shares()["a"] == nil)
        rig.wait(2)
        #expect(rig.shares()["a"] ?? 0 > 0)
    }

    /// Where this host seldom calls each of many replicas, all hosts would take one for idle that they have not heard of for ten seconds.
    @Test func aReportOfOneOfManyThatAreSeldomCalledCountsForLonger() {
        let rig = rig((0..<60).map { "r\($0)" }, seconds: 0.001)
        for _ in 0..<100 {
            rig.wait(0.2)
            rig.run("r1", .success, seconds: 0.001)
        }
        rig.set.pool.heard(LoadReport(inFlight: 1_000_000), from: rig.position("r0"), at: rig.now, now: rig.now)
        rig.wait(50)
        #expect(rig.shares()["r0"] == nil)
        rig.wait(15)
        #expect(rig.shares()["r0"] ?? 0 > 0)
    }

    @Test func theAnswerOfAnotherConnectionCountsForNothing() throws {
        let rig = rig()
        _ = call(rig)
        let question = try #require(rig.set.takeLoadQuestions().first)
        _ = rig.ready(question.replica.replica, proven: true)
        rig.set.heard(LoadReport(inFlight: 9), to: question, now: rig.now)
        #expect(rig.set.replicas[rig.position(question.replica.replica)].load.occupancy.others == 0)
    }

    @Test func hostsThatMakeNoCallsDoNotCount() {
        var competition = Competition()
        competition.most = 8
        for _ in 0..<100 { competition.note(own: 2, all: 2) }
        #expect(competition.hosts == 1)
        for _ in 0..<100 { competition.note(own: 2, all: 8) }
        #expect(abs(competition.hosts - 4) < 0.1)
        for _ in 0..<100 { competition.note(own: 0, all: 8) }
        #expect(competition.hosts == 8)
    }

    /// A machine with room gets calls before one that is half as fast, and both get them when there is no room.
    @Test func aSlowMachineGetsNothingWhileAFastOneHasRoom() {
        let rig = Rig(["fast", "slow"])
        for _ in 0..<30 {
            rig.run("fast", .success, seconds: 0.1)
            rig.run("slow", .success, seconds: 0.5)
        }
        for name in ["fast", "slow"] {
            guard var (call, lease) = call(rig) else { Issue.record("no lease"); return }
            while lease.replica.replica != name, let next = rig.finish(lease, &call, .failure(.neverProcessed)) { lease = next }
            var progress = Progress()
            progress.report = LoadReport(inFlight: 0, slots: 4)
            rig.wait(name == "fast" ? 0.1 : 0.5)
            _ = rig.finish(lease, &call, .success, progress)
        }
        let picks = (0..<12).compactMap { _ in call(rig)?.1.replica.replica }
        #expect(picks.prefix(4) == ["fast", "fast", "fast", "fast"])
        #expect(picks.contains("slow"))
    }
}
