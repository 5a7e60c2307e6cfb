package import HectorCore

/// Injected dependencies of the HTTP API: time and generation of ids.
package struct Surroundings: Sendable {
    package var timing: Timing
    /// A name that no other call returns, for example a UUID.
    package var newID: @Sendable () -> String

    package init(timing: Timing, newID: @escaping @Sendable () -> String) {
        self.timing = timing
        self.newID = newID
    }

    /// Milliseconds since 1970.
    func now() -> Int64 { timing.wallClock().wholeNanoseconds / 1_000_000 }
}
