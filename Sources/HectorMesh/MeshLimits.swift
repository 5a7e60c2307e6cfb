package import HectorCore

/// The bounds and rates of routing, each with its reason.
package struct MeshLimits: Sendable, Equatable {
    // Waiting for a replica

    /// Calls of one plugin that may wait for a replica: a longer queue would only produce more late answers.
    package var waitersPerPlugin = 1_024
    /// How long a call waits for a replica if its deadline is later or absent: a child restarts within seconds,
    /// and a person gives up at about this time.
    package var longestWait: Duration = .seconds(10)

    // Retries (gRFC A6 and Finagle's budget)

    /// Attempts of one call, the first included.
    package var attempts = 3
    /// Attempts of one call that found no connection, and so do not count: a machine whose connections all fail at once must not keep a call
    /// busy.
    package var unsentAttempts = 16
    /// Replicas that may be lost under a call before it ends: one is chance, two may be the call's own doing.
    package var losses = 2
    /// Retries that each call adds to the budget.
    package var retryShare = 0.2
    /// Retries that each second adds to the budget, so that calls of a quiet plugin can be retried, too.
    package var retriesPerSecond = 3.0
    /// Maximum of the budget: the calls that one replica may have in flight when its connection breaks.
    package var retryBurst = 100.0

    // Ejection

    /// Failures in a row that eject: one may be the call's own fault, two are not chance.
    package var consecutiveFailures = 2
    /// How long an ejected replica gets no calls. A replica that recovered gets calls again within the longest of these; chance, so that
    /// hosts do not return in step.
    package var backoff = Backoff(first: .seconds(1), longest: .seconds(30), jitter: 1...1.2)
    /// A call that reached its deadline counts against the replica only if it took this many times as
    /// long as usual: callers may set deadlines that no replica can meet.
    package var blamedDeadline = 2.0

    // Whose fault an answer is

    /// Retries that second opinions must leave to other calls: one client's bad requests must not use up the retries of calls
    /// that lost their replica.
    package var secondOpinionReserve = 50.0
    /// Weight of a new answer in the share of doubtful ones: a share over the last 32 or so hardly moves by chance.
    package var doubtSmoothing = 1.0 / 32
    /// Weight of the usual share of doubtful answers, as a number of recent answers.
    package var usualAnswers = 4.0
    /// Share of doubtful answers that is assumed of every replica: requests that no replica can serve are common.
    package var commonDoubts = 0.1
    /// A streak of doubtful answers ejects a replica when the others' share makes it less likely than this: at the common
    /// share five in a row are (0.1⁵), four are not.
    package var chanceOfDoubts = 2e-5

    // Silence

    /// A replica is silent if a call has waited this many times longer than expected, and no other call was answered.
    package var silence = 4.0
    /// Shorter pauses do not count as silence: a fast plugin pauses that long on a busy machine.
    package var leastSilence: Duration = .milliseconds(500)
    /// How often silence is checked while calls are in progress.
    package var silenceCheck: Duration = .milliseconds(250)

    // Push-back

    /// How long a replica that reports overload without a pause gets no calls.
    package var defaultPause: Duration = .milliseconds(250)
    /// Longest pause that a replica may ask for: a mistake must not exclude it for hours.
    package var longestPause: Duration = .seconds(30)

    // Cost

    /// Weight of a new measurement in the smoothed ones: the last ten count.
    package var smoothing = 0.1
    /// Service times below this count as equal: the difference is scheduling noise.
    package var fastest: Duration = .milliseconds(1)
    /// Without new measurements a bad value returns to the plugin's usual one over this time, at least;
    /// otherwise a replica that was slow once would never be tried again.
    package var forgetting: Duration = .seconds(4)
    /// The same in calls of the plugin: one of so many tries a slow replica, so that such calls are not among the slowest hundredth.
    package var forgettingCalls = 200.0
    /// The same at most, where calls are rare.
    package var longestForgetting: Duration = .seconds(15)

    // Quick calls

    /// Where a process says that a unary call takes it no more than this, several of those that are made together go there, and share reads and
    /// writes. It is about what waking another process costs.
    package var quickCall: Duration = .microseconds(100)
    /// At most this many.
    package var quickCalls = 16
    /// The last of them waits for those before it no longer than this.
    package var quickWait: Duration = .microseconds(750)
    /// Calls that come one after the other within this time are made together.
    package var together: Duration = .microseconds(200)

    // Questions for load

    /// Replicas are asked for their load only where calls take at least this long: a question costs as much as a quick call.
    package var leastAskedTime: Duration = .milliseconds(5)
    /// Questions that may wait to be sent; there is at most one for each call.
    package var loadQuestions = 16
    /// Once in this time, or up to twice as long, by chance, so that hosts do not ask in step, a replica is asked of which nothing was heard
    /// for this long.
    package var quiet: Duration = .seconds(1)
    /// A replica that has not answered a question for its load after this time, and after twice the time of its last answer, yields to
    /// others until it answers that or a call: the answer takes microseconds there. One that did not answer the last question either does not
    /// yield: it may answer none.
    package var answerPatience: Duration = .milliseconds(100)

    // Questions and checks

    /// A question for its load or a check of its health that a replica did not answer within this time counts as lost, and it is asked
    /// again: those who ask allow it one and two seconds.
    package var lostQuestion: Duration = .seconds(5)
    /// How long a replica on probation is given for its one call before it gets another.
    package var trial: Duration = .seconds(5)

    // Figures for people

    /// Finished calls remembered per replica: enough for a p99, 4 KiB.
    package var recordedCalls = 256
    /// How long they are remembered.
    package var recordAge: Duration = .seconds(600)

    // Names and their contents

    /// Names whose contents (digests) are remembered: far more than the models of a mesh.
    package var namesWithContents = 4_096
    /// Contents of one name that are told apart.
    package var contentsPerName = 64
    /// Characters of a digest that a name must have behind its `@` at least: fewer mean several contents too easily.
    package var leastDigestDigits = 4

    // What is drained

    /// Replicas and machines that are drained on this host: as many as a mesh has machines.
    package var drains = 1_024

    package init() {}
}
