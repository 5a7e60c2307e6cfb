internal import HectorCore
import Synchronization

/// A call under way, and since when it has waited for its replica.
struct WaitingCall: Sendable {
    /// The connection that the call is on.
    let epoch: UInt64
    let began: Instant
    let metric: Metric
    let stream: CallWait?

    /// nil while the call waits for its own reader.
    var current: (since: Instant, metric: Metric)? {
        if let stream { stream.current } else { (began, metric) }
    }
}

/// When a stream in progress began to wait for its replica. The call writes it at every message, without the router's lock;
/// the replica set reads it now and then.
package final class CallWait: Sendable {
    private let state: Mutex<(since: Instant?, metric: Metric)>

    init(since: Instant, _ metric: Metric) {
        state = Mutex((since, metric))
    }

    /// nil while the call waits for its own reader.
    var current: (since: Instant, metric: Metric)? {
        state.withLock { state in state.since.map { ($0, state.metric) } }
    }

    func messageReceived() { state.withLock { $0 = (nil, .gap) } }

    func messageAwaited(now: Instant) { state.withLock { $0.since = now } }
}
