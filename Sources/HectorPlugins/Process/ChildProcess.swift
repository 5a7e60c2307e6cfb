import Glibc
internal import HectorCore
import Synchronization

/// How a process ended.
package enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)

    package var description: String {
        switch self {
        case .code(let code): "exit status \(code)"
        case .signal(SIGKILL): "signal 9 (killed: by an operator, or for lack of memory)"
        case .signal(let number): "signal \(number) (\(String(cString: strsignal(number))))"
        }
    }
}

/// What to start, and with what.
package struct ProcessRequest: Sendable {
    /// Absolute.
    package var path: String
    /// Without the program's own name.
    package var arguments: [String]
    package var environment: [String: String]
    /// Working directory; nil keeps ours.
    package var directory: String?

    package init(path: String, arguments: [String] = [], environment: [String: String], directory: String? = nil) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }
}

/// A child that runs, or ran, in a process group of its own. It does not outlive this process.
package final class ChildProcess: Sendable {
    package let pid: Int32
    /// The reading end of its stdout, non-blocking. Owned by its reader.
    package let standardOutput: CInt
    /// The reading end of its stderr, non-blocking. Owned by its reader.
    package let standardError: CInt
    private let end = Signal<ExitStatus>()
    private let isReaped = Mutex(false)

    init(pid: Int32, standardOutput: CInt, standardError: CInt) {
        self.pid = pid
        self.standardOutput = standardOutput
        self.standardError = standardError
    }

    /// Waits for its end. By then its whole group has been killed.
    package func exit() async throws(CancellationError) -> ExitStatus { try await end.wait() }

    /// How it ended, if it has.
    package var status: ExitStatus? { end.value }

    /// Sends a signal to it and to whatever it has started in its group. Without effect once it is gone.
    package func signal(_ number: CInt) {
        // Under the lock, since the number may belong to a stranger after reaping.
        isReaped.withLock { if !$0 { _ = kill(-pid, number) } }
    }

    /// Runs `reap` so that no signal is sent meanwhile or afterwards.
    func reaped(_ reap: () -> ExitStatus) {
        let status = isReaped.withLock { isReaped in
            isReaped = true
            return reap()
        }
        end.set(status)
    }
}
