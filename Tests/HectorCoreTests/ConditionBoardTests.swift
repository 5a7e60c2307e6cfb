import HectorCore
import Testing

/// Which conditions are shown, and what the log hears of them.
@Suite struct ConditionBoardTests {
    private var board = ConditionBoard()
    private var now = Instant()

    private func condition(_ kind: ConditionKind, _ subject: String, node: String? = nil) -> MeshCondition {
        MeshCondition(kind, subject, node: node, "\(kind) of \(subject)")
    }

    private mutating func take(_ conditions: MeshCondition..., after time: Duration = .zero) -> [ConditionBoard.Event] {
        now = now + time
        return board.take(conditions, now: now)
    }

    private var shown: [MeshCondition] { board.shown(now: now).map(\.condition) }

    @Test mutating func `It begins once, keeps its age, and ends once`() {
        let drained = condition(.labelShared, "a-1")
        #expect(take(drained) == [.began(drained)])
        #expect(take(drained, after: .seconds(5)).isEmpty)
        #expect(board.shown(now: now) == [ShownCondition(condition: drained, age: .seconds(5))])
        #expect(take() == [.ended(drained)])
        #expect(take().isEmpty && shown.isEmpty)
        #expect(take(drained) == [.began(drained)])
        #expect(board.shown(now: now).map(\.age) == [.zero])
    }

    @Test mutating func `What passes before it has settled is never shown`() {
        let settles = ConditionKind.descriptorsLow.entry.settles
        #expect(settles > .zero)
        let low = condition(.descriptorsLow, "here")
        #expect(take(low).isEmpty && take(low, after: settles - .milliseconds(1)).isEmpty && shown.isEmpty)
        #expect(take().isEmpty)
        #expect(take(low, after: settles).isEmpty, "it began anew")
        #expect(take(low, after: settles) == [.began(low)])
    }

    @Test mutating func `An effect hides behind its cause, of the same subject or of its node`() {
        let absent = condition(.nodeAbsent, "gpu")
        let failed = condition(.replicaGivenUp, "gpu/a-1", node: "gpu")
        let elsewhere = condition(.replicaGivenUp, "tpu/a-1", node: "tpu")
        #expect(take(failed, elsewhere) == [.began(failed), .began(elsewhere)])
        #expect(take(failed, elsewhere, absent) == [.began(absent)])
        #expect(shown == [elsewhere, absent])
        #expect(take(failed, elsewhere).contains(.ended(absent)))
        #expect(shown == [failed, elsewhere], "and does not begin once more")
        #expect(take(failed, elsewhere, absent) == [.began(absent)])
        #expect(take(elsewhere, absent) == [.ended(failed)], "its end is told behind its cause, too")
        #expect(take(condition(.nodeSilent, "gpu"), elsewhere, absent).isEmpty)
    }

    @Test mutating func `The text may change while it lasts`() {
        let before = MeshCondition(.stateNotKept, "state", "read-only")
        let after = MeshCondition(.stateNotKept, "state", "full")
        #expect(take(before) == [.began(before)])
        #expect(take(after).isEmpty)
        #expect(shown == [after])
    }

    @Test mutating func `The worst come first, and there is room for a number of them`() {
        var limits = ConditionBoard.Limits()
        limits.conditions = 3
        board = ConditionBoard(limits: limits)
        let (note, warning, error) = (condition(.labelShared, "z"), condition(.kindDiffers, "y"), condition(.identityTwice, "x"))
        _ = take(note, warning, condition(.kindDiffers, "b"), error, error)
        #expect(shown == [error, condition(.kindDiffers, "b"), warning])
        #expect(board.untold == 1)
        _ = take(note)
        #expect(shown == [note] && board.untold == 0)
    }

    @Test func `The catalogue is whole`() {
        for kind in ConditionKind.allCases {
            let entry = kind.entry
            #expect(kind.rawValue.allSatisfy { $0.isASCII && ($0.isLowercase || $0 == "_") })
            for text in [entry.meaning, entry.advice] { #expect(text.hasSuffix(".") && !text.contains("|"), "\(kind)") }
            #expect(!entry.title.isEmpty && !entry.title.hasSuffix("."), "\(kind)")
            #expect(!entry.causes.contains(kind), "\(kind)")
            #expect(entry.settles <= .seconds(60), "\(kind)")
            for cause in entry.causes { #expect(!cause.entry.causes.contains(kind), "\(kind) and \(cause) would hide each other") }
        }
        #expect(Set(ConditionKind.allCases.map(\.entry.title)).count == ConditionKind.allCases.count)
    }
}
