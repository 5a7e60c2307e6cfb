internal import Glibc
internal import HectorCore
internal import Synchronization

/// Writes log lines to a descriptor on a thread of its own, so that a slow or stuck reader blocks no other thread.
///
/// Lines wait in memory, within a bound. What finds no room is dropped, counted, and told of as soon as there is room again.
/// A descriptor that takes nothing for good (a closed pipe, a full disk) loses its lines the same way.
package final class LogWriter: Sendable {
    /// Bytes that may wait to be written: a plugin's largest burst, and as much for everything else. With less, one plugin's burst
    /// would cost the program its own lines.
    package static let standardLimit = 8 << 20

    /// Standard error. The thread starts with the first use, and ends with the process.
    package static let standardError = LogWriter(descriptor: STDERR_FILENO)

    private struct State {
        var waiting: [UInt8] = []
        /// What the thread is writing.
        var underWay = 0
        var dropped = 0
        /// Who waits for the end of everything that was said before.
        var flushes: [Signal] = []
    }

    private let descriptor: CInt
    private let limit: Int
    private let state = Mutex(State())
    private let work = Signal()

    /// - Parameters:
    ///   - descriptor: Stays open as long as the process lives.
    ///   - limit: Bytes that may wait, those being written included.
    package init(descriptor: CInt, limit: Int = LogWriter.standardLimit) {
        self.descriptor = descriptor
        self.limit = limit
        var thread = pthread_t()
        let created = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<LogWriter>.fromOpaque(context).takeRetainedValue().run()
            },
            Unmanaged.passRetained(self).toOpaque())
        precondition(created == 0, "no thread to write the log from: errno \(created)")
        pthread_detach(thread)
    }

    /// Takes a line, with its line break. Never waits.
    package func write(_ line: some Collection<UInt8>) {
        let mustWake = state.withLock { state -> Bool in
            guard state.waiting.count + state.underWay + line.count <= limit else {
                state.dropped += 1
                return false
            }
            state.waiting.append(contentsOf: line)
            return true
        }
        if mustWake { work.post() }
    }

    /// Returns when everything that was taken before has been written, or the time is over. For the end of a program.
    package func flush(within milliseconds: Int) {
        let done = Signal()
        let isIdle = state.withLock { state -> Bool in
            guard !state.waiting.isEmpty || state.underWay > 0 || state.dropped > 0 else { return true }
            state.flushes.append(done)
            return false
        }
        guard !isIdle else { return }
        work.post()
        done.wait(milliseconds: milliseconds)
    }

    private func run() -> Never {
        while true {
            work.wait()
            while let bytes = next() { write(all: bytes) }
        }
    }

    /// What is to be written next; nil where there is nothing.
    private func next() -> [UInt8]? {
        state.withLock { state in
            if state.dropped > 0 {
                let lines = state.dropped == 1 ? "1 line was" : "\(state.dropped) lines were"
                state.waiting += Array("(\(lines) dropped here: the log is not read as fast as it is written)\n".utf8)
                state.dropped = 0
            }
            guard !state.waiting.isEmpty else {
                state.underWay = 0
                for flush in state.flushes { flush.post() }
                state.flushes = []
                return nil
            }
            defer { state.waiting = [] }
            state.underWay = state.waiting.count
            return state.waiting
        }
    }

    private func write(all bytes: [UInt8]) {
        // Closed, or full: nobody is left to tell.
        try? HectorCore.write(bytes, to: descriptor)
    }
}

/// A semaphore.
private final class Signal: @unchecked Sendable { // sem_t is made for several threads, and lies at one address for good.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() {
        semaphore.initialize(to: sem_t())
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func post() { sem_post(semaphore) }

    func wait() { while sem_wait(semaphore) != 0 {} }

    func wait(milliseconds: Int) {
        var until = timespec()
        clock_gettime(CLOCK_REALTIME, &until)
        let nanoseconds = until.tv_nsec + milliseconds % 1_000 * 1_000_000
        until.tv_sec += milliseconds / 1_000 + nanoseconds / 1_000_000_000
        until.tv_nsec = nanoseconds % 1_000_000_000
        while sem_timedwait(semaphore, &until) != 0, errno == EINTR {}
    }
}
