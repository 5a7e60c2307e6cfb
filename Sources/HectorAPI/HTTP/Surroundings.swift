/// Injected dependencies of the HTTP API: clocks and generation of ids.
package struct Surroundings: Sendable {
    /// Milliseconds since 1970.
    package var now: @Sendable () -> Int64
    /// A name that no other call returns, for example a UUID.
    package var newID: @Sendable () -> String
    package var clock: any Clock<Duration>

    package init(
        now: @escaping @Sendable () -> Int64, newID: @escaping @Sendable () -> String, clock: any Clock<Duration>
    ) {
        self.now = now
        self.newID = newID
        self.clock = clock
    }
}
