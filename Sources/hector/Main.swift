import ArgumentParser
import HectorProgram

@main
enum Main {
    static func main() async {
        ProcessStart.prepare()
        do {
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
}
