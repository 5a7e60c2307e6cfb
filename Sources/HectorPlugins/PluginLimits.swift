/// The bounds of what plugins may cost their host, each with its reason.
package struct PluginLimits: Sendable {
    /// A log line beyond it is cut: a plugin that prints binary must not fill memory.
    package var logLineBytes = 64 * 1024
    /// Keys taken from one JSON log line.
    package var logKeys = 32
    /// Characters of a single logged value.
    package var logValueCharacters = 4096
    /// Lines of stderr quoted when a plugin does not start.
    package var lastWords = 5
    /// After its end was seen, how long to wait for what a child still has in its pipes: a grandchild may hold them.
    package var drainTime: Duration = .milliseconds(500)
    /// How long `Initialize` may take beyond the start-up limit's remainder: models are loaded there.
    package var initializeTime: Duration = .seconds(300)
    /// Between two tries to connect to a plugin that printed its line before it listens.
    package var connectPause: Duration = .milliseconds(100)
    /// How long the health check after the start may take.
    package var checkTime: Duration = .seconds(10)
    /// How long the provider's own `Shutdown` may take.
    package var shutdownTime: Duration = .seconds(5)
    /// Between the end of the connection and SIGTERM, and between SIGTERM and SIGKILL (go-plugin waits 2 s).
    package var stepTime: Duration = .seconds(2)
    /// How often a ready plugin is asked for its health.
    package var healthInterval: Duration = .seconds(5)
    /// How long such a call may take. A missed one is followed by the next at once.
    package var healthTime: Duration = .seconds(5)
    /// Health calls missed in a row after which it gets no more calls.
    package var missesUntilUnhealthy = 3
    /// Health calls missed in a row after which it is stopped and started anew: longer than a call may take unless
    /// configured otherwise (`mesh.call_timeout`), since a plugin may wait for somebody else on its only thread.
    package var missesUntilStopped = 30
    /// With calls under way, a plugin is busy that uses this share of one processor: idle ones use a thousandth.
    package var busyShare = 0.02
    /// Manifests that one search may find, and entries of folders that it may look at.
    package var manifests = 256
    package var folderEntries = 20_000
    /// How deep a search with subdirectories goes.
    package var folderDepth = 4
    /// State changes that a reader may lag behind before the oldest are dropped.
    package var bufferedStates = 64

    package init() {}
}
