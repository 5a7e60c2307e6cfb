import HectorPlugins
import Testing

@Suite struct RestartPolicyTests {
    private let settings = RestartPolicy.Settings()

    private func longest(_ range: ClosedRange<Double>) -> Double { range.upperBound }

    @Test func delaysDoubleUpToTheLongest() {
        var settings = settings
        settings.restarts = 8
        var policy = RestartPolicy(settings)
        let delays = (0..<7).map { policy.failed(at: .seconds($0), afterServing: nil, random: longest) }
        #expect(delays == [1, 2, 4, 8, 16, 30, 30].map { .restart(after: .seconds($0)) })
    }

    @Test func chanceShortensADelay() {
        var policy = RestartPolicy(settings)
        #expect(policy.failed(at: .zero, afterServing: nil, random: { _ in 0.85 }) == .restart(after: .milliseconds(850)))
    }

    @Test func givesUpWithinTheWindowOnly() {
        var policy = RestartPolicy(settings)
        for second in 0..<5 {
            guard case .restart = policy.failed(at: .seconds(second), afterServing: nil, random: longest) else {
                Issue.record("gave up at failure \(second + 1)")
                return
            }
        }
        var patient = policy
        #expect(policy.failed(at: .seconds(6), afterServing: nil, random: longest) == .giveUp(failures: 6, rest: .seconds(300)))
        // The first of the five has left the window by then.
        #expect(patient.failed(at: .seconds(600), afterServing: nil, random: longest) == .restart(after: .seconds(30)))
    }

    /// A hang is noticed after two and a half minutes: five would never fall into the window.
    @Test func aPluginThatHangsEveryTimeIsGivenUp() {
        var policy = RestartPolicy(settings)
        let hung = Duration.seconds(150)
        let decisions = (1...6).map { policy.failed(at: .seconds($0 * 160), afterServing: hung, hung: hung, random: longest) }
        #expect(decisions == [1, 2, 4, 8, 16].map { .restart(after: .seconds($0)) } + [.giveUp(failures: 6, rest: .seconds(300))])
    }

    @Test func aPluginThatHangsNowAndThenIsNot() {
        var policy = RestartPolicy(settings)
        let hung = Duration.seconds(150)
        for run in 1...20 {
            // It served for two minutes before.
            let decision = policy.failed(at: .seconds(run * 271), afterServing: hung + .seconds(120), hung: hung, random: longest)
            #expect(decision == .restart(after: .seconds(1)), "\(run)")
        }
    }

    @Test func aStableRunStartsOver() {
        var policy = RestartPolicy(settings)
        _ = policy.failed(at: .zero, afterServing: nil, random: longest)
        #expect(policy.failed(at: .seconds(1), afterServing: .seconds(59), random: longest) == .restart(after: .seconds(2)))
        #expect(policy.failed(at: .seconds(70), afterServing: .seconds(60), random: longest) == .restart(after: .seconds(1)))
    }

    /// There is no "never": one that was given up is tried rarely, and is like any other again once it has served for a while.
    @Test func aPluginThatWasGivenUpIsTriedRarely() {
        var policy = RestartPolicy(settings)
        for second in 0..<6 { _ = policy.failed(at: .seconds(second), afterServing: nil, random: longest) }
        let rest = RestartPolicy.Decision.giveUp(failures: 6, rest: .seconds(300))
        #expect((1...4).map { policy.failed(at: .seconds($0 * 300), afterServing: nil, random: longest) } == Array(repeating: rest, count: 4))
        #expect(policy.failed(at: .seconds(1_500), afterServing: .seconds(59), random: longest) == rest)
        #expect(policy.failed(at: .seconds(2_000), afterServing: .seconds(60), random: longest) == .restart(after: .seconds(1)))
        #expect(policy.failed(at: .seconds(2_002), afterServing: nil, random: longest) == .restart(after: .seconds(2)))
    }

    @Test func whatHindersItIsNotCounted() {
        var policy = RestartPolicy(settings)
        let delays = (0..<100).map { _ in policy.hindered(afterServing: false, random: longest) }
        #expect(Array(delays[..<7]) == [1, 2, 4, 8, 16, 30, 30].map { Duration.seconds($0) })
        #expect(policy.isHindered)
        #expect(policy.failed(at: .zero, afterServing: nil, random: longest) == .restart(after: .seconds(1)))
        #expect(policy.hindered(afterServing: true, random: longest) == .seconds(1))
        #expect(!policy.isHindered)
    }
}
