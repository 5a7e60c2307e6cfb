package import HectorCore

/// The bounds and rates of routing, each with its reason.
package struct MeshLimits: Sendable, Equatable {
    // Waiting for a replica

    /// Calls of one plugin that wait for a replica: beyond it more memory only makes more late answers.
    package var waitersPerPlugin = 1_024
    /// How long a call waits when its deadline is later or absent: a child restarts within seconds,
    /// and a person gives up at about this time.
    package var longestWait: Duration = .seconds(10)

    // Retries (gRFC A6 and Finagle's budget)

    /// Attempts of one call, the first included.
    package var attempts = 3
    /// Retries earned by each call.
    package var retryShare = 0.2
    /// Retries earned by each second, so that a quiet plugin may retry too.
    package var retriesPerSecond = 3.0
    /// Most retries saved up: what one replica may have in flight when its connection breaks.
    package var retryBurst = 100.0

    // Ejection

    /// Failures in a row that eject: one may be the call's own fault, two are not chance.
    package var consecutiveFailures = 2
    /// How long an ejected replica gets no calls: one that recovered gets some within the longest; chance, so that hosts do not return in step.
    package var backoff = Backoff(first: .seconds(1), longest: .seconds(30), jitter: 1...1.2)
    /// A call that reached its deadline is the replica's failure only when it took this many times
    /// the usual: callers may set deadlines that no replica can meet.
    package var blamedDeadline = 2.0

    // Whose fault an answer is

    /// Retries that second opinions leave to other calls: one client's bad requests must not use up what calls need
    /// whose replica was lost.
    package var secondOpinionReserve = 50.0
    /// Weight of a new answer in the share of doubtful ones: a share over the last 32 or so hardly moves by chance.
    package var doubtSmoothing = 1.0 / 32
    /// Answers that the usual share of doubtful ones weighs as much as, beside those of the last moments.
    package var usualAnswers = 4.0
    /// Doubtful answers that any replica is taken to give, as a share: requests that no replica can serve are common.
    package var commonDoubts = 0.1
    /// A streak of doubtful answers ejects a replica when the others' share makes it less likely than this: at the common
    /// share five in a row are (0.1⁵), four are not.
    package var chanceOfDoubts = 2e-5

    // Silence

    /// A replica is silent when a call has waited there for this many times what is expected, and none was answered.
    package var silence = 4.0
    /// Shorter pauses do not count as silence: a fast plugin pauses that long on a busy machine.
    package var leastSilence: Duration = .milliseconds(500)
    /// How often it is looked for while calls are under way.
    package var silenceCheck: Duration = .milliseconds(250)

    // Push-back

    /// How long an overloaded replica is left alone that did not say for how long.
    package var defaultPause: Duration = .milliseconds(250)
    /// Longest pause that a replica may ask for: a mistaken one must not take itself out for hours.
    package var longestPause: Duration = .seconds(30)

    // Cost

    /// Calls that a replica works on at once without slowing down, until that is learned.
    package var concurrency = 1.0
    /// Weight of a new measurement in the smoothed ones.
    package var smoothing = 0.25
    /// Service times below this count as equally fast: the difference is noise of scheduling.
    package var fastest: Duration = .milliseconds(1)
    /// Without new measurements a bad figure fades to the plugin's usual one over this time;
    /// otherwise a replica that was slow once would never be tried again.
    package var forgetting: Duration = .seconds(5)
    /// Costs within this share of the lowest are equal, and chance decides.
    package var tie = 0.05

    // Figures for people

    /// Finished calls remembered per replica: enough for a p99, 4 KiB.
    package var recordedCalls = 256
    /// How long they are remembered.
    package var recordAge: Duration = .seconds(600)

    package init() {}
}
