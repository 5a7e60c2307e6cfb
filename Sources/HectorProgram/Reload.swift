package import HectorCore
package import Logging
internal import Synchronization

/// All that a program should be, as its configuration says. A pure value; what it needs to know of files was read before.
package protocol DesiredStateOfProgram: Sendable, Equatable {
    /// What a person should know, one sentence each.
    var warnings: [String] { get }
    /// When the configuration is read again.
    var reload: ReloadMode { get }
    /// Files that must not be half-written when it is.
    var files: [String] { get }

    /// What changes where `next` takes the place of `self`.
    func difference(to next: Self) -> [StateChange]
    /// What can be put in force now: `next` with the parts of `self` that only a start can change.
    func succeeded(by next: Self) -> Self
}

/// Moves a running program to what its configuration says.
package final class Reload<State: DesiredStateOfProgram>: Sendable {
    /// The program's side.
    package struct Owners: Sendable {
        /// Hands each part to its owner; returns at once. Where it throws, nothing has changed.
        let put: @Sendable (State) throws -> Void
        /// Waits until plugins run as they should or were given up; whether they do.
        let settle: @Sendable (Duration) async -> Bool
        /// Upgrades that were given up.
        let failures: @Sendable () -> [String]

        package init(
            put: @escaping @Sendable (State) throws -> Void, settle: @escaping @Sendable (Duration) async -> Bool,
            failures: @escaping @Sendable () -> [String]
        ) {
            self.put = put
            self.settle = settle
            self.failures = failures
        }
    }

    private struct Standing {
        /// What is in force.
        var state: State
        /// What was read last, and came to that.
        var read: SettledReading<State>.Reading
    }

    private let owners: Owners
    private let file: String?
    private let read: (@Sendable () throws -> State)?
    private let log: Logger
    /// Locked while a change is made: one at a time.
    private let standing: Mutex<Standing>
    private let shown = Live<[MeshCondition]>([])

    /// Puts the first state in force.
    ///
    /// - Parameters:
    ///   - file: The configuration's.
    ///   - read: Reads it, and all that it names. Nil where it has no file.
    /// - Throws: What `owners` throw.
    package init(_ first: State, of owners: Owners, file: String?, log: Logger, read: (@Sendable () throws -> State)?) throws {
        self.owners = owners
        self.file = file
        self.read = read
        self.log = log
        standing = Mutex(Standing(state: first, read: .state(first)))
        try owners.put(first)
        for warning in first.warnings { log.warning("\(warning)") }
    }

    /// What a person should go on to see until the next reload.
    package var conditions: [MeshCondition] { shown.value }

    /// Reads the configuration, and all that it names, and puts it in force. What cannot be used changes nothing. Does not wait for
    /// plugins.
    package func apply() -> ReloadReport {
        let report = standing.withLock { standing in
            standing.read = reading()
            switch standing.read {
            case .problem(let text): return ReloadReport(problems: text.split(separator: "\n").map(String.init))
            case .state(let next):
                let changes = standing.state.difference(to: next)
                let possible = standing.state.succeeded(by: next)
                do {
                    try owners.put(possible)
                } catch {
                    return ReloadReport(problems: "\(error)".split(separator: "\n").map(String.init))
                }
                let known = Set(standing.state.warnings)
                for warning in next.warnings where !known.contains(warning) { log.warning("\(warning)") }
                standing.state = possible
                return ReloadReport(changes: changes)
            }
        }
        shown.value = report.conditions
        report.log(to: log)
        return report
    }

    /// The same, and waits until plugins run as they should, or were given up, or the time is over.
    @discardableResult
    package func run(within time: Duration = .seconds(600)) async -> ReloadReport {
        var report = apply()
        guard !report.isRefused else { return report }
        report.isSettled = await owners.settle(time)
        report.failures = owners.failures()
        return report
    }

    /// Reads the configuration again at each demand, and, where it says so, when its files have changed; until the task is cancelled.
    package func run(demands: AsyncStream<Void>, timing: Timing) async {
        await withDiscardingTaskGroup { group in
            group.addTask { for await _ in demands { _ = self.apply() } }
            group.addTask {
                var settled = SettledReading<State>()
                while (try? await timing.sleep(for: SettledReading<State>.interval)) != nil {
                    let (state, last) = self.standing.withLock { ($0.state, $0.read) }
                    guard state.reload == .watch else {
                        settled = SettledReading()
                        continue
                    }
                    let reading = self.reading()
                    let files = state.files + [self.file].compactMap(\.self)
                    guard settled.take(reading, last: last, stamps: files.map(FileStamp.init), now: timing.now()) else { continue }
                    guard !files.contains(where: isOpenForWriting) else { continue }
                    self.log.info("the configuration, or what it names, has changed on disk")
                    _ = self.apply()
                }
            }
        }
    }

    private func reading() -> SettledReading<State>.Reading {
        guard let read else { return .problem("this program runs without a configuration file: stop it and start it with one") }
        do {
            return .state(try read())
        } catch {
            return .problem("\(error)")
        }
    }
}

/// Whether what is read again and again has changed and is complete: it and its files have been the same for a while. A pure value.
package struct SettledReading<State: Equatable & Sendable>: Sendable {
    package enum Reading: Equatable, Sendable {
        case state(State)
        /// It cannot be used.
        case problem(String)
    }

    /// Between two looks.
    package static var interval: Duration { .seconds(1) }
    /// How long it must have been the same: an editor or a copy writes a file in less, or goes on writing.
    package static var rest: Duration { .seconds(2) }

    private var seen: (reading: Reading, stamps: [FileStamp], since: Instant)?

    package init() {}

    /// - Parameter last: What was read last and acted upon.
    /// - Returns: Whether to act upon it now.
    package mutating func take(_ reading: Reading, last: Reading, stamps: [FileStamp], now: Instant) -> Bool {
        guard reading != last else {
            seen = nil
            return false
        }
        guard let seen, seen.reading == reading, seen.stamps == stamps else {
            self.seen = (reading, stamps, now)
            return false
        }
        return seen.since.duration(to: now) >= Self.rest
    }
}
