package import NIOCore
internal import NIOPosix
internal import Synchronization

/// Runs tasks on an event loop: code that belongs to a connection runs where the connection lives.
///
/// Jobs are collected and drained in one turn of the loop; then every connection that they wrote to is
/// flushed once.
final class EventLoopExecutor: TaskExecutor, @unchecked Sendable { // The unguarded state is confined to the loop.
    let eventLoop: any EventLoop

    /// Jobs that came from other threads, and whether a drain is under way for them.
    private let remote = Mutex<(jobs: [UnownedJob], scheduled: Bool)>(([], false))
    // Confined to the loop:
    @exclusivity(unchecked) private var jobs: [UnownedJob] = []
    @exclusivity(unchecked) private var unflushed: [ConnectionHandler] = []
    @exclusivity(unchecked) private var isScheduled = false

    /// What the loop's connections decrypt into, one after the other.
    let plaintext = PlaintextBuffer()
    /// Plaintext of frames on its way into TLS records: of the connection that is being flushed.
    @exclusivity(unchecked) var coalesced = ByteBuffer()

    /// The number of jobs in one turn of the loop, so that sockets are not starved.
    private static let jobsPerTurn = 4096

    private static let ofThread = ThreadSpecificVariable<EventLoopExecutor>()

    private init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// The executor of a loop; to be called on that loop.
    static func of(_ eventLoop: any EventLoop) -> EventLoopExecutor {
        eventLoop.preconditionInEventLoop()
        if let executor = ofThread.currentValue, executor.eventLoop === eventLoop { return executor }
        let executor = EventLoopExecutor(eventLoop)
        ofThread.currentValue = executor
        return executor
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if eventLoop.inEventLoop {
            jobs.append(job)
            schedule()
            return
        }
        let mustWake = remote.withLock { remote in
            remote.jobs.append(job)
            defer { remote.scheduled = true }
            return !remote.scheduled
        }
        if mustWake {
            eventLoop.execute { [self] in
                takeRemote()
                drain()
            }
        }
    }

    /// The connection has something to send; it is flushed at the end of this turn.
    func setNeedsFlush(_ connection: ConnectionHandler) {
        unflushed.append(connection)
        schedule()
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.assumeIsolatedUnsafeUnchecked().execute { [self] in
            isScheduled = false
            drain()
        }
    }

    private func takeRemote() {
        remote.withLock { remote in
            jobs.append(contentsOf: remote.jobs)
            remote.jobs.removeAll(keepingCapacity: true)
            remote.scheduled = false
        }
    }

    private func drain() {
        var next = 0
        let this = asUnownedTaskExecutor()
        // Jobs may add jobs.
        while next < jobs.count, next < Self.jobsPerTurn {
            let job = jobs[next]
            next += 1
            job.runSynchronously(on: this)
        }
        if next == jobs.count {
            jobs.removeAll(keepingCapacity: true)
        } else {
            jobs.removeFirst(next)
            schedule()
        }
        guard !unflushed.isEmpty else { return }
        let connections = unflushed
        unflushed.removeAll(keepingCapacity: true)
        for connection in connections { connection.flush() }
    }
}

extension EventLoop {
    /// Runs tasks on the loop, as those of its connections run. Must be called on the loop.
    package var taskExecutor: any TaskExecutor { EventLoopExecutor.of(self) }
}
