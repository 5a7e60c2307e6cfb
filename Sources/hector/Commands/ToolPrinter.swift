import Glibc
import HectorCore
import HectorProto
import SwiftProtobuf
import Synchronization

/// Prints what a tool says while it says it: its output on standard output, its progress on standard error.
final class ToolPrinter: Sendable {
    private struct State {
        var hasFailed = false
        /// Whether the last text ended a line.
        var isAtLineStart = true
    }

    private let terminal: Terminal
    private let json: Bool
    private let state = Mutex(State())

    init(terminal: Terminal, json: Bool) {
        self.terminal = terminal
        self.json = json
    }

    var hasFailed: Bool { state.withLock { $0.hasFailed } }

    func show(_ output: ToolOutput) throws {
        if case .end(let end) = output.output { state.withLock { $0.hasFailed = end.failed } }
        guard !json else { return try terminal.write(output.jsonString() + "\n") }
        switch output.output {
        case .text(let text):
            try terminal.write(foreign: text)
            if let last = text.last { state.withLock { $0.isAtLineStart = last.isNewline } }
        case .dataJson(let data): try line(data)
        case .image(let image): try line("[\(image.mediaType), \(image.data.count) bytes: print it with --json]")
        case .progress(let progress): try tell(progress)
        case .end: try endLine()
        case nil: break
        }
    }

    private func line(_ text: String) throws {
        try endLine()
        try terminal.write(foreign: text + "\n")
    }

    private func endLine() throws {
        let isInLine = state.withLock { state in
            defer { state.isAtLineStart = true }
            return !state.isAtLineStart
        }
        if isInLine { try terminal.write("\n") }
    }

    private func tell(_ progress: ToolProgress) throws {
        let total = progress.total > 0 ? " of \(Self.text(progress.total))" : ""
        let words = "\(Self.text(progress.done))\(total) \(progress.message)"
        try HectorCore.write((singleLine(words) + "\n").utf8, to: STDERR_FILENO)
    }

    private static func text(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }
}
