import ArgumentParser
import Glibc
import HectorCore

/// A failure that a person is told in one line: what is wrong and what to do.
struct Failure: Error, CustomStringConvertible {
    let description: String
    /// Lines that show how to do it; printed below as they stand.
    let example: String

    init(_ description: String, example: String = "") {
        self.description = description
        self.example = example
    }

    /// Ends the program: 0 after help that was asked for, 2 after a wrong command line, 1 after everything else.
    static func exit(with error: any Error) -> Never {
        if case OutputError.closed = error { endByClosedPipe() }
        let code = HectorCommand.exitCode(for: error)
        switch (error, code) {
        case (_, .success):
            print(HectorCommand.fullMessage(for: error))
        case (_, .validationFailure):
            say(["\(HectorCommand.message(for: error))\(hintOnDashes()) (see `\(commandInUse()) --help`)"])
            Glibc.exit(2)
        case (is ExitCode, _):
            break
        case (let problems as Problems, _):
            say(problems.lines)
        case (let failure as Failure, _):
            say([failure.description])
            if !failure.example.isEmpty { try? write((failure.example + "\n").utf8, to: STDERR_FILENO) }
        default:
            say([HectorCommand.message(for: error)])
        }
        Glibc.exit(code.rawValue)
    }

    /// One line on standard error for each problem.
    static func say(_ problems: [String], as kind: String = "") {
        let text = problems.map { "hector: \(kind)\(line($0))\n" }.joined()
        try? write(text.utf8, to: STDERR_FILENO)
    }

    /// A problem on one line, without what could steer a terminal. Its length was bounded where it was made.
    static func line(_ problem: String) -> String {
        singleLine(problem.split(whereSeparator: \.isNewline).joined(separator: " "), limit: 16_384)
    }

    /// The reader of our output has gone: end without a word, as a program that SIGPIPE ends.
    private static func endByClosedPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        var pipe = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        pthread_sigmask(SIG_UNBLOCK, &pipe, nil)
        kill(getpid(), SIGPIPE)
        Glibc.exit(128 + SIGPIPE)
    }

    /// `hector mesh status`, as far as the command line got.
    private static func commandInUse() -> String {
        var command: any ParsableCommand.Type = HectorCommand.self
        var words = ["hector"]
        for word in CommandLine.arguments.dropFirst() {
            guard let next = command.configuration.subcommands.first(where: { $0._commandName == word }) else { break }
            command = next
            words.append(word)
        }
        return words.joined(separator: " ")
    }

    /// A text such as "-5 + 3" is taken for options.
    private static func hintOnDashes() -> String {
        let arguments = CommandLine.arguments.dropFirst()
        guard !arguments.contains("--"),
            let text = arguments.first(where: { $0.hasPrefix("-") && ($0.contains(where: \.isWhitespace) || $0.dropFirst().first?.isNumber == true) })
        else { return "" }
        return "; put -- before a text that begins with a dash: \(commandInUse()) … -- \"\(singleLine(text, limit: 60))\""
    }
}

/// Several problems, told a line each.
struct Problems: Error, CustomStringConvertible {
    let lines: [String]

    init(_ error: any Error) {
        lines = "\(error)".split(whereSeparator: \.isNewline).map(String.init)
    }

    var description: String { lines.joined(separator: "\n") }
}
