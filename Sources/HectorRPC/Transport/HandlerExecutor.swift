internal import Dispatch
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A call whose handler is to run.
struct HandlerStart: Sendable {
    let call: HandledCall
    let handler: RPCServices.Handler
    let message: ReceivedMessage?

    func run() async { await call.run(handler, message) }
}

/// Runs handlers that may block or compute for long, on threads of Swift's global executor.
///
/// The connections of one event loop share it. What a turn of the loop brings comes in one piece and wakes one thread, which works until
/// nothing is left, and then wakes the loop for all answers. Others join it as soon as work has waited for `patience`; where handlers take
/// that long, later ones do not wait.
final class HandlerExecutor: TaskExecutor, @unchecked Sendable { // The unguarded state is confined to the loop.
    private enum Work: Sendable {
        case job(UnownedJob)
        case call(HandlerStart)
    }

    private struct State {
        var waiting = Queue<Work>()
        /// Threads that work here, or were asked for.
        var threads = 0
        /// Those among them that have not begun.
        var starting = 0
        /// Whether the loop looks after what waits.
        var isWatched = false
        /// How often nothing was left, and how much was taken.
        var emptied: UInt64 = 0
        var taken: UInt64 = 0
        /// Whether handlers keep their threads for long. Then each gets one at once, as far as there are threads.
        var takesLong = false

        /// How many threads are to be started; they are counted.
        mutating func startThreads(_ count: Int) -> Int {
            let count = max(0, min(count, HandlerExecutor.threads - threads))
            threads += count
            starting += count
            return count
        }

        /// Starts one, unless one is on its way.
        mutating func startThread() -> Int { starting == 0 ? startThreads(1) : 0 }

        mutating func take() -> Work? {
            guard let work = waiting.popFirst() else {
                threads -= 1
                emptied += 1
                return nil
            }
            taken += 1
            return work
        }
    }

    /// A thread that works here.
    private final class Worker: @unchecked Sendable { // Only its thread sees it.
        let executor: HandlerExecutor
        /// Whether a call is being handed to a task, whose job then is the next one.
        var isHanding = false
        var next: UnownedJob?

        init(_ executor: HandlerExecutor) { self.executor = executor }
    }

    private static let ofThread = ThreadSpecificVariable<Worker>()
    private let state = Mutex(State())
    private let loop: EventLoopExecutor
    private var eventLoop: any EventLoop { loop.eventLoop }
    // Confined to the loop:
    @exclusivity(unchecked) private var collected: [Work] = []
    @exclusivity(unchecked) private var isScheduled = false
    /// When work was handed over last, and how much had been taken by then.
    @exclusivity(unchecked) private var handedOver = NIODeadline.distantPast
    @exclusivity(unchecked) private var takenBefore: UInt64 = 0

    /// How long work waits for a thread that may be busy for long, before another is started, and answers for their loop.
    private static let patience = TimeAmount.milliseconds(1)
    /// Handlers that are ended at this pace need no thread each.
    private static let short = TimeAmount.microseconds(50)
    /// Those of the global executor, and those that it adds for threads that block.
    private static let threads = System.coreCount * 2

    init(_ loop: EventLoopExecutor) { self.loop = loop }

    /// Whether this thread runs the loop's handlers.
    static func isHere(of loop: EventLoopExecutor) -> Bool { ofThread.currentValue?.executor.loop === loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if eventLoop.inEventLoop { return collect(.job(job)) }
        if let worker = Self.ofThread.currentValue, worker.isHanding, worker.executor === self {
            worker.next = job
            worker.isHanding = false
            return
        }
        let count = state.withLock { state in
            state.waiting.append(.job(job))
            return state.threads == 0 || !state.isWatched ? state.startThread() : 0
        }
        start(count)
    }

    /// Has a task of the call's connection run the handler. To be called on the loop.
    func enqueue(_ start: HandlerStart) { collect(.call(start)) }

    private func collect(_ work: Work) {
        collected.append(work)
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.assumeIsolatedUnsafeUnchecked().execute { [self] in
            isScheduled = false
            handOver()
        }
    }

