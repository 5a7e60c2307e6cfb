import Testing

struct TidyRuleTests {
    @Test(arguments: TidyRule.all) func `The sources are tidy`(rule: TidyRule) throws {
        let sources = try Package.sources()
        try #require(sources.count > 100)
        let violations = sources.flatMap(rule.violations)
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
    }

    private static func made(_ text: String, name: String = "Made.swift") -> SourceFile {
        SourceFile(path: "Sources/HectorMesh/\(name)", text: text)
    }

    @Test(arguments: [
        (TidyRule.noForcedTry, "let value = try! load()"),
        (.structuredTasks, "Task { await run() }"),
        (.structuredTasks, "let job = Task(priority: .high) {"),
        (.structuredTasks, "let job: Task<Void, Never> = Task<Void, Never> {"),
        (.structuredTasks, "        Task.detached(priority: .low) {"),
        (.structuredTasks, "return Task{"),
        (.chanceFromAbove, "init(random: () -> Double = { .random(in: 0..<1) }) {"),
        (.timeFromAbove, "let start = ContinuousClock.now"),
        (.timeFromAbove, "let left = deadline - .now()"),
        (.reasonedUnsafety, "final class Box: @unchecked Sendable {"),
        (.reasonedUnsafety, "nonisolated(unsafe) var count = 0 // ok"),
        (.nothingLeftToDo, "// TODO: the rest"),
        (.nothingLeftToDo, "/// FIXME"),
        (.fitsOnePerson, String(repeating: "let a = 1\n", count: 701)),
        (.saysSomething, "// Later.\ninternal import Foundation\n"),
        (.saysSomething, ""),
    ]) func `What breaks a rule is found`(rule: TidyRule, text: String) {
        #expect(rule.violations(in: Self.made(text)).count == 1, "\(text.prefix(80))")
    }

    @Test(arguments: [
        (TidyRule.noForcedTry, "// never try! here\nlet words = \"try! it\""),
        (.structuredTasks, "group.addTask { await run() }\nfunc made() -> A2ATask {\nfunc task() -> Task {"),
        (.structuredTasks, "try await Task.sleep(for: .seconds(1))\nif Task.isCancelled { return }"),
        (.structuredTasks, "let text = \"\"\"\n    Task { }\n    \"\"\""),
        (.chanceFromAbove, "Double.random(in: 0..<1, using: &generator)"),
        (.timeFromAbove, "let end = clock.now() + eventLoop.now"),
        (.reasonedUnsafety, "final class Box: @unchecked Sendable { // Confined to its event loop."),
        (.reasonedUnsafety, "// nonisolated(unsafe) is not used"),
        (.nothingLeftToDo, "let method = \"todo\"; let toDoList = 1"),
        (.fitsOnePerson, String(repeating: "let a = 1\n", count: 700)),
        (.saysSomething, "import Foundation\nlet a = 1"),
        (.saysSomething, "@_exported public import HectorProto\n"),
    ]) func `What only looks like it passes`(rule: TidyRule, text: String) {
        #expect(rule.violations(in: Self.made(text)) == [])
    }

    @Test func `Generated files may be long, C files small`() {
        let long = String(repeating: "let a = 1\n", count: 2000)
        #expect(TidyRule.fitsOnePerson.violations(in: Self.made(long, name: "made.pb.swift")) == [])
        #expect(TidyRule.saysSomething.violations(in: Self.made("#include <yaml.h>\n", name: "shim.h")) == [])
    }
}
