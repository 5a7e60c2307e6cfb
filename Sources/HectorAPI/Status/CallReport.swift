/// What the host's calls to replicas came to, since it started.
package struct CallReport: Sendable {
    /// One method's calls.
    package struct Method: Sendable {
        /// For example `/hector.plugin.LLMProvider/Generate`.
        package var path: String
        /// Calls that ended, by the name of their status, such as `OK`.
        package var codes: [(code: String, calls: Int)]
        /// What share of the calls took no longer than how long; the share from 0 to 1.
        package var latencies: [(quantile: Double, latency: Duration)]
        /// How long all of them took together.
        package var total: Duration

        package init(
            path: String, codes: [(code: String, calls: Int)], latencies: [(quantile: Double, latency: Duration)], total: Duration
        ) {
            self.path = path
            self.codes = codes
            self.latencies = latencies
            self.total = total
        }
    }

    /// What went over one connection that stands.
    package struct Connection: Sendable {
        /// The node, or the replica on this machine.
        package var peer: String
        /// On the wire, TLS included.
        package var bytesReceived: Int
        package var bytesSent: Int
        /// Begun on it.
        package var calls: Int

        package init(peer: String, bytesReceived: Int, bytesSent: Int, calls: Int) {
            self.peer = peer
            self.bytesReceived = bytesReceived
            self.bytesSent = bytesSent
            self.calls = calls
        }
    }

    package var methods: [Method] = []
    package var connections: [Connection] = []

    package init() {}
}
