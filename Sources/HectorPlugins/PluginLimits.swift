/// The bounds of what plugins may cost their host, each with its reason.
package struct PluginLimits: Sendable {
    /// A log line beyond it is cut: a plugin that prints binary must not fill memory.
    package var logLineBytes = 64 * 1024
    /// What of a plugin's output is shown at once, and in the long run: more than a person reads, and less than fills a
    /// disk in a day. Only what the log's level lets through counts.
    package var logLinesAtOnce = 2_000
    package var logLinesPerSecond = 500
    package var logBytesAtOnce = 4 << 20
    package var logBytesPerSecond = 1 << 20
    package var tracebacksAtOnce = 50
    package var tracebacksPerSecond = 5
    /// How often it is told how much was dropped.
    package var secondsBetweenDropReports = 5
    /// A JSON log line with more inside each other, or more values, is shown as text.
    package var logDepth = 16
    package var logValues = 1_000
    /// What is kept of one traceback: half of it from its beginning, half from its end.
    package var tracebackBytes = 8 * 1024
    /// Lines of a crash that make one record. A Go program may print a stack for each of thousands of goroutines.
    package var crashLines = 200
    /// How long after a crash was told a process that is still there is taken to go on.
    package var secondsAfterCrash = 5
    /// Lines of an exception's text, behind its first one.
    package var exceptionLines = 50
    /// Keys taken from one JSON log line.
    package var logKeys = 32
    /// Characters of a single logged value.
    package var logValueCharacters = 4096
    /// Lines of stderr quoted when a plugin does not start.
    package var lastWords = 5
    /// After its end was seen, how long to wait for what a child still has in its pipes: a grandchild may hold them.
    package var drainTime: Duration = .milliseconds(500)
    /// How long one start may take, handshake to `Initialize`, where `start_timeout` is not set: models are loaded there.
    package var startTime: Duration = .seconds(300)
    /// How long the handshake line may take where `start_timeout` is not set (go-plugin's limit).
    package var lineTime: Duration = .seconds(60)
    /// Between two tries to connect to a plugin that printed its line before it listens.
    package var connectPause: Duration = .milliseconds(100)
    /// How long a live process is dialled again after its connection ended, before it is judged.
    package var redialTime: Duration = .seconds(5)
    /// A connection that ends sooner is short-lived. As long at most is waited before the next one.
    package var redialPause: Duration = .seconds(1)
    /// Short-lived connections in a row that are put up with.
    package var shortConnections = 20
    /// How long the provider's own `Shutdown` may take.
    package var shutdownTime: Duration = .seconds(5)
    /// Between the end of the connection and SIGTERM, and between SIGTERM and SIGKILL (go-plugin waits 2 s).
    package var stepTime: Duration = .seconds(2)
    /// The same two where there is no time: a second signal, or a program that ends because of an error. With them a
    /// plugin is gone within 2 s, SIGKILL included.
    package var quickShutdownTime: Duration = .seconds(1)
    package var quickStepTime: Duration = .milliseconds(300)
    /// How often the file of a plugin that waits to be started is looked at.
    package var filePoll: Duration = .milliseconds(500)
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
