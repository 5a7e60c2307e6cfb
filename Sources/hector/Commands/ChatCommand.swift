import ArgumentParser
import Glibc
import HectorCore
import Synchronization
import UnixSignals

/// `hector chat AGENT`
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat", abstract: "Have a conversation with an agent.",
        discussion: """
            The agent remembers the conversation until you leave. Ctrl-C cancels an answer; Ctrl-D or /quit leaves.

            EXAMPLE
              hector chat assistant
            """
    )

    @Argument(help: "The agent; `hector list` shows them.") var agent: String
    @Flag(help: "Show on standard error what the agent does for its answers.") var verbose = false
    @OptionGroup var server: ServerOptions

    func run() async throws {
        let (client, terminal) = (try server.client(), Terminal())
        // Tells of a wrong name or address before the first question.
        _ = try await client.get(HectorClient.path(ofAgent: agent))

        let interruption = Interruption()
        let signals = await UnixSignalsSequence(trapping: .sigint)
        try await withThrowingTaskGroup { group in
            group.addTask {
                for await _ in signals where !interruption.interrupt() {
                    try terminal.write("\n(/quit or Ctrl-D leaves)\n\(prompt(terminal))")
                }
            }
            try await converse(client, terminal, interruption)
            group.cancelAll()
        }
    }

    private func converse(_ client: HectorClient, _ terminal: Terminal, _ interruption: Interruption) async throws {
        var context: String?
        while true {
            try terminal.write(prompt(terminal))
            guard let line = await nextLine() else {
                if terminal.isInteractive { try terminal.write("\n") }
                return
            }
            let text = Self.trimmed(line)
            if text == "/quit" { return }
            if text.isEmpty { continue }
            let below = Mutex<[String]>([])
            do {
                context = try await interruption.interruptible { [context] interrupted in
                    try await client.ask(agent, text, context: context, interrupted: interrupted, onNotice: verbose ? RunNotice.show : { try show($0, below, terminal) }) {
                        try await agreement(to: $0, terminal)
                    } onText: { try terminal.write(foreign: $0) }
                }
            } catch is CancellationError {
                try terminal.write(terminal.styled(" (cancelled)", .dim))
            } catch let failure as Failure where terminal.isInteractive {
                try terminal.write(terminal.styled(Failure.line(failure.description), .red))
            }
            try terminal.write("\n")
            for line in below.withLock({ $0 }) { try note(line, terminal) }
        }
    }

    /// - Parameter below: What is shown when the answer has ended.
    private func show(_ notice: RunNotice, _ below: borrowing Mutex<[String]>, _ terminal: Terminal) throws {
        let line = singleLine(notice.line, limit: 200)
        switch notice.place {
        case .now: try note(line, terminal)
        case .below: below.withLock { $0.append(line) }
        case .nowhere: break
        }
    }

    private func note(_ line: String, _ terminal: Terminal) throws {
        try HectorCore.write("\(terminal.styled(line, .dim))\n".utf8, to: STDERR_FILENO)
    }

    private static func trimmed(_ line: String) -> String {
        let text = line.drop { $0.isWhitespace }
        return String(text.dropLast(text.reversed().prefix { $0.isWhitespace }.count))
    }

    private func prompt(_ terminal: Terminal) -> String {
        terminal.isInteractive ? terminal.styled("> ", .bold) : ""
    }
}

/// Lets Ctrl-C cancel what is under way.
private final class Interruption: Sendable {
    private let underWay = Mutex<Signal<Void>?>(nil)

    /// - Returns: Whether something was under way.
    func interrupt() -> Bool {
        let signal = underWay.withLock { $0 }
        signal?.set()
        return signal != nil
    }

    /// - Parameter operation: Ends when the signal comes.
    func interruptible<Value>(_ operation: (Signal<Void>) async throws -> Value) async throws -> Value {
        let interrupted = Signal<Void>()
        underWay.withLock { $0 = interrupted }
        defer { underWay.withLock { $0 = nil } }
        return try await operation(interrupted)
    }
}
