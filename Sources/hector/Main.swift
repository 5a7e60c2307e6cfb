import ArgumentParser
import Foundation

@main
enum Main {
    static func main() async {
        openStandardStreams()
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

    /// A standard stream that is closed would become the first file or connection that is opened, which then gets what
    /// is printed.
    private static func openStandardStreams() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
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
