package import NIOCore
internal import NIOPosix
internal import Synchronization

/// Runs tasks on an event loop: code that belongs to a connection runs where the connection lives.
///
/// Jobs are collected and drained in one turn of the loop; then every connection that they wrote to is
/// flushed once.
final class EventLoopExecutor: TaskExecutor, @unchecked Sendable { // The unguarded state is confined to the loop.
    let eventLoop: any EventLoop

    /// What other threads have for the loop.
    private enum Handover: Sendable {
        case job(UnownedJob)
        case open(ClientCall)
        case answer(HandledCall, [UInt8])
    }

    private struct Remote {
        var handovers: [Handover] = []
        /// Whether a drain is under way for them.
        var isScheduled = false
        /// Callers on other threads that were let on together, and may call again.
        var expected = 0
    }

    /// What came from other threads.
    private let remote = Mutex(Remote())
    // Confined to the loop:
    @exclusivity(unchecked) private var jobs: [UnownedJob] = []
    /// Callers whose calls have ended.
    @exclusivity(unchecked) private var callers: [UnsafeContinuation<Void, Never>] = []
    @exclusivity(unchecked) private var callersOffLoop = 0
    @exclusivity(unchecked) private var expectationEnds = NIODeadline.distantPast
    @exclusivity(unchecked) private var isExpecting = false
    @exclusivity(unchecked) private var unflushed: [ConnectionHandler] = []
    @exclusivity(unchecked) private var taken: [Handover] = []
    @exclusivity(unchecked) private var isScheduled = false

    /// What the loop's connections decrypt into, one after the other.
    let plaintext = PlaintextBuffer()
    /// Plaintext of frames on its way into TLS records: of the connection that is being flushed.
    @exclusivity(unchecked) var coalesced = ByteBuffer()

    /// The number of jobs in one turn of the loop, so that sockets are not starved.
    private static let jobsPerTurn = 4096

    /// Callers that are let on before the turn ends.
    private static let callersAtOnce = 32
    /// Calls or answers at which the loop is woken while more are to come, so that it works meanwhile.
    private static let handoversAtOnce = 32
    /// How long callers that were let on together are expected to call again.
    private static let expectation = TimeAmount.microseconds(500)

    private static let ofThread = ThreadSpecificVariable<EventLoopExecutor>()

    private weak var handlers: HandlerExecutor?

    private init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Runs handlers of the loop's connections that are not to run on the loop. To be called on the loop.
    func handlerExecutor() -> HandlerExecutor {
        if let handlers { return handlers }
        let new = HandlerExecutor(self)
        handlers = new
        return new
    }

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
        handOver(.job(job))
    }

    /// Begins a call from another thread. Of callers that were let on together, the last one to call again wakes the loop.
    func open(_ call: ClientCall) {
        let mustWake = remote.withLock { remote in
            remote.handovers.append(.open(call))
            remote.expected = max(0, remote.expected - 1)
            guard !remote.isScheduled, remote.expected == 0 || remote.handovers.count >= Self.handoversAtOnce else { return false }
            remote.isScheduled = true
            return true
        }
        if mustWake { wake() }
    }

    /// Answers a call from another thread. One that runs handlers wakes the loop when it has run them all.
    func respond(_ call: HandledCall, _ message: [UInt8]) {
        handOver(.answer(call, message), wakesFrom: HandlerExecutor.isHere(of: self) ? Self.handoversAtOnce : 1)
    }

    /// - Parameter count: The number of handovers at which the loop is woken.
    private func handOver(_ handover: Handover, wakesFrom count: Int = 1) {
        let mustWake = remote.withLock { remote in
            remote.handovers.append(handover)
            guard !remote.isScheduled, remote.handovers.count >= count else { return false }
            remote.isScheduled = true
            return true
        }
        if mustWake { wake() }
    }

    /// Wakes the loop if something was handed over without that.
    func wakeIfNeeded() {
        let mustWake = remote.withLock { remote in
            guard !remote.isScheduled, !remote.handovers.isEmpty else { return false }
            remote.isScheduled = true
            return true
        }
        if mustWake { wake() }
    }

    private func wake() {
        eventLoop.execute { [self] in takeHandovers() }
    }

    /// Takes what was handed over so far.
    func takeHandovers() {
        takeRemote()
        drain()
    }

    /// Lets a caller on together with others, at the end of this turn: threads that wait for work are woken once for all of them.
    func resume(_ caller: UnsafeContinuation<Void, Never>, isOffLoop: Bool) {
        callers.append(caller)
        if isOffLoop { callersOffLoop += 1 }
        if callers.count >= Self.callersAtOnce { resumeCallers() } else { schedule() }
    }

    private func resumeCallers() {
        guard !callers.isEmpty else { return }
        if callersOffLoop > 1 { expect(callersOffLoop) }
        callersOffLoop = 0
        for caller in callers { caller.resume() }
        callers.removeAll(keepingCapacity: true)
    }

    private func expect(_ callers: Int) {
        remote.withLock { $0.expected += callers }
        expectationEnds = eventLoop.now + Self.expectation
        if !isExpecting { scheduleEndOfExpectation() }
    }

    private func scheduleEndOfExpectation() {
        isExpecting = true
        eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: expectationEnds) { [self] in
            guard eventLoop.now >= expectationEnds else { return scheduleEndOfExpectation() }
            isExpecting = false
            remote.withLock { $0.expected = 0 }
            takeHandovers()
        }
    }

    /// The connection has something to send; it is flushed at the end of this turn.
    func setNeedsFlush(_ connection: ConnectionHandler) {
        unflushed.append(connection)
        schedule()
    }

    /// What other threads have by then is taken in the same turn.
    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.assumeIsolatedUnsafeUnchecked().execute { [self] in
            isScheduled = false
            takeHandovers()
        }
    }

    private func takeRemote() {
        remote.withLock { remote in
            swap(&remote.handovers, &taken)
            remote.isScheduled = false
        }
        for handover in taken {
            switch handover {
            case .job(let job): jobs.append(job)
            case .open(let call): call.connection.open(call)
            case .answer(let call, let message): call.respond(message)
            }
        }
        taken.removeAll(keepingCapacity: true)
    }

    private func drain() {
        resumeCallers()
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
        handlers?.handOver()
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
