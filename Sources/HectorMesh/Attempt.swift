package import HectorCore
package import HectorLoad
import Synchronization

/// One attempt of one call; the code that performs it reports its progress here.
///
/// A stream's carrier calls `messageAwaited` before it waits for a message and `messagesReceived`
/// after: the time that its own reader takes in between is not the replica's.
package final class Attempt: Sendable {
    /// 1 for the first.
    package let number: Int
    package let replica: ReplicaID
    /// What its plugin can do beyond what all can.
    package let abilities: Abilities
    /// The caller's deadline, to be passed on.
    package let deadline: Instant?

    fileprivate struct State {
        var progress = Progress()
        var awaitedSince: Instant?
        var lastMessage: Instant?
        /// The part of the progress that was reported already.
        var reportedMessages = 0
        var reportedWait = Duration.zero
        var lastReport: Instant
    }

    /// A report takes the router's lock: a fast stream must not do that with every message.
    private static let reportInterval = Duration.milliseconds(100)

    private let began: Instant
    private let now: @Sendable () -> Instant
    /// Of a stream.
    private let wait: CallWait?
    private let report: @Sendable (StreamMetric) -> Void
    private let state: Mutex<State>

    init(
        number: Int, replica: ReplicaID, abilities: Abilities = [], deadline: Instant?, began: Instant, wait: CallWait?,
        now: @escaping @Sendable () -> Instant, report: @escaping @Sendable (StreamMetric) -> Void
    ) {
        self.number = number
        self.replica = replica
        self.abilities = abilities
        self.deadline = deadline
        self.began = began
        self.wait = wait
        self.now = now
        self.report = report
        state = Mutex(State(lastReport: began))
    }

    var progress: Progress { state.withLock { $0.progress } }

    /// Response headers arrived: from here on the call is never sent again.
    package func headersReceived() {
        state.withLock { $0.progress.headers = true }
    }

    /// The wait for the next message begins now. If this is not called, it began with the previous message.
    package func messageAwaited() {
        let now = now()
        state.withLock { $0.awaitedSince = now }
        wait?.messageAwaited(now: now)
    }

    /// Messages of the response arrived, together; implies its headers.
    package func messagesReceived(_ count: Int = 1) {
        let now = now()
        let metric = state.withLock { $0.messagesReceived(count, began: began, now: now, interval: Self.reportInterval) }
        wait?.messageReceived()
        if let metric { report(metric) }
    }

    /// The replica said how busy it is; what it said last counts.
    package func loadReported(_ report: LoadReport) {
        let now = now()
        state.withLock {
            $0.progress.report = report
            $0.progress.reportedAt = now
        }
    }

    /// The part that has not been reported yet.
    func close() {
        if let rest = state.withLock({ $0.takeGap(now: now()) }) { report(rest) }
    }
}

extension Attempt.State {
    fileprivate mutating func messagesReceived(_ count: Int, began: Instant, now: Instant, interval: Duration) -> StreamMetric? {
        progress.headers = true
        progress.messages += count
        defer {
            lastMessage = now
            awaitedSince = nil
        }
        guard let lastMessage else {
            let first = began.duration(to: now)
            progress.firstMessage = first
            lastReport = now
            reportedMessages = count
            return .firstMessage(first, messages: count)
        }
        progress.waited += max(lastMessage, awaitedSince ?? lastMessage).duration(to: now)
        return lastReport.duration(to: now) >= interval ? takeGap(now: now) : nil
    }

    fileprivate mutating func takeGap(now: Instant) -> StreamMetric? {
        let messages = progress.messages - reportedMessages
        guard messages > 0, reportedMessages > 0 else { return nil }
        let gap = (progress.waited - reportedWait) / messages
        reportedMessages = progress.messages
        reportedWait = progress.waited
        lastReport = now
        return .gap(gap, messages: messages)
    }
}
