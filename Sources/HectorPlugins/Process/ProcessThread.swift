import CProcess
import Glibc
import HectorCore
import Synchronization

/// The one thread of the process that starts children and takes their end.
///
/// The kernel kills a child when the *thread* that started it ends, thus this one never does.
package final class ProcessThread: Sendable {
    private typealias Request = @Sendable (_ watch: (ChildProcess, CInt) -> Void) -> Void

    /// Starts with the first use and lives until the process ends.
    package static let shared = ProcessThread()

    private let requests = Mutex<[Request]>([])
    private let wake: CInt

    private init() {
        wake = cprocess_eventfd()
        precondition(wake >= 0, "no descriptor left for an eventfd: errno \(errno)")
        var thread = pthread_t()
        let created = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<ProcessThread>.fromOpaque(context).takeRetainedValue().run()
            },
            Unmanaged.passRetained(self).toOpaque())
        precondition(created == 0, "no thread to start processes from: errno \(created)")
        pthread_detach(thread)
    }

    /// Starts a program; returns when it has been exec'd. stdin is empty.
    package func spawn(_ request: ProcessRequest) async throws(SpawnError) -> ChildProcess {
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<ChildProcess, SpawnError>, Never>) in
            requests.withLock { queue in
                queue.append { watch in
                    continuation.resume(returning: Result { () throws(SpawnError) in
                        let (child, pidfd) = try Self.start(request)
                        watch(child, pidfd)
                        return child
                    })
                }
            }
            var one: UInt64 = 1
            // It fails only when the counter is full: then the thread is awake anyway.
            _ = write(wake, &one, 8)
        }
        return try result.get()
    }

    /// How often a process that adopts orphans looks for those that have ended, in milliseconds.
    private static let orphanInterval: CInt = 1_000
    /// Orphans taken at once: children of ours that end meanwhile do not wait for long.
    private static let orphansAtOnce = 256

    private func run() -> Never {
        var children: [(child: ChildProcess, pidfd: CInt)] = []
        while true {
            var descriptors = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
            descriptors += children.map { pollfd(fd: $0.pidfd, events: Int16(POLLIN), revents: 0) }
            let adopts = cprocess_adopts_orphans() != 0
            let ready = poll(&descriptors, nfds_t(descriptors.count), adopts ? Self.orphanInterval : -1)
            if adopts { Self.reapOrphans(besides: children.map(\.child.pid)) }
            guard ready > 0 else { continue }

            // Backwards, so that removal leaves the indices in front alone.
            for index in children.indices.reversed() where descriptors[index + 1].revents != 0 {
                let (child, pidfd) = children.remove(at: index)
                close(pidfd)
                Self.reap(child)
            }
            guard descriptors[0].revents != 0 else { continue }
            var count: UInt64 = 0
            _ = read(wake, &count, 8)
            let requests = requests.withLock { queue in
                defer { queue = [] }
                return queue
            }
            for request in requests { request { children.append(($0, $1)) } }
        }
    }

    /// Reaps processes that this one did not start; otherwise they stay zombies until it ends.
    private static func reapOrphans(besides children: [Int32]) {
        for _ in 0..<orphansAtOnce {
            let pid = cprocess_ended_child()
            // A child of ours is taken by its pidfd; then those behind it come to light.
            guard pid > 0, !children.contains(pid) else { return }
            guard waitpid(pid, nil, WNOHANG) == pid else { return }
        }
    }

    private static func reap(_ child: ChildProcess) {
        // What it left behind in its group goes first: the group's number is ours until it is reaped.
        child.signal(SIGKILL)
        child.reaped {
            var code: CInt = -1
            var signal: CInt = -1
            let error = cprocess_reap(child.pid, &code, &signal)
            // ECHILD when somebody ignores SIGCHLD in this process: it has ended, nobody knows how.
            guard error == 0 else { return .code(-1) }
            return signal >= 0 ? .signal(signal) : .code(code)
        }
    }

    private static func start(_ request: ProcessRequest) throws(SpawnError) -> (ChildProcess, pidfd: CInt) {
        var null: CInt = -1
        var output: [CInt] = [-1, -1]
        var error: [CInt] = [-1, -1]
        defer {
            for descriptor in [null, output[1], error[1]] where descriptor >= 0 { close(descriptor) }
        }
        func fail(_ number: CInt) -> SpawnError {
            for descriptor in [output[0], error[0]] where descriptor >= 0 { close(descriptor) }
            return SpawnError(number: number)
        }
        null = cprocess_null()
        guard null >= 0 else { throw fail(errno) }
        var number = cprocess_pipe(&output)
        guard number == 0 else { throw fail(number) }
        number = cprocess_pipe(&error)
        guard number == 0 else { throw fail(number) }

        var child = cprocess_child()
        number = withCStrings([request.path] + request.arguments) { arguments in
            withCStrings(request.environment.map { "\($0)=\($1)" }) { environment in
                request.path.withCString { path in
                    withOptionalCString(request.directory) { directory in
                        var program = cprocess_program(
                            path: path, arguments: arguments, environment: environment, directory: directory,
                            standard_input: null, standard_output: output[1], standard_error: error[1])
                        return cprocess_spawn(&program, &child)
                    }
                }
            }
        }
        guard number == 0 else { throw fail(number) }
        return (ChildProcess(pid: child.pid, standardOutput: output[0], standardError: error[0]), child.pidfd)
    }
}

/// Why the system did not start a program.
package struct SpawnError: Error, Sendable, Equatable, CustomStringConvertible {
    /// An errno.
    package let number: CInt

    package var description: String { String(cString: strerror(number)) }
}
