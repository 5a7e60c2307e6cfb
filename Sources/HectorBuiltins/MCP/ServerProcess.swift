import CProcess
import Glibc
internal import HectorCore
internal import HectorPlugin
import Synchronization

/// A program that speaks on its standard input and output. It runs in a process group of its own, its standard error is ours, and it does not
/// outlive this process.
final class ServerProcess: Sendable {
    /// What to start.
    struct Command: Sendable {
        /// The program, and its arguments.
        var words: [String]
        /// All of its environment.
        var environment: [String: String]
        var directory: String?

        /// Reads `command`, `env` and `directory`. The environment is that of `own` only as far as every program needs it.
        init(_ settings: Settings, own: [String: String]) throws(ProviderError) {
            words = try settings.list("command") ?? []
            guard let program = words.first, !program.isEmpty else {
                throw ProviderError(.invalidRequest, #"command must be the words of a command line, such as ["mcp-server-time"]"#)
            }
            environment = own.filter { ["PATH", "HOME", "LANG", "TZ", "TMPDIR"].contains($0.key) }
                .merging(try settings.mapping("env") ?? [:]) { $1 }
            directory = settings["directory"]
            guard words.allSatisfy({ !$0.utf8.contains(0) }), environment.allSatisfy({ !$0.key.contains("=") && !$0.key.utf8.contains(0) && !$0.value.utf8.contains(0) }) else {
                throw ProviderError(.invalidRequest, "command and env must be texts without NUL")
            }
        }

        /// The program's file.
        ///
        /// - Throws: `ProviderError`, if it is not there.
        func path() throws(ProviderError) -> String {
            let program = words[0]
            let path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
            let places = program.contains("/")
                ? [program.hasPrefix("/") ? program : absolutePath((directory ?? currentDirectory()) + "/" + program)]
                : path.split(separator: ":").map { "\($0)/\(program)" }
            guard let found = places.first(where: { access($0, X_OK) == 0 }) else {
                throw ProviderError(
                    .unavailable, "\(quoted(program)) is not there\(program.contains("/") ? "" : " in PATH (\(path))"): install it, or correct command in the plugin's configuration")
            }
            return found
        }
    }

    let pid: pid_t
    /// Our end of its standard input. Owned by its writer.
    let input: CInt
    /// Our end of its standard output. Owned by its reader.
    let output: CInt
    /// Its exit status, or the signal that ended it, in words. By then its whole group has been killed.
    let end: Signal<String>
    private let isReaped = Mutex(false)
    /// Tells the thread that waits for its end that it is to be hurried.
    private let wake: CInt
    /// Milliseconds between two steps.
    private let patience: CInt

    private init(pid: pid_t, input: CInt, output: CInt, end: Signal<String>, wake: CInt, patience: CInt) {
        (self.pid, self.input, self.output, self.end, self.wake, self.patience) = (pid, input, output, end, wake, patience)
    }

    /// Sends a signal to it and to what it started in its group. Without effect once it has ended.
    func signal(_ number: CInt) {
        // Under the lock, since the number may belong to a stranger afterwards.
        isReaped.withLock { if !$0 { _ = kill(-pid, number) } }
    }

    /// Starts a program; returns once it has been exec'd.
    ///
    /// - Parameter patience: How long it may take to end by itself, and after SIGTERM, where it is stopped.
    static func start(_ command: Command, patience: Duration) async throws -> ServerProcess {
        let milliseconds = CInt(clamping: patience.wholeNanoseconds / 1_000_000)
        let path = try command.path()
        return try await withCheckedThrowingContinuation { continuation in
            // The kernel ends a child with the thread that started it: one thread for each, which waits for its end.
            let work = Unmanaged.passRetained(Work { run(path, command, milliseconds, continuation) })
            var thread = pthread_t()
            let created = pthread_create(&thread, nil, { context in
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
            guard created == 0 else {
                work.release()
                continuation.resume(throwing: ProviderError(.unavailable, "no thread to start \(quoted(path)) from: \(String(cString: strerror(created)))"))
                return
            }
            pthread_detach(thread)
        }
    }

    private final class Work {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    private static func run(_ path: String, _ command: Command, _ patience: CInt, _ continuation: CheckedContinuation<ServerProcess, any Error>) {
        var (input, output): ([CInt], [CInt]) = ([-1, -1], [-1, -1])
        let wake = cprocess_eventfd()
        guard wake >= 0, cprocess_pipe(&input) == 0, cprocess_pipe(&output) == 0 else {
            for descriptor in input + [wake] where descriptor >= 0 { close(descriptor) }
            return continuation.resume(throwing: ProviderError(.unavailable, "no pipe for \(quoted(path)): \(String(cString: strerror(errno)))"))
        }
        // The reading end is the program's here: few programs read one that does not block.
        _ = fcntl(input[0], F_SETFL, 0)
        var child = cprocess_child()
        let failure = withCStrings(command.words) { arguments in
            withCStrings(command.environment.map { "\($0)=\($1)" }) { environment in
                path.withCString { path in
                    withOptionalCString(command.directory) { directory in
                        var program = cprocess_program(
                            path: path, arguments: arguments, environment: environment, directory: directory, standard_input: input[0],
                            standard_output: output[1], standard_error: STDERR_FILENO)
                        return cprocess_spawn(&program, &child)
                    }
                }
            }
        }
        close(input[0])
        close(output[1])
        guard failure == 0 else {
            for descriptor in [input[1], output[0], wake] { close(descriptor) }
            return continuation.resume(throwing: ProviderError(.unavailable, "\(quoted(path)) cannot be started: \(String(cString: strerror(failure)))"))
        }
        let process = ServerProcess(pid: child.pid, input: input[1], output: output[0], end: Signal(), wake: wake, patience: patience)
        continuation.resume(returning: process)
        process.awaitEnd(child)
    }

    /// Waits for its end, and hurries it once that is wanted: first it is left alone, since its input has been closed, then more and more firmly.
    private func awaitEnd(_ child: cprocess_child) {
        var ladder = [SIGTERM, SIGKILL][...]
        var isStopping = false
        while true {
            var ready = [child.pidfd, wake].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let count = poll(&ready, isStopping ? 1 : 2, isStopping && !ladder.isEmpty ? patience : -1)
            if count < 0, errno == EINTR { continue }
            if count < 0 || ready[0].revents != 0 { break }
            if count == 0, let number = ladder.popFirst() { signal(number) }
            isStopping = true
        }
        // What it left behind in its group goes first: the group's number is ours until it is reaped.
        signal(SIGKILL)
        var (code, number): (CInt, CInt) = (-1, -1)
        isReaped.withLock { isReaped in
            isReaped = true
            _ = cprocess_reap(child.pid, &code, &number)
        }
        close(child.pidfd)
        close(wake)
        end.set(number >= 0 ? "signal \(number)" : "exit status \(code)")
    }

    /// Ends it within three times its patience. Close its input before.
    func stop() {
        var one: UInt64 = 1
        isReaped.withLock { if !$0 { _ = write(wake, &one, MemoryLayout.size(ofValue: one)) } }
    }
}
