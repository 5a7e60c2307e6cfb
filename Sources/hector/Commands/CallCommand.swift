import ArgumentParser
import HectorCore
import Synchronization
import UnixSignals

/// `hector call AGENT PROMPT`
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Ask an agent one question and print the answer as it comes.",
        discussion: """
            EXAMPLES
              hector call assistant "Why is the sky blue?"
              git diff | hector call reviewer -
              hector call assistant -- "-5 + 3"
            """
    )

    @Argument(help: "The agent; `hector list` shows them.") var agent: String
    @Argument(help: "The question; - reads it from standard input.") var prompt: String
    @Flag(help: "Show on standard error what the agent does for its answer.") var verbose = false
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let (client, terminal) = (try server.client(), Terminal())
        let question = try question()
        let interrupted = Signal<Void>()
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        try await withThrowingTaskGroup { group in
            group.addTask {
                for await _ in signals { interrupted.set() }
            }
            let endsLine = Atomic(true)
            defer { group.cancelAll() }
            let show: @Sendable (RunNotice) throws -> Void = { notice in
                // Both are read in one terminal: what happens does not begin behind half a sentence.
                if terminal.isInteractive, !endsLine.exchange(true, ordering: .relaxed) { try terminal.write("\n") }
                try RunNotice.show(notice)
            }
            do {
                _ = try await client.ask(agent, question, interrupted: interrupted, onNotice: verbose ? show : nil) {
                    try await agreement(to: $0, terminal)
                } onText: { text in
                    guard !text.isEmpty else { return }
                    endsLine.store(text.hasSuffix("\n"), ordering: .relaxed)
                    try terminal.write(foreign: text)
                }
            } catch is CancellationError {
                // As a program that SIGINT ends.
                throw ExitCode(130)
            }
            if !endsLine.load(ordering: .relaxed) { try terminal.write("\n") }
        }
    }

    private func question() throws -> String {
        guard prompt == "-" else { return prompt }
        let text = try standardInput()
        guard !text.isEmpty else { throw Failure("Standard input is empty: write the question to it, or give it instead of the -.") }
        return text
    }
}
