import ArgumentParser
import Foundation

/// A failure that a person is told in one line: what is wrong and what to do.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// Ends the program: 0 after help that was asked for, 2 after a wrong command line, 1 after everything else.
    static func exit(with error: any Error) -> Never {
        let code = HectorCommand.exitCode(for: error)
        switch code {
        case .success:
            print(HectorCommand.fullMessage(for: error))
        case .validationFailure:
            say("\(HectorCommand.message(for: error)) (see `\(commandInUse()) --help`)")
            Foundation.exit(2)
        default:
            if !(error is ExitCode) { say((error as? Failure)?.description ?? HectorCommand.message(for: error)) }
        }
        Foundation.exit(code.rawValue)
    }

    private static func say(_ message: String) {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        try? FileHandle.standardError.write(contentsOf: Data("hector: \(Terminal.printable(line))\n".utf8))
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
}
