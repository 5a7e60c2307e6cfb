import HectorCore
import HectorProviders
import Testing

@testable import HectorAgents

@Suite struct SessionTableTests {
    let start = Instant()
    let key = SessionKey(agent: "a", session: "s")

    func turn(_ question: String, _ answer: String = "yes") -> [Message] {
        [Message(role: "user", content: question), Message(role: "assistant", content: answer)]
    }

    func limits(_ change: (inout AgentLimits) -> Void) -> AgentLimits {
        var limits = AgentLimits()
        change(&limits)
        return limits
    }

    @Test func remembersTurnsInOrder() {
        var store = SessionTable(limits: AgentLimits())
        #expect(store.history(of: key, at: start).isEmpty)
        store.append(turn("one"), to: key, at: start)
        store.append(turn("two"), to: key, at: start)
        #expect(store.history(of: key, at: start).map(\.content) == ["one", "yes", "two", "yes"])
        #expect(store.history(of: .init(agent: "a", session: "other"), at: start).isEmpty)
        #expect(store.history(of: .init(agent: "b", session: "s"), at: start).isEmpty)
    }

    @Test func forgetsWholeTurnsPastTheMessageBound() {
        var store = SessionTable(limits: limits { $0.sessionMessages = 5 })
        for question in ["one", "two", "three"] { store.append(turn(question), to: key, at: start) }
        #expect(store.history(of: key, at: start).map(\.content) == ["two", "yes", "three", "yes"])
    }

    @Test func forgetsPastTheByteBound() {
        var store = SessionTable(limits: limits { $0.sessionBytes = 1500 })
        store.append(turn("one"), to: key, at: start)
        store.append(turn("two", String(repeating: "x", count: 800)), to: key, at: start)
        #expect(store.history(of: key, at: start).first?.content == "two")
        store.append(turn("three", String(repeating: "x", count: 2000)), to: key, at: start)
        #expect(store.history(of: key, at: start).isEmpty)
    }

    @Test func `A call's id counts as its arguments do, and an empty call counts`() {
        var store = SessionTable(limits: limits { $0.sessionBytes = 10_000 })
        var (long, empty) = (Message(), Message())
        long.toolCalls = [ToolCall()]
        long.toolCalls[0].id = String(repeating: "x", count: 10_000)
        empty.toolCalls = Array(repeating: ToolCall(), count: 100)
        for message in [long, empty] {
            store.append([message], to: key, at: start)
            #expect(store.history(of: key, at: start).isEmpty)
        }
    }

    @Test func theSessionUnusedForLongestMakesRoom() {
        var store = SessionTable(limits: limits { $0.sessions = 2 })
        for name in ["one", "two"] { store.append(turn(name), to: .init(agent: "a", session: name), at: start) }
        _ = store.history(of: .init(agent: "a", session: "one"), at: start)
        store.append(turn("three"), to: .init(agent: "a", session: "three"), at: start)
        #expect(store.count == 2)
        #expect(store.history(of: .init(agent: "a", session: "two"), at: start).isEmpty)
        #expect(!store.history(of: .init(agent: "a", session: "one"), at: start).isEmpty)
    }

    @Test func `The owner of most sessions makes room, and shares none of them`() {
        var store = SessionTable(limits: limits { $0.sessions = 2 })
        for owner in ["bert", "anna", "anna"] {
            store.append(turn("of \(owner)"), to: .init(owner: owner, agent: "a", session: "s"), at: start)
        }
        store.append(turn("another"), to: .init(owner: "anna", agent: "a", session: "t"), at: start)
        #expect(store.history(of: .init(owner: "bert", agent: "a", session: "s"), at: start).first?.content == "of bert")
        #expect(store.history(of: .init(owner: "anna", agent: "a", session: "s"), at: start).isEmpty)
        #expect(store.history(of: .init(owner: "bert", agent: "a", session: "t"), at: start).isEmpty)
        #expect(store.history(of: .init(owner: "anna", agent: "a", session: "t"), at: start).first?.content == "another")
    }

    @Test func idleSessionsExpire() {
        var store = SessionTable(limits: limits { $0.sessionIdle = .seconds(60) })
        store.append(turn("one"), to: key, at: start)
        #expect(!store.history(of: key, at: start.advanced(by: .seconds(60))).isEmpty)
        #expect(!store.history(of: key, at: start.advanced(by: .seconds(119))).isEmpty)
        #expect(store.history(of: key, at: start.advanced(by: .seconds(180))).isEmpty)
        #expect(store.count == 0)
    }

    @Test func sessionsGoWithTheirAgents() {
        var store = SessionTable(limits: AgentLimits())
        store.append(turn("one"), to: key, at: start)
        store.append(turn("two"), to: .init(agent: "b", session: "s"), at: start)
        store.keep(agents: ["b"])
        #expect(store.count == 1)
        #expect(store.history(of: key, at: start).isEmpty)
    }
}
