// Starts the program of its arguments as plugins are started, prints its process id, and waits to be killed.
import Glibc
import HectorPlugins

let arguments = CommandLine.arguments
guard arguments.count > 1 else { exit(2) }
do {
    let child = try await ProcessThread.shared.spawn(
        ProcessRequest(path: arguments[1], arguments: Array(arguments.dropFirst(2)), environment: ["PATH": "/usr/bin:/bin"]))
    print(child.pid)
    fflush(nil)
    let status = try await child.exit()
    print("the child ended by itself: \(status)")
} catch {
    print("\(error)")
    exit(1)
}
