internal import Dispatch
package import HectorCore
internal import HectorSQLite
internal import Synchronization

/// What a program keeps over its restarts: one SQLite file in its state directory, which only one process has at a time.
///
/// There is always one to use: where no directory can be used, what is kept lies in memory and `conditions` say why. A change that was
/// acknowledged is on the disk. All work runs on a thread of its own, in the order in which it was asked for; it is not cancelled with the task
/// that waits for it.
package final class StateStore: Sendable {
    private struct Status {
        /// Why nothing, or not everything, is kept on disk, and what was set aside; for as long as this process runs.
        var lasting: [String] = []
        /// Why the last change was not kept; nil where it was.
        var trouble: String?
        var waitingBytes = 0
        var waitingWork = 0
    }

    /// Used on the queue only.
    private struct Held: @unchecked Sendable {  // its only user is the queue
        let connection: SQLiteConnection
    }

    /// The directory that is used; nil where what is kept lies in memory.
    package let directory: String?
    package let limits: StoreLimits
    private let held: Held?
    private let lock: OpenFileLock?
    private let path: String
    private let queue = DispatchQueue(label: "hector.state")
    private let status: Mutex<Status>

    /// Opens the state of a program, makes it if it is not there. Blocks, for a second at most.
    ///
    /// - Parameters:
    ///   - program: `hector` or `hector-plugin-agent`: each has files of its own.
    package init(of program: String, in directory: StateDirectory, limits: StoreLimits = StoreLimits()) {
        self.limits = limits
        var status = Status()
        var opened: (SQLiteConnection, OpenFileLock)?
        path = directory.path.map { "\($0)/\(program).sqlite" } ?? ":memory:"
        if let folder = directory.path {
            do throws(StateFailure) {
                try StateDirectory.make(folder)
                let lock = try Self.lock("\(folder)/\(program).lock", program: program, folder: folder)
                let file = try StateFile(path, limits: limits)
                opened = (file.connection, lock)
                if let aside = file.setAside {
                    status.lasting.append(
                        "\(quoted(path)) was damaged and is now \(quoted(aside)); a new one was made, and what was kept before is not known. `sqlite3 '\(aside)' .recover` shows what can be read of it; delete it when it is not needed")
                }
            } catch {
                status.lasting.append("what should outlive a restart is kept in memory only, since \(error)\(error.isCured ? "" : "; then restart")")
            }
        } else if let reason = directory.reason {
            status.lasting.append("what should outlive a restart is kept in memory only, since \(reason); then restart")
        }
        self.directory = opened == nil ? nil : directory.path
        lock = opened?.1
        held = (opened?.0 ?? StateFile.inMemory(limits: limits)).map(Held.init)
        self.status = Mutex(status)
    }

    /// Why something is not kept, or no longer known, and what to do about it. Empty where all is well.
    package var conditions: [MeshCondition] {
        status.withLock { status in
            status.lasting.map { MeshCondition(.stateNotKept, path, $0) }
                + (status.trouble.map { [MeshCondition(.stateNotKept, "changes to \(path)", "not everything is kept: \($0)")] } ?? [])
        }
    }

    /// Does work on the connection, on the store's own thread.
    ///
    /// - Parameter bytes: The size of what it writes.
    /// - Throws: `StateFailure`. Then nothing of it was kept.
    func run<T: Sendable>(bytes: Int = 0, _ work: @escaping @Sendable (SQLiteConnection) throws(SQLiteError) -> T) async throws(StateFailure) -> T {
        let isRefused = status.withLock { status in
            guard status.waitingWork == 0 || status.waitingWork < limits.waitingWork && status.waitingBytes + bytes <= limits.waitingBytes else { return true }
            status.waitingWork += 1
            status.waitingBytes += bytes
            return false
        }
        if isRefused { throw StateFailure(.busy, "too much waits to be written to \(quoted(path)): try again in a moment") }
        let result: Result<T, StateFailure> = await withCheckedContinuation { continuation in
            queue.async { [self] in
                let result = perform(work)
                status.withLock { status in
                    status.waitingWork -= 1
                    status.waitingBytes -= bytes
                }
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }

    /// As `run`, for the start of a program: blocks the thread that calls it.
    func runNow<T: Sendable>(_ work: @Sendable (SQLiteConnection) throws(SQLiteError) -> T) throws(StateFailure) -> T {
        try queue.sync { perform(work) }.get()
    }

    /// Notes whether changes are kept: told by those that make them.
    func note(_ failure: StateFailure?) {
        status.withLock { $0.trouble = failure?.description }
    }

    private func perform<T>(_ work: (SQLiteConnection) throws(SQLiteError) -> T) -> Result<T, StateFailure> {
        guard let held else { return .failure(StateFailure(.failed, "SQLite does not work here")) }
        do throws(SQLiteError) {
            return .success(try work(held.connection))
        } catch {
            var failure = StateFailure(error, path: path)
            if failure.kind == .damaged { failure = StateFailure(.damaged, "\(failure); restart, which sets it aside and begins a new one") }
            return .failure(failure)
        }
    }

    private static func lock(_ path: String, program: String, folder: String) throws(StateFailure) -> OpenFileLock {
        do throws(OpenFileLock.Failure) {
            // Long enough for the one before us to end.
            return try OpenFileLock(path, followsLinks: false, patience: 500)
        } catch {
            switch error {
            case .failed(let code): throw StateFailure(errno: code, path: path)
            case .held:
                throw StateFailure(
                    .inUse, "another \(program) uses \(quoted(folder)): stop it, or give this one a directory of its own with state_directory or HECTOR_STATE_DIR")
            }
        }
    }
}

extension StateFailure {
    /// Whether its text says all that is to be done.
    fileprivate var isCured: Bool { kind == .failed }
}
