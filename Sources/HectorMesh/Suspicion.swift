internal import HectorCore

/// An attempt whose answer may be the fault of the request or of the replica: the call keeps it until another replica
/// has answered.
///
/// | the next answer to the same call | this one |
/// | --- | --- |
/// | success | counts as the replica's failure |
/// | the same code, or the caller's fault | counts against nobody: the request is the cause |
/// | another code, or no answer | stays in doubt: lowers the replica's rate of success, ejects only by `Doubts` |
struct Suspicion: Sendable {
    let serial: UInt64
    let epoch: UInt64
    let code: Int
    let callClass: CallClass
    let began: Instant
    /// nil where messages had come: then it says nothing of how long an answer takes.
    let elapsed: Duration?
}

/// A replica's doubtful answers.
///
/// Where second opinions cannot be had (metered plugins, an empty budget, a slow second replica), a replica that fails
/// is told from requests that no replica can serve by comparison: those hit all replicas alike.
struct Doubts: Sendable {
    /// Answers of a replica, and how many of them were doubtful.
    struct Count: Sendable {
        var answers = 0
        var doubtful = 0
    }

    /// What things were like when a streak of doubtful answers began: all since the last success.
    private struct Streak: Sendable {
        /// Those of which no other replica has said the same.
        var answers = 0
        /// The replica's own share before.
        let share: Double
        /// The other replicas by serial.
        let others: [UInt64: Count]
    }

    private var streak: Streak?
    private(set) var count = Count()
    /// Smoothed share of doubtful answers among all. 0 ... 1.
    private var share = 0.0

    /// Whether the last answer was a doubtful one.
    var hasStreak: Bool { streak != nil }

    /// - Parameter others: The other replicas by serial; looked at when a streak begins.
    mutating func add(limits: MeshLimits, others: [UInt64: Count]) {
        var streak = streak ?? Streak(share: share, others: others)
        streak.answers += 1
        self.streak = streak
        count.answers += 1
        count.doubtful += 1
        share += (1 - share) * limits.doubtSmoothing
    }

    /// Another replica said the same to one of them.
    mutating func acquitted() {
        if let streak, streak.answers > 0 { self.streak?.answers -= 1 }
    }

    mutating func answered(limits: MeshLimits) {
        streak = nil
        count.answers += 1
        share -= share * limits.doubtSmoothing
    }

    /// What another replica had answered when the present streak began.
    func before(_ serial: UInt64) -> Count { streak?.others[serial] ?? Count() }

    /// The share of doubtful answers since `before`, which a few answers do not move far from what it was over a longer
    /// time; nil without answers.
    func share(since before: Count, limits: MeshLimits) -> Double? {
        let answers = Double(count.answers - before.answers)
        guard answers > 0 else { return nil }
        let usual = max(limits.commonDoubts, share) * limits.usualAnswers
        return (Double(count.doubtful - before.doubtful) + usual) / (answers + limits.usualAnswers)
    }

    /// Whether so long a streak is no chance where `common` is the share of doubtful answers that requests cause, and where
    /// the replica itself had given no more of them before.
    func exceed(_ common: Double, limits: MeshLimits) -> Bool {
        guard let streak else { return false }
        let share = max(limits.commonDoubts, common, streak.share)
        var chance = 1.0
        // Longer streaks change nothing.
        for _ in 0..<min(streak.answers, 1_000) {
            chance *= share
            if chance <= limits.chanceOfDoubts { return true }
        }
        return false
    }
}
