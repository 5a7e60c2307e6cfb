internal import HectorCore
internal import HectorLogging
package import Logging
package import ServiceLifecycle
internal import UnixSignals

/// Runs the services of a program until they end, or a signal ends them.
///
/// | signal | what happens |
/// | --- | --- |
/// | SIGTERM, SIGINT | the services shut down gracefully, in reverse order |
/// | the same, when the stop has taken longer than it may | the same as if there was another signal |
/// | either of them once more, half a second later or more | the services are cancelled: calls in progress are cut off |
/// | SIGHUP | `hangup` is called |
package struct ProgramRun: Sendable {
    /// A signal ended a program before it was done, or a second one cut its end short.
    package struct Interrupted: Error, CustomStringConvertible {
        /// The number of that signal.
        package let signal: Int32

        package var description: String { "stopped immediately by a signal" }
        /// As a shell tells of a program that a signal ended.
        package var exitStatus: Int32 { 128 + signal }
    }

    private enum End: Sendable {
        case services
        case interrupted(UnixSignal)
        /// The stop took longer than it may.
        case overdue
    }

    private let services: [any Service]
    private let stopTime: @Sendable () -> Duration
    private let hangup: @Sendable () -> Void
    private let log: Logger
    private let elapsed: @Sendable () -> Duration
    private let sleep: @Sendable (Duration) async throws -> Void
    private let isStopping = Signal<Void>()

    /// - Parameters:
    ///   - services: In the order of their start. One that ends by itself ends no other.
    ///   - stopTime: How long the services may take to shut down; asked when they begin to.
    ///   - hangup: What SIGHUP means to this program; must not block.
    package init(
        _ services: [any Service], log: Logger, clock: some Clock<Duration> = ContinuousClock(), stopTime: @escaping @Sendable () -> Duration,
        hangup: @escaping @Sendable () -> Void
    ) {
        let start = clock.now
        elapsed = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
        self.stopTime = stopTime
        self.services = services
        self.log = log
        self.hangup = hangup
    }

    /// Returns when all services have ended.
    ///
    /// - Throws: What a service threw, or `Interrupted`. In either case no service runs any more.
    package func run() async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0, successTerminationBehavior: .ignore) }, logger: log))
        // Before the services start: a signal that comes meanwhile counts.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        try await withThrowingTaskGroup(of: End.self) { tasks in
            tasks.addTask {
                try await group.run()
                return .services
            }
            tasks.addTask { await listen(to: signals, group) }
            tasks.addTask { await waitForOverdueStop() }
            defer { tasks.cancelAll() }
            let end = try await tasks.next()
            guard case .services? = end else {
                tasks.cancelAll()
                // Cancelled services may end with any error.
                while let ended = await tasks.nextResult() { _ = ended }
                if case .interrupted(let signal)? = end { throw Interrupted(signal: signal.rawValue) }
                return
            }
        }
    }

    private func waitForOverdueStop() async -> End {
        guard (try? await isStopping.wait()) != nil else { return .services }
        let time = stopTime()
        guard (try? await sleep(time)) != nil else { return .services }
        log.error("stopping immediately: the stop has taken \(time.inSeconds), which is all that it may")
        return .overdue
    }

    private func listen(to signals: UnixSignalsSequence, _ group: ServiceGroup) async -> End {
        var requests = StopRequests()
        for await signal in signals {
            guard signal != .sighup else {
                hangup()
                continue
            }
            switch requests.take(at: elapsed()) {
            case .begin:
                log.info("stopping; a second signal cuts off calls in progress")
                isStopping.set()
                await group.triggerGracefulShutdown()
            case .same:
                log.debug("another signal within half a second: the same request")
            case .atOnce:
                log.warning("stopping immediately: calls in progress are cut off")
                return .interrupted(signal)
            }
        }
        // Cancelled: the services have ended.
        return .services
    }
}

/// The end of a program's log: what waits is written, as far as somebody reads it.
package func flushLog() { LogWriter.standardError.flush(within: 1_000) }
