import CAvahi
import Dispatch
import Glibc
import Synchronization

/// A thread that runs Avahi's main loop, and the executor of the actors that talk to Avahi.
///
/// libavahi-client is not thread-safe, calls back on the thread that runs the loop, and waits for the
/// daemon's reply in most of its calls (25 s when the daemon hangs). With this as its executor an actor
/// makes all its calls and gets all its callbacks on one thread, which nobody else needs.
///
/// There is one and it never ends, since an executor must outlive every job given to it.
final class AvahiLoop: SerialExecutor {
    static let shared = AvahiLoop()

    private nonisolated(unsafe) let simplePoll: OpaquePointer  // immutable; used on the loop's thread only
    private nonisolated(unsafe) let simple: UnsafePointer<AvahiPoll>  // immutable; used on the loop's thread only
    /// For clients: notes the sockets that they have watched.
    nonisolated(unsafe) let poll: UnsafePointer<AvahiPoll>  // immutable; used on the loop's thread only
    /// By the address of their watch: connections to the bus.
    private let sockets = Mutex<[UInt: Int32]>([:])
    private let wakeup: Int32
    private let jobs = Mutex<[UnownedJob]>([])
    private let thread = Atomic<UInt>(0)

    private init() {
        // Not avahi_simple_poll_wakeup to wake it: that writes a plain variable from the calling thread.
        wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard let simplePoll = avahi_simple_poll_new(), let poll = avahi_simple_poll_get(simplePoll), wakeup >= 0 else {
            fatalError("no file descriptors or memory left for Avahi's main loop")
        }
        (self.simplePoll, simple) = (simplePoll, UnsafePointer(poll))
        let noting = UnsafeMutablePointer<AvahiPoll>.allocate(capacity: 1)
        noting.initialize(to: poll.pointee)
        noting.pointee.watch_new = { api, socket, events, callback, context in
            let loop = AvahiLoop.shared
            let watch = loop.simple.pointee.watch_new(api, socket, events, callback, context)
            if let watch { loop.sockets.withLock { $0[UInt(bitPattern: watch)] = socket } }
            return watch
        }
        noting.pointee.watch_free = { watch in
            let loop = AvahiLoop.shared
            // Before the socket is closed, and its number used for another.
            _ = loop.sockets.withLock { $0.removeValue(forKey: UInt(bitPattern: watch)) }
            loop.simple.pointee.watch_free(watch)
        }
        self.poll = UnsafePointer(noting)
        let context = Unmanaged.passRetained(self).toOpaque()
        _ = poll.pointee.watch_new(poll, wakeup, AVAHI_WATCH_IN, { _, _, _, context in
            AvahiLoop.from(context).runJobs()
        }, context)
        var id = pthread_t()
        let status = pthread_create(&id, nil, { context in
            let loop = AvahiLoop.from(context)
            loop.thread.store(UInt(pthread_self()), ordering: .releasing)
            fatalError("Avahi's main loop ended: \(avahi_simple_poll_loop(loop.simplePoll))")
        }, context)
        guard status == 0 else { fatalError("no thread for Avahi's main loop: \(status)") }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        var one: UInt64 = 1
        _ = write(wakeup, &one, 8)
    }

    private func runJobs() {
        var count: UInt64 = 0
        _ = read(wakeup, &count, 8)
        let batch = jobs.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
        for job in batch { job.runSynchronously(on: asUnownedSerialExecutor()) }
    }

    /// Runs a body that works on this thread. When the task has been cancelled and the body has not returned after
    /// `patience`, the thread waits for a daemon that hangs: the connections to the bus are cut then, and every call
    /// that waits for a reply fails at once.
    func run(patience: Duration, _ body: () async -> Void) async {
        let isOver = Flag()
        await withTaskCancellationHandler {
            await body()
            isOver.raise()
        } onCancel: {
            cutBus(after: patience, unless: isOver)
        }
    }

    /// Not a task: those of a cancelled one cannot sleep, and the pool's other threads are not to wait for this.
    private func cutBus(after patience: Duration, unless isOver: Flag) {
        DispatchQueue.global().asyncAfter(deadline: .now() + patience / .seconds(1)) { [self] in
            guard !isOver.isRaised else { return }
            sockets.withLock { for socket in $0.values { shutdown(socket, Int32(SHUT_RDWR)) } }
            // One more call may have begun.
            cutBus(after: patience, unless: isOver)
        }
    }

    /// Lets callbacks, which Avahi makes outside of any job, count as being on the executor.
    func checkIsolated() {
        precondition(thread.load(ordering: .acquiring) == UInt(pthread_self()), "not on Avahi's thread")
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> AvahiLoop { unwrap(context) }
}

/// Goes up once.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isRaised: Bool { value.load(ordering: .acquiring) }
    func raise() { value.store(true, ordering: .releasing) }
}

/// The object behind the context pointer that one of our own calls gave to Avahi.
func unwrap<Object: AnyObject>(_ context: UnsafeMutableRawPointer?, as: Object.Type = Object.self) -> Object {
    guard let context else { preconditionFailure("Avahi called back without the context it was given") }
    return Unmanaged<Object>.fromOpaque(context).takeUnretainedValue()
}
