import ArgumentParser
import Foundation
import HectorCore

/// What this program says to people, beside its log.
enum Output {
    /// Standard output; ends the program quietly, as SIGPIPE would, where nobody reads it any more.
    static func write(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { exit(128 + SIGPIPE) }
                throw Unwritable(reason: String(cString: strerror(errno)))
            }
            bytes = bytes.dropFirst(count)
        }
    }

    /// One problem in one line of standard error.
    static func complain(_ problem: String) {
        // Where nobody can be told, the exit status says it.
        try? FileHandle.standardError.write(contentsOf: Data("hector-plugin-agent: \(line(problem))\n".utf8))
    }

    /// Foreign text without what would steer a terminal.
    static func line(_ text: String) -> String { singleLine(text, limit: 2_000) }

    /// An error for people, a line for each problem; empty where all has been said.
    static func reason(_ error: any Error) -> String { error is ExitCode ? "" : "\(error)" }

    private struct Unwritable: Error, CustomStringConvertible {
        let reason: String
        var description: String { "cannot write to standard output: \(reason)" }
    }
}
