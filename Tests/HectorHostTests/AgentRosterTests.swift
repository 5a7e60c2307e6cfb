import HectorMesh
import HectorRPC
import Testing

@testable import HectorHost

@Suite struct AgentRosterTests {
    private var now = Instant()
    private var roster = AgentRoster(limits: limits())

    private static func limits(agents: Int = 4, replacements: Int = 2) -> AgentRoster.Limits {
        var limits = AgentRoster.Limits()
        (limits.agents, limits.replacements) = (agents, replacements)
        return limits
    }

    private static func agents(_ ids: String..., announced: Bool = true) -> [AgentRoster.Sighting] {
        ids.map { AgentRoster.Sighting(id: $0, endpoints: [.tcp(host: "10.0.0.1", port: 7443)], isAnnounced: announced) }
    }

    private static let written = AgentRoster.Sighting(id: nil, endpoints: [.tcp(host: "gpu.example.org", port: 7443)])

    /// Keys of the agents that are started and stopped.
    private mutating func take(_ sightings: [AgentRoster.Sighting], after pause: Duration = .zero) -> (on: [String], off: [String]) {
        now = now.advanced(by: pause)
        let changes = roster.take(sightings, now: now)
        return (
            changes.compactMap { if case .start(let agent) = $0 { agent.key } else { nil } },
            changes.compactMap { if case .stop(let key) = $0 { key } else { nil } }.sorted()
        )
    }

    @Test mutating func `An agent is started once, and told of news`() {
        #expect(take(Self.agents("a")).on == ["a"])
        let moved = AgentRoster.Sighting(id: "a", endpoints: [.tcp(host: "10.0.0.9", port: 1)])
        #expect(roster.take([moved], now: now) == [.update(moved)])
    }

    @Test mutating func `A stranger is forgotten a minute after its record is gone, a member after an hour`() {
        _ = take(Self.agents("stranger", "member"))
        roster.connected("member")
        roster.disconnected("member", now: now)
        roster.disconnected("stranger", now: now)
        let gone = Self.agents("stranger", "member", announced: false)
        #expect(take(gone, after: .seconds(59)).off == [])
        #expect(take(gone, after: .seconds(1)).off == ["stranger"])
        // It is still in the source's memory, and not started for that.
        #expect(take(gone, after: .seconds(3539)) == ([], []))
        #expect(take(gone, after: .seconds(1)).off == ["member"])
        #expect(take(Self.agents("stranger", "member")).on == ["stranger", "member"])
    }

    @Test mutating func `An agent that its source forgot is unannounced, too`() {
        _ = take(Self.agents("a"))
        #expect(take([], after: .seconds(60)).off == ["a"])
    }

    @Test mutating func `Neither who is connected nor who is announced nor a static address is forgotten`() {
        _ = take(Self.agents("connected", "announced") + [Self.written])
        roster.connected("connected")
        roster.disconnected("announced", now: now)
        roster.disconnected(Self.written.key, now: now)
        #expect(take(Self.agents("announced"), after: .seconds(100_000)) == ([], []))
        // Its hour begins with the end of its connection.
        roster.disconnected("connected", now: now)
        #expect(take(Self.agents("announced"), after: .seconds(3599)) == ([], []))
        #expect(take(Self.agents("announced"), after: .seconds(1)).off == ["connected"])
    }

    @Test mutating func `Without room a newcomer takes the place of strangers: first those gone, then those that failed`() {
        _ = take(Self.agents("member", "failing", "fresh", "gone"))
        roster.connected("member")
        roster.disconnected("member", now: now)
        for _ in 0..<3 { roster.disconnected("failing", now: now) }
        let known = Self.agents("member", "failing", "fresh")
        #expect(take(known + Self.agents("n1")) == (["n1"], ["gone"]))
        #expect(take(known + Self.agents("n1", "n2")) == (["n2"], ["failing"]))
    }

    @Test mutating func `A member that is gone gives way only after every stranger that failed`() {
        _ = take(Self.agents("member", "s1", "s2", "s3"))
        roster.connected("member")
        roster.disconnected("member", now: now)
        // Nobody may be taken out: the strangers are yet to be tried.
        let strangers = Self.agents("s1", "s2", "s3")
        #expect(take(strangers + Self.agents("n1")) == (["n1"], ["member"]))
        #expect(take(strangers + Self.agents("n1", "n2")) == ([], []))
        roster.disconnected("s2", now: now)
        #expect(take(strangers + Self.agents("n1", "n2")) == (["n2"], ["s2"]))
    }

    @Test mutating func `Few strangers are replaced in one turn`() {
        _ = take(Self.agents("s1", "s2", "s3", "s4"))
        for id in ["s1", "s2", "s3", "s4"] { roster.disconnected(id, now: now) }
        let all = Self.agents("s1", "s2", "s3", "s4", "n1", "n2", "n3", "n4")
        #expect(take(all).on.count == 2)
        #expect(take(all, after: .seconds(9)).on == [])
        #expect(take(all, after: .seconds(1)).on.count == 2)
    }

    /// False agents, announced at will, against one true one.
    @Test func `A network full of strangers keeps no member out`() {
        for seed in 0..<20 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var roster = AgentRoster(limits: Self.limits(agents: 8, replacements: 4))
            var now = Instant()
            var dialled: Set<String> = []
            let strangers = (0..<30).map { "s\($0)" }
            func sightings(_ ids: [String]) -> [AgentRoster.Sighting] {
                ids.map { AgentRoster.Sighting(id: $0, endpoints: [.tcp(host: "10.0.0.1", port: 1)]) }
            }
            for turn in 0..<60 {
                let seen = turn < 3 ? strangers : (strangers + ["member"]).shuffled(using: &generator)
                for change in roster.take(sightings(seen), now: now) {
                    switch change {
                    case .start(let agent): dialled.insert(agent.key)
                    case .stop(let key): dialled.remove(key)
                    case .update: break
                    }
                }
                #expect(dialled.count <= 8, "seed \(seed)")
                for key in dialled.sorted() where key != "member" { roster.disconnected(key, now: now) }
                if dialled.contains("member") { roster.connected("member") }
                now = now.advanced(by: .seconds(10))
            }
            #expect(dialled.contains("member"), "seed \(seed)")
        }
    }
}
