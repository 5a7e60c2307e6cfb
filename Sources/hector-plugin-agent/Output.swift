import ArgumentParser
import Glibc
import HectorCore

/// What this program says to people, beside its log.
enum Output {
    /// Standard output; ends the program quietly, as SIGPIPE would, where nobody reads it any more.
    static func write(_ text: String) throws {
        do throws(OutputError) {
            try HectorCore.write(text.utf8, to: STDOUT_FILENO)
        } catch .closed {
            exit(128 + SIGPIPE)
        }
    }

    /// One problem in one line of standard error.
    static func complain(_ problem: String) {
        // Where nobody can be told, the exit status says it.
        try? HectorCore.write("hector-plugin-agent: \(line(problem))\n".utf8, to: STDERR_FILENO)
    }

    /// Foreign text without what would steer a terminal.
    static func line(_ text: String) -> String { singleLine(text, limit: 2_000) }

    /// An error for people, a line for each problem; empty where all has been said.
    static func reason(_ error: any Error) -> String { error is ExitCode ? "" : "\(error)" }
}