    /// Hands over what this turn of the loop has brought.
    func handOver() {
        guard !collected.isEmpty else { return }
        let now = eventLoop.now
        let (count, mustWatch, seen) = state.withLock { state in
            for work in collected { state.waiting.append(work) }
            let taken = state.taken - takenBefore
            takenBefore = state.taken
            if state.takesLong, taken > 0, (now - handedOver).nanoseconds / Int64(taken) < Self.short.nanoseconds { state.takesLong = false }
            let count = state.takesLong ? state.startThreads(state.waiting.count - state.starting) : state.threads == 0 ? state.startThread() : 0
            let mustWatch = !state.isWatched && state.waiting.count > count
            if mustWatch { state.isWatched = true }
            return (count, mustWatch, (state.emptied, state.taken))
        }
        handedOver = now
        collected.removeAll(keepingCapacity: true)
        start(count)
        if mustWatch { watch(seen) }
    }

    private func watch(_ seen: (emptied: UInt64, taken: UInt64)) {
        eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: Self.patience) { [self] in
            let (count, next) = state.withLock { state -> (Int, (UInt64, UInt64)?) in
                guard !state.waiting.isEmpty, state.threads < Self.threads else {
                    state.isWatched = false
                    return (0, nil)
                }
                let next = (state.emptied, state.taken)
                guard state.emptied == seen.emptied else { return (0, next) }
                guard state.taken == seen.taken, state.starting == 0 else { return (state.startThread(), next) }
                state.takesLong = true
                return (state.startThreads(state.waiting.count), next)
            }
            start(count)
            // The thread that has them may have gone on with a handler that takes long.
            loop.takeHandovers()
            if let next { watch(next) }
        }
    }

    private func start(_ count: Int) {
        for _ in 0..<count { DispatchQueue.global().async { [self] in work() } }
    }

    private func work() {
        let worker = Worker(self)
        Self.ofThread.currentValue = worker
        defer { Self.ofThread.currentValue = nil }
        let executor = asUnownedTaskExecutor()
        guard let first = begin() else { return }
        var next: Work? = first
        while let work = next {
            switch work {
            case .job(let job): job.runSynchronously(on: executor)
            case .call(let start):
                worker.isHanding = true
                start.call.server.hand(start)
                worker.isHanding = false
                if let job = worker.next {
                    worker.next = nil
                    job.runSynchronously(on: executor)
                }
            }
            next = takeNext()
        }
    }

    /// The first piece of work of a thread.
    private func begin() -> Work? {
        let (work, count) = state.withLock { state -> (Work?, Int) in
            state.starting -= 1
            let work = state.take()
            return (work, work != nil && !state.isWatched && !state.waiting.isEmpty ? state.startThread() : 0)
        }
        start(count)
        return work
    }

    /// The next piece of work of a thread; nil: it ends.
    private func takeNext() -> Work? {
        let (work, isWatched) = state.withLock { ($0.take(), $0.isWatched) }
        // What comes next may take long, and nobody else would take the answers.
        if work == nil || !isWatched { loop.wakeIfNeeded() }
        return work
    }

    /// The next call, where it is what comes next and is one of the connection's: its task goes on with it.
    func takeCall(of connection: ServerConnection) -> HandlerStart? {
        let (start, isWatched) = state.withLock { state -> (HandlerStart?, Bool) in
            guard case .call(let start) = state.waiting.first, start.call.server === connection else { return (nil, true) }
            _ = state.take()
            return (start, state.isWatched)
        }
        if !isWatched { loop.wakeIfNeeded() }
        return start
    }
}

/// First in, first out.
private struct Queue<Element> {
    private var elements: [Element?] = []
    private var next = 0

    var count: Int { elements.count - next }
    var isEmpty: Bool { next == elements.count }
    var first: Element? { next < elements.count ? elements[next] : nil }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard next < elements.count else { return nil }
        let element = elements[next].take()
        next += 1
        if next == elements.count {
            elements.removeAll(keepingCapacity: true)
            next = 0
        } else if next >= 1024 {
            elements.removeFirst(next)
            next = 0
        }
        return element
    }
}
