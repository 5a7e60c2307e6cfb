import HectorCore
import Testing

@testable import HectorPlugins

/// How plugins are moved from how they run to how they should run, with values only.
@Suite struct FleetStateTests {
    private let key = PluginKey(.llm, "p")

    private func plugin(_ config: String = "1", replicas: Int = 1, _ upgrade: UpgradeMode = .beside, name: String = "p") -> DesiredPlugin {
        var specification = PluginSpecification(key: PluginKey(.llm, name), executable: "/bin/true", config: ["v": config], replicas: replicas)
        specification.upgrade = upgrade
        return DesiredPlugin(specification, binary: FileStamp("/nowhere"))
    }

    /// A fleet, with a clock.
    private struct Rig {
        var fleet = FleetState()
        var now = Instant()
        var elsewhere = FleetState.Elsewhere.none

        mutating func apply(_ wanted: [DesiredPlugin]) -> [FleetState.Action] {
            let actions = fleet.apply(wanted, now: now)
            return (actions + advance()).filter { !$0.isTelling }
        }

        mutating func advance(_ time: Duration = .zero) -> [FleetState.Action] {
            now = now.advanced(by: time)
            return fleet.advance(now: now) { _ in elsewhere }.filter { !$0.isTelling }
        }

        mutating func report(_ process: Int, _ condition: FleetState.Condition) -> [FleetState.Action] {
            fleet.reported(process, condition, now: now)
            return advance()
        }

        mutating func end(_ process: Int) -> [FleetState.Action] {
            (fleet.ended(process, now: now) + advance()).filter { !$0.isTelling }
        }

        var shown: [String: Int] { fleet.shown.mapValues(\.process) }
    }

    private func serving(_ plugins: [DesiredPlugin]) -> Rig {
        var rig = Rig()
        _ = rig.apply(plugins)
        for process in rig.shown.values { _ = rig.report(process, .ready) }
        return rig
    }

