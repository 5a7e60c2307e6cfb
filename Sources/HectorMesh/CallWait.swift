internal import HectorCore
import Synchronization

/// When a call in progress began to wait for its replica. The call writes it at every message, without the router's lock;
/// the replica set reads it now and then.
package final class CallWait: Sendable {
    /// The connection that the call is on.
    let epoch: UInt64
    private let state: Mutex<(since: Instant?, metric: Metric)>

    init(since: Instant, _ metric: Metric, epoch: UInt64) {
        self.epoch = epoch
        state = Mutex((since, metric))
    }

    /// nil while the call waits for its own reader.
    var current: (since: Instant, metric: Metric)? {
        state.withLock { state in state.since.map { ($0, state.metric) } }
    }

    func messageReceived() { state.withLock { $0 = (nil, .gap) } }

    func messageAwaited(now: Instant) { state.withLock { $0.since = now } }
}
