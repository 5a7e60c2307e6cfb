internal import HectorCore

/// An actor on `AvahiLoop` that wants a connection to the daemon for as long as it runs.
protocol AvahiUser: Actor {
    /// The daemon is ready. Called again on the same client when the host's name has changed.
    func connected(_ client: AvahiClient) throws(AvahiError)
    /// The host's name is being changed; `connected` follows.
    func hostRenaming()
    /// There is no connection; `error` is nil when the task was cancelled. Let go of all that was made with the client.
    func disconnected(_ error: AvahiError?)
}

extension AvahiUser {
    /// Connects, and connects again after failures, until the task is cancelled.
    func stayConnected(_ limits: DiscoveryLimits, _ timing: Timing) async {
        var failures = 0
        while !Task.isCancelled {
            do throws(AvahiError) {
                let client = try AvahiClient()
                for await event in client.events {
                    switch event {
                    case .running:
                        try connected(client)
                        failures = 0
                    case .renaming: hostRenaming()
                    case .failed(let error): throw error
                    }
                }
                disconnected(nil)
            } catch {
                // What fails at the end, fails because of it.
                disconnected(Task.isCancelled ? nil : error)
                failures += 1
                // Throws when cancelled, which the loop looks at.
                try? await timing.sleep(for: limits.retries.delay(afterFailures: failures, random: timing.random))
            }
        }
    }
}