    @Test func `The first state starts everything, and shows it while it starts`() {
        var rig = Rig()
        let wanted = plugin(replicas: 2)
        #expect(rig.apply([wanted]) == [
            .start(1, slot: "p-1", wanted), .show(1, slot: "p-1"), .start(2, slot: "p-2", wanted), .show(2, slot: "p-2"),
        ])
        #expect(!rig.fleet.isSettled)
        #expect(rig.report(1, .ready) == [] && rig.report(2, .failed(reason: "no")) == [])
        #expect(rig.fleet.isSettled)
        #expect(rig.apply([wanted]) == [])
    }

    @Test func `What is not wanted any more is retired, and then forgotten`() {
        var rig = serving([plugin(replicas: 2)])
        #expect(rig.apply([plugin(replicas: 1)]) == [.retire(2)])
        #expect(!rig.fleet.isSettled)
        #expect(rig.end(2) == [.forget(slot: "p-2")])
        #expect(rig.fleet.isSettled && rig.shown == ["p-1": 1])
    }

    @Test func `What is wanted again while it goes does not wait for the end of the old process`() {
        var rig = serving([plugin()])
        #expect(rig.apply([]) == [.retire(1)])
        #expect(rig.apply([plugin()]) == [.start(2, slot: "p-1", plugin()), .show(2, slot: "p-1")])
        #expect(rig.end(1) == [] && rig.shown == ["p-1": 2])
    }

    @Test func `A new process takes over when it has been ready for a while, and the old one goes when that went well`() {
        var rig = serving([plugin()])
        let next = plugin("2")
        #expect(rig.apply([next]) == [.start(2, slot: "p-1", next)])
        #expect(rig.report(2, .ready) == [])
        #expect(rig.advance(.milliseconds(1_999)) == [])
        #expect(rig.advance(.milliseconds(1)) == [.show(2, slot: "p-1")])
        #expect(rig.fleet.isSettled && rig.fleet.isWaiting)
        #expect(rig.advance(.milliseconds(4_999)) == [])
        #expect(rig.advance(.milliseconds(1)) == [.retire(1)])
        #expect(rig.end(1) == [] && !rig.fleet.isWaiting && rig.shown == ["p-1": 2])
        #expect(rig.apply([next]) == [])
    }

    @Test(arguments: [FleetState.Condition.failed(reason: "it exited"), .failed(reason: "it hangs")])
    func `A new process that fails is given up, and the old one goes on`(_ condition: FleetState.Condition) throws {
        var rig = serving([plugin()])
        _ = rig.apply([plugin("2")])
        #expect(rig.report(2, condition) == [.stop(2)])
        #expect(rig.shown == ["p-1": 1] && rig.fleet.isSettled)
        #expect(try #require(rig.fleet.conditions.first).text.contains("given up"))
        // Nothing more is tried by itself; whoever asks again gets another attempt.
        #expect(rig.advance(.seconds(3_600)) == [] && rig.end(2) == [])
        #expect(rig.apply([plugin("2")]) == [.start(3, slot: "p-1", plugin("2"))])
        #expect(rig.fleet.conditions == [])
    }

    @Test func `One that says for too long that it cannot serve is given up`() {
        var rig = serving([plugin()])
        _ = rig.apply([plugin("2")])
        #expect(rig.report(2, .unhealthy(reason: "no disk")) == [])
        #expect(rig.advance(.seconds(329)) == [])
        #expect(rig.advance(.seconds(1)) == [.stop(2)])
        #expect(rig.fleet.conditions.first?.text.contains("no disk") == true && rig.shown == ["p-1": 1])
    }

    @Test(arguments: [FleetState.Condition.failed(reason: "it exited"), .unhealthy(reason: "no")])
    func `Where the new one fails soon after it took over, the old one takes over again`(_ condition: FleetState.Condition) {
        var rig = serving([plugin()])
        _ = rig.apply([plugin("2")])
        _ = rig.report(2, .ready)
        #expect(rig.advance(.seconds(2)) == [.show(2, slot: "p-1")])
        _ = rig.advance(.seconds(4))
        #expect(rig.report(2, condition) == [.show(1, slot: "p-1"), .stop(2)])
        #expect(rig.fleet.conditions.count == 1 && rig.advance(.seconds(60)) == [] && rig.shown == ["p-1": 1])
    }

    @Test func `A configuration that comes back ends an upgrade under way`() {
        var rig = serving([plugin()])
        _ = rig.apply([plugin("2")])
        #expect(rig.apply([plugin()]) == [.stop(2)])
        #expect(rig.fleet.isSettled && rig.shown == ["p-1": 1])
        // And a third one takes the place of the second.
        _ = rig.apply([plugin("2")])
        #expect(rig.apply([plugin("3")]) == [.stop(3), .start(4, slot: "p-1", plugin("3"))])
    }

    @Test func `What does not serve is replaced at once`() {
        var rig = serving([plugin()])
        _ = rig.report(1, .failed(reason: "it exited"))
        #expect(rig.apply([plugin("2")]) == [.stop(1), .start(2, slot: "p-1", plugin("2")), .show(2, slot: "p-1")])
    }

    @Test func `In turn, one replica stops while the other one serves`() {
        var rig = serving([plugin(replicas: 2, .inTurn)])
        let next = plugin("2", replicas: 2, .inTurn)
        #expect(rig.apply([next]) == [.retire(1)])
        #expect(rig.advance(.seconds(60)) == [])
        #expect(rig.end(1) == [.start(3, slot: "p-1", next), .show(3, slot: "p-1")])
        #expect(rig.report(3, .ready) == [])
        #expect(rig.advance(.seconds(2)) == [.retire(2)])
        #expect(rig.end(2) == [.start(4, slot: "p-2", next), .show(4, slot: "p-2")])
        #expect(rig.report(4, .ready) == [] && rig.advance(.seconds(2)) == [] && rig.fleet.isSettled)
    }

    @Test func `In turn, a replica of another machine is waited for, where there is one`() {
        var rig = serving([plugin("1", .inTurn)])
        rig.elsewhere = .notReady
        #expect(rig.apply([plugin("2", .inTurn)]) == [] && !rig.fleet.isSettled)
        rig.elsewhere = .ready
        #expect(rig.advance() == [.retire(1)])
        var alone = serving([plugin("1", .inTurn)])
        #expect(alone.apply([plugin("2", .inTurn)]) == [.retire(1)])
    }

    @Test func `In turn, a new process that fails gives its place back, and the others keep theirs`() {
        let old = plugin(replicas: 2, .inTurn)
        var rig = serving([old])
        _ = rig.apply([plugin("2", replicas: 2, .inTurn)])
        _ = rig.end(1)
        #expect(rig.report(3, .failed(reason: "it exited")) == [.stop(3)])
        #expect(rig.end(3) == [.start(4, slot: "p-1", old), .show(4, slot: "p-1")])
        #expect(rig.report(4, .ready) == [] && rig.advance(.seconds(60)) == [])
        #expect(rig.fleet.conditions.count == 2 && rig.fleet.isSettled)
    }

    @Test func `What decides only how replicas are counted and replaced starts nothing anew`() {
        var rig = serving([plugin()])
        let more = plugin(replicas: 2, .inTurn)
        #expect(rig.apply([more]) == [.start(2, slot: "p-2", more), .show(2, slot: "p-2")])
        #expect(plugin().changes(to: more) == ["replicas 1 → 2", "upgrade"])
        #expect(plugin().changes(to: plugin("2")) == ["config"])
    }

    /// Whatever is asked and whatever happens, what is left in the end is what was asked last.
    @Test func `Changes at random end in what was wanted last`() {
        var chance = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            var rig = Rig()
            var running: Set<Int> = []
            var wanted: [DesiredPlugin] = []
            func take(_ actions: [FleetState.Action]) {
                for action in actions {
                    if case .start(let process, _, _) = action { running.insert(process) }
                    if case .retire(let process) = action { ending.insert(process) }
                    if case .stop(let process) = action { ending.insert(process) }
                }
            }
            var ending: Set<Int> = []
            for step in 0..<60 {
                if step < 40, Int.random(in: 0..<3, using: &chance) == 0 {
                    wanted = ["p", "q"].filter { _ in Bool.random(using: &chance) }.map { name in
                        plugin(
                            "\(Int.random(in: 0..<3, using: &chance))", replicas: Int.random(in: 1...3, using: &chance),
                            Bool.random(using: &chance) ? .beside : .inTurn, name: name)
                    }
                    take(rig.apply(wanted))
                }
                for process in running.sorted() where Bool.random(using: &chance) || step >= 40 {
                    if ending.contains(process) {
                        running.remove(process)
                        take(rig.end(process))
                    } else {
                        take(rig.report(process, .ready))
                    }
                }
                take(rig.advance(.seconds(3)))
            }
            let expected = Dictionary(uniqueKeysWithValues: wanted.flatMap { plugin in plugin.specification.replicaIDs.map { ($0, plugin) } })
            #expect(rig.fleet.shown.mapValues(\.plugin) == expected && rig.fleet.isSettled && !rig.fleet.isWaiting)
            #expect(running == Set(rig.shown.values))
        }
    }
}

extension FleetState.Action {
    fileprivate var isTelling: Bool { if case .tell = self { true } else { false } }
}

private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
