import ArgumentParser
import NIOCore

/// `hector reload`
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Make the server read its configuration again, and wait until the changes are in force.",
        discussion: """
            Prints what changed, what takes effect at the next start only, and what was given up. Ends with 0 if all of the \
            configuration is in force, with 1 otherwise. A configuration that cannot be used changes nothing.

            It speaks with the server by the control socket of this machine, or with --server by HTTP and the token in HECTOR_TOKEN.
            """
    )

    @OptionGroup var control: ControlOptions
    @Flag(help: "Print the server's JSON.") var json = false

    func run() async throws {
        let client = try control.client()
        // A plugin may have to load a model; the server gives it ten minutes.
        let answer = try await client.post("/reload", within: .minutes(11))
        let report = try client.decode(answer, "/reload", as: Report.self)
        if json {
            try Terminal().write(String(decoding: answer, as: UTF8.self) + "\n")
            if !report.complete { throw ExitCode.failure }
            return
        }
        let lines = report.changes.map(\.text) + (report.changes.isEmpty && report.problems.isEmpty ? ["nothing has changed"] : [])
        if !lines.isEmpty { try Terminal().write(lines.map { Terminal.printable($0) + "\n" }.joined()) }
        Failure.say(report.problems + report.failures)
        if !report.settled { Failure.say(["some plugins are still on their way: see `hector mesh status`"]) }
        if !report.complete { throw ExitCode.failure }
    }

    /// What the server answers.
    struct Report: Decodable {
        struct Change: Decodable {
            var text: String
        }

        var complete: Bool
        var settled: Bool
        var changes: [Change]
        var problems: [String]
        var failures: [String]
    }
}
