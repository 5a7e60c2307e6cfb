import ArgumentParser
import HectorProgram

@main
enum Main {
    static func main() async {
        ProcessStart.prepare()
        do {
            try checkArguments()
            var command = try HectorCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Failure.exit(with: error)
        }
    }

    /// Swift would replace what is not UTF-8, and another file be looked for than the one that was named.
    private static func checkArguments() throws {
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = CommandLine.unsafeArgv[index], String(validatingCString: argument) == nil else { continue }
            throw ValidationError("Argument \(index) is not UTF-8 text: \(String(cString: argument))")
        }
    }
}
