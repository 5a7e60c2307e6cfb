import HectorCore
import HectorDiscovery
import HectorMesh
import Testing

@testable import HectorMembership

@Suite struct PathRosterTests {
    private var now = Instant()
    private var roster = PathRoster(limits: limits())

    private static func limits(nodes: Int = 4, replacements: Int = 2) -> PathRoster.Limits {
        var limits = PathRoster.Limits()
        (limits.paths, limits.replacements) = (nodes, replacements)
        return limits
    }

    private typealias Sightings = [(key: PathKey, lifetime: NodeSighting.Lifetime)]

    private static func nodes(_ keys: String..., announced: Bool = true) -> Sightings {
        keys.map { ($0, announced ? .announced : .withdrawn) }
    }

    private static let written: Sightings = [("gpu.example.org:7443", .permanent)]

    /// Keys of the paths that are started and stopped.
    private mutating func take(_ sightings: Sightings, after pause: Duration = .zero) -> (on: [String], off: [String]) {
        now = now.advanced(by: pause)
        let changes = roster.take(sightings, now: now)
        return (
            changes.compactMap { if case .start(let key) = $0 { key } else { nil } },
            changes.compactMap { if case .stop(let key) = $0 { key } else { nil } }.sorted()
        )
    }

    @Test mutating func `A path is started once`() {
        #expect(take(Self.nodes("a")) == (["a"], []))
        #expect(take(Self.nodes("a")) == ([], []))
    }

    @Test mutating func `What a person wrote and took away is stopped at once, unless it is connected`() {
        _ = take(Self.written)
        #expect(take([]) == ([], ["gpu.example.org:7443"]))
        _ = take(Self.written)
        roster.connected("gpu.example.org:7443")
        #expect(take([], after: .seconds(100_000)) == ([], []))
        roster.disconnected("gpu.example.org:7443", now: now)
        #expect(take([]) == ([], ["gpu.example.org:7443"]))
    }

    @Test mutating func `An answer counts until its end, whether its source goes on telling of it or not`() {
        let end = now.advanced(by: .seconds(120))
        _ = take([("a", .until(end)), ("b", .until(end)), ("c", .until(end))])
        roster.connected("c")
        #expect(take([("a", .until(end))], after: .seconds(119)) == ([], []))
        #expect(take([("a", .until(end.advanced(by: .seconds(120))))], after: .seconds(1)) == ([], ["b"]), "a was told anew, c is connected")
        roster.disconnected("c", now: now)
        #expect(take([("a", .until(end))], after: .seconds(1)) == ([], ["a", "c"]))
    }

    @Test mutating func `A stranger is forgotten a minute after its record is gone, a member after an hour`() {
        _ = take(Self.nodes("stranger", "member"))
        roster.connected("member")
        roster.disconnected("member", now: now)
        roster.disconnected("stranger", now: now)
        let gone = Self.nodes("stranger", "member", announced: false)
        #expect(take(gone, after: .seconds(59)).off == [])
        #expect(take(gone, after: .seconds(1)).off == ["stranger"])
        // It is still in the source's memory, and not started for that.
        #expect(take(gone, after: .seconds(3539)) == ([], []))
        #expect(take(gone, after: .seconds(1)).off == ["member"])
        #expect(take(Self.nodes("stranger", "member")).on == ["stranger", "member"])
    }

    @Test mutating func `A node that its source forgot is unannounced, too`() {
        _ = take(Self.nodes("a"))
        #expect(take([], after: .seconds(60)).off == ["a"])
    }

    @Test mutating func `Neither who is connected nor who is announced nor a static address is forgotten`() {
        _ = take(Self.nodes("connected", "announced") + Self.written)
        roster.connected("connected")
        roster.disconnected("announced", now: now)
        roster.disconnected("gpu.example.org:7443", now: now)
        #expect(take(Self.nodes("announced") + Self.written, after: .seconds(100_000)) == ([], []))
        // Its hour begins with the end of its connection.
        roster.disconnected("connected", now: now)
        #expect(take(Self.nodes("announced") + Self.written, after: .seconds(3599)) == ([], []))
        #expect(take(Self.nodes("announced") + Self.written, after: .seconds(1)).off == ["connected"])
    }

    @Test mutating func `Without room a newcomer takes the place of strangers: first those gone, then those that failed`() {
        _ = take(Self.nodes("member", "failing", "fresh", "gone"))
        roster.connected("member")
        roster.disconnected("member", now: now)
        for _ in 0..<3 { roster.disconnected("failing", now: now) }
        let known = Self.nodes("member", "failing", "fresh")
        #expect(take(known + Self.nodes("n1")) == (["n1"], ["gone"]))
        #expect(take(known + Self.nodes("n1", "n2")) == (["n2"], ["failing"]))
    }

    @Test mutating func `A member that is gone gives way only after every stranger that failed`() {
        _ = take(Self.nodes("member", "s1", "s2", "s3"))
        roster.connected("member")
        roster.disconnected("member", now: now)
        // Nobody may be taken out: the strangers are yet to be tried.
        let strangers = Self.nodes("s1", "s2", "s3")
        #expect(take(strangers + Self.nodes("n1")) == (["n1"], ["member"]))
        #expect(take(strangers + Self.nodes("n1", "n2")) == ([], []))
        roster.disconnected("s2", now: now)
        #expect(take(strangers + Self.nodes("n1", "n2")) == (["n2"], ["s2"]))
    }

    @Test mutating func `Few strangers are replaced in one turn`() {
        _ = take(Self.nodes("s1", "s2", "s3", "s4"))
        for id in ["s1", "s2", "s3", "s4"] { roster.disconnected(id, now: now) }
        let all = Self.nodes("s1", "s2", "s3", "s4", "n1", "n2", "n3", "n4")
        #expect(take(all).on.count == 2)
        #expect(take(all, after: .seconds(9)).on == [])
        #expect(take(all, after: .seconds(1)).on.count == 2)
    }

    /// False nodes, announced at will, against one true one.
    @Test func `A network full of strangers keeps no member out`() {
        for seed in 0..<20 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var roster = PathRoster(limits: Self.limits(nodes: 8, replacements: 4))
            var now = Instant()
            var dialled: Set<String> = []
            let strangers = (0..<30).map { "s\($0)" }
            func sightings(_ keys: [String]) -> [(key: PathKey, lifetime: NodeSighting.Lifetime)] { keys.map { ($0, .announced) } }
            for turn in 0..<60 {
                let seen = turn < 3 ? strangers : (strangers + ["member"]).shuffled(using: &generator)
                for change in roster.take(sightings(seen), now: now) {
                    switch change {
                    case .start(let key): dialled.insert(key)
                    case .stop(let key): dialled.remove(key)
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
