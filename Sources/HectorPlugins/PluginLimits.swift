/// The bounds of what plugins may cost their host, each with its reason.
package struct PluginLimits: Sendable {
    /// A log line beyond it is cut: a plugin that prints binary must not fill memory.
    package var logLineBytes = 64 * 1024
    /// How much of a plugin's output is logged at once, and per second: more than a person reads, and less than fills a
    /// disk in a day. Only output that the log's level shows counts.
    package var logLinesAtOnce = 2_000
    package var logLinesPerSecond = 500
    package var logBytesAtOnce = 4 << 20
    package var logBytesPerSecond = 1 << 20
    package var tracebacksAtOnce = 50
    package var tracebacksPerSecond = 5
    /// Seconds between two reports of how much was dropped.
    package var secondsBetweenDropReports = 5
    /// A JSON log line that is nested deeper, or has more values, is shown as text.
    package var logDepth = 16
    package var logValues = 1_000
    /// Bytes kept of one traceback: half from its beginning, half from its end.
    package var tracebackBytes = 8 * 1024
    /// Lines of a crash that make one record. A Go program may print a stack for each of thousands of goroutines.
    package var crashLines = 200
    /// A process that is still alive so many seconds after its crash was logged is assumed to continue.
    package var secondsAfterCrash = 5
    /// Lines of an exception's text after its first one.
    package var exceptionLines = 50
    /// Keys taken from one JSON log line.
    package var logKeys = 32
    /// Characters of a single logged value.
    package var logValueCharacters = 4096
    /// Lines of stderr quoted when a plugin does not start.
    package var lastWords = 5
    /// How long to wait, after a child has ended, for the rest of its output: a grandchild may keep the pipes open.
    package var drainTime: Duration = .milliseconds(500)
    /// Time limit of one start, from handshake to `Initialize`, if `start_timeout` is not set: models are loaded in this time.
    package var startTime: Duration = .seconds(300)
    /// Time limit of the handshake line if `start_timeout` is not set (go-plugin's limit).
    package var lineTime: Duration = .seconds(60)
    /// Pause between two attempts to connect to a plugin that printed its handshake line before it listens.
    package var connectPause: Duration = .milliseconds(100)
    /// How long reconnecting to a live process is attempted after its connection ended, before that counts as a failure.
    package var redialTime: Duration = .seconds(5)
    /// A connection that ends sooner is short-lived. Also the longest pause before the next one.
    package var redialPause: Duration = .seconds(1)
    /// Consecutive short-lived connections that are tolerated.
    package var shortConnections = 20
    /// Time limit of the provider's own `Shutdown`.
    package var shutdownTime: Duration = .seconds(5)
    /// Between the end of the connection and SIGTERM, and between SIGTERM and SIGKILL (go-plugin waits 2 s).
    package var stepTime: Duration = .seconds(2)
    /// `shutdownTime` and `stepTime` if the stop is urgent: after a second signal, or if the program ends because of an error. A
    /// plugin is then gone within 2 s, SIGKILL included.
    package var quickShutdownTime: Duration = .seconds(1)
    package var quickStepTime: Duration = .milliseconds(300)
    /// How often the file of a plugin that waits for its restart is checked for changes.
    package var filePoll: Duration = .milliseconds(500)
    /// How often a ready plugin is asked for its health.
    package var healthInterval: Duration = .seconds(5)
    /// Time limit of a health call. A missed one is followed by the next immediately.
    package var healthTime: Duration = .seconds(5)
    /// Consecutive missed health calls after which a plugin gets no more calls.
    package var missesUntilUnhealthy = 3
    /// Consecutive missed health calls after which a plugin is stopped and restarted: longer than a call may take unless
    /// configured otherwise (`mesh.call_timeout`), since a plugin may wait for another service on its only thread.
    package var missesUntilStopped = 30
    /// How long a plugin that has calls answers nothing, its HTTP/2 library included, and uses no processor time until it counts as frozen: it
    /// is stopped, or its container is. Calls that have no response leave it then.
    package var frozenTime: Duration = .milliseconds(1_800)
    /// The same for calls whose response has begun.
    package var silenceStreams: Duration = .seconds(5)
    /// A plugin with calls in progress counts as busy if it uses this share of one processor: idle ones use a thousandth.
    package var busyShare = 0.02
    /// Manifests that one search may find, and directory entries that it may look at.
    package var manifests = 256
    package var folderEntries = 20_000
    /// Levels of subdirectories that a search descends.
    package var folderDepth = 4
    /// State changes that a reader may lag behind before the oldest are dropped.
    package var bufferedStates = 64
    /// Names that one process may offer: more models than one machine keeps.
    package var offers = 200
    /// How long a new process of an upgraded plugin must have been ready until it takes over: one that ends at once has ended by then.
    package var upgradeProof: Duration = .seconds(2)
    /// How long the old process is kept after that, to take over again if the new one fails at its first calls.
    package var upgradeProbation: Duration = .seconds(5)
    /// How long, beyond its time to start, a new process may say that it cannot serve yet until it is given up.
    package var upgradePatience: Duration = .seconds(30)
    /// How often plugins on their way from one state to another are looked at.
    package var upgradeTurn: Duration = .milliseconds(200)
    /// The longest that a plugin takes to end that ignores each request to.
    package var stopTime: Duration { shutdownTime + stepTime * 2 }

    package init() {}
}
