import Testing

@testable import HectorDocuments

@Suite struct IndexPlanTests {
    private func file(_ path: String, _ modified: Int = 1) -> FoundFile {
        FoundFile(path: path, stamp: FoundFile.Stamp(size: 10, modified: modified, inode: 7))
    }

    private func generation(_ digest: String, _ settings: String = "s", chunks: Int = 2) -> Generation {
        Generation(digest: digest, settings: settings, chunks: chunks)
    }

    private func record(_ file: FoundFile, _ current: Generation?, stale: [Generation] = [], problem: String? = nil) -> FileRecord {
        FileRecord(path: file.path, stamp: file.stamp, current: current, stale: stale, problem: problem)
    }

    @Test func onlyWhatHasChangedIsRead() {
        let files = ["changed", "half", "new", "other-settings", "refused", "same"].map { file($0) }
        let known = [
            record(file("changed", 0), generation("a")), record(file("half"), nil, stale: [generation("b")]), record(file("other-settings"), generation("c", "old")),
            record(file("refused"), nil, problem: "no PDF"), record(file("same"), generation("d"), stale: [generation("e")]), record(file("gone"), generation("f")),
        ]
        let plan = IndexPlan(files, known: Dictionary(uniqueKeysWithValues: known.map { ($0.path, $0) }), settings: "s")
        #expect(plan.read.map(\.path) == ["changed", "half", "new", "other-settings"])
        #expect(plan.forget.map(\.path) == ["gone"])
        #expect(plan.clean.map(\.path) == ["same"])
        #expect(plan.unchanged == 2)
    }

    @Test func aFileThatOnlyLooksChangedIsKept() {
        let step = FileStep(file("a", 5), record(file("a", 1), generation("x")), digest: "x", settings: "s", chunks: 2)
        #expect(step == .keep(record(file("a", 5), generation("x"))))
    }

    @Test func whatIsWrittenIsKnownBeforeAndWhatWasThereIsDeletedAfter() {
        let old = record(file("a", 1), generation("x"))
        let step = FileStep(file("a", 5), old, digest: "y", settings: "s", chunks: 3)
        let new = generation("y", chunks: 3)
        #expect(step == .index(before: record(file("a", 1), generation("x"), stale: [new]), after: record(file("a", 5), new, stale: [generation("x")])))
        // The program ended in the middle: the same again.
        guard case .index(let before, let after) = step else { return }
        let again = FileStep(file("a", 5), before, digest: "y", settings: "s", chunks: 3)
        guard case .index(_, let afterAgain) = again else {
            Issue.record("\(again)")
            return
        }
        #expect(afterAgain == after)
        // It became something else in the meantime: what was begun is deleted too.
        guard case .index(_, let third) = FileStep(file("a", 9), before, digest: "z", settings: "s", chunks: 1) else { return }
        #expect(Set(third.stale.map(\.digest)) == ["x", "y"])
    }

    @Test func aNewFileIsNotDoneBeforeItIsWritten() {
        guard case .index(let before, _) = FileStep(file("a"), nil, digest: "x", settings: "s", chunks: 2) else { return }
        #expect(before.current == nil && before.stamp != file("a").stamp && before.stale == [generation("x")])
        #expect(IndexPlan([file("a")], known: ["a": before], settings: "s").read == [file("a")])
    }

    @Test func idsFollowFromWhatIsIndexed() {
        let id = generation("x").id(of: 0, "a", in: "s")
        #expect(id.utf8.count == 32 && id == generation("x").id(of: 0, "a", in: "s"))
        let others = [
            generation("y").id(of: 0, "a", in: "s"), generation("x", "t").id(of: 0, "a", in: "s"), generation("x").id(of: 1, "a", in: "s"),
            generation("x").id(of: 0, "b", in: "s"), generation("x").id(of: 0, "a", in: "t"),
        ]
        #expect(Set(others + [id]).count == 6)
    }
}
