internal import HectorCore

/// One replica as the set knows it, without its connection: not generic, and so quick to look through.
struct Replica: Sendable {
    var description: ReplicaDescription {
        didSet {
            major = description.major
            isPlain = description.isPlain
            abilities = description.abilities?.rawValue ?? 0
            mostHosts = description.mostHosts
            isKnownToBeShared = description.isSharedByHosts
        }
    }
    private(set) var major: Int
    /// Whether a pick need not look at its methods, its process and its limit.
    private(set) var isPlain: Bool
    /// The bits of its `Abilities`.
    private(set) var abilities: UInt64
    /// Whether it keeps other data than the store that the plugin's name belongs to.
    var hasOtherStore = false
    var state: ReplicaState<Void>
    /// The figure of its process; nil where that serves nothing else.
    let share: Capacities.Share?
    /// Unlike the id, it is never used again, so that late results of a removed replica find nothing.
    let serial: UInt64
    /// Counts its connections, so that late results of an old one do not harm a new one.
    var epoch: UInt64 = 0
    var standing: Standing
    var load = Load()
    var record = CallRecord()
    /// Answers that may be its own fault.
    var doubts = Doubts()
    /// It asked for no calls until then.
    var pausedUntil = Instant(nanoseconds: .min)
    /// The calls under way, by the numbers of their leases.
    var waits: [UInt64: WaitingCall] = [:]
    /// When a call there ended or progressed last.
    var lastAnswer = Instant(nanoseconds: .min)
    /// Its calls have gone unanswered since then, for longer than is to be expected.
    var silentSince: Instant?
    /// When the answer to a question for its load is overdue; `never` while none is under way. Not optional: a pick compares it only.
    var overdueFrom = Self.never
    /// When the last such question was asked, and when it counts as lost.
    var asked = Instant(nanoseconds: .min)
    var lostFrom = Instant(nanoseconds: .min)
    /// The last such question was lost. It says nothing of its calls: a server may answer these and no questions.
    var hidesLoad = false
    /// Until when one on probation gets no call besides the last one: that may be a stream of hours, or never end.
    var trialUntil = Instant(nanoseconds: .min)
    /// How long the last answer took: a machine far away is not silent.
    var answerTime = Duration.zero
    /// Hosts that can call it, this one among them; 1 or more.
    private(set) var mostHosts: Double
    private var isKnownToBeShared: Bool
    /// It is a foreign server that reports its load. Other hosts may call it as well: nothing says how many.
    var isForeignAndTells = false
    /// Its process is called by other hosts, too, or may be, so that its load may be news.
    var isSharedByHosts: Bool { isKnownToBeShared || isForeignAndTells }
    /// The latest failure, for people.
    var trouble = ""

    init(_ description: ReplicaDescription, share: Capacities.Share?, serial: UInt64, now: Instant) {
        self.description = description
        major = description.major
        isPlain = description.isPlain
        abilities = description.abilities?.rawValue ?? 0
        mostHosts = description.mostHosts
        isKnownToBeShared = description.isSharedByHosts
        state = .connecting()
        self.share = share
        self.serial = serial
        standing = Standing(now: now)
    }

    static let never = Instant(nanoseconds: .max)

    var isReady: Bool {
        if case .ready = state { true } else { false }
    }

    /// Ready, and not known to have lost its connection.
    var isConnected: Bool {
        isReady && !(standing.isEjected && standing.cause == .connectionLost)
    }
}

/// Why a replica is not a candidate.
package enum Exclusion: Sendable, Equatable {
    /// Its source says that it takes no calls.
    case notReady
    /// It keeps other data than the store that the plugin's name belongs to.
    case otherStore
    /// It does not have the call's method.
    case lacksMethod
    /// It cannot do what the call needs.
    case lacksAbility
    /// Its major version is not the one that the plugin is served in.
    case otherMajor
    /// It asked for no calls for a while.
    case paused
    /// Its process has all the calls that it takes at once, under whichever name.
    case full
    /// Excluded after failures or a lost connection.
    case ejected
    /// On probation, and its one call is under way.
    case onProbation
    /// It answers none of its calls.
    case silent
    /// This call was there already.
    case tried

    /// It still takes calls while no other replica can.
    var yields: Bool { self == .onProbation || self == .silent }
}

extension Replica {
    /// A question for its load has not been answered in time, nor has a call since then.
    private func isOverdue(_ now: Instant) -> Bool {
        overdueFrom.nanoseconds <= now.nanoseconds && now.nanoseconds < lostFrom.nanoseconds
            && !hidesLoad && lastAnswer.nanoseconds < overdueFrom.nanoseconds
    }

    /// nil for a candidate, provided that it has the call's method and its process is not full: `Pool` looks at that.
    func exclusion(for call: Call, major: Int?, panic: Bool, now: Instant) -> Exclusion? {
        if call.tried.contains(Tried(serial: serial, epoch: epoch)) { return .tried }
        guard isReady else { return .notReady }
        guard call.needs & ~abilities == 0 else { return .lacksAbility }
        guard !hasOtherStore else { return .otherStore }
        guard self.major == major else { return .otherMajor }
        // Moments are compared as numbers: the operators of `Instant` are calls into another module, for which a pick copies the replica.
        guard pausedUntil.nanoseconds <= now.nanoseconds else { return .paused }
        if silentSince != nil || isOverdue(now), standing.phase == .member { return .silent }
        switch standing.phase {
        case .member: return nil
        case .probation: return !panic && load.inFlight > 0 && now.nanoseconds < trialUntil.nanoseconds ? .onProbation : nil
        case .ejected, .probing: return panic && standing.cause == .failures ? nil : .ejected
        }
    }

    /// What people are shown: the state and, unless it takes calls, the reason.
    func status(major: Int?, now: Instant) -> (state: ReplicaStatus.State, reason: String) {
        switch state {
        case .connecting(let reason): return (.connecting, reason)
        case .checking(let reason): return (.checking, reason)
        case .draining(let reason): return (.draining, reason)
        case .lost(let reason): return (.lost, reason)
        case .failed(let reason): return (.failed, reason)
        case .ready: break
        }
        switch standing.phase {
        case .ejected(let until):
            return (.ejected, "\(trouble); next check in \(now.duration(to: until).inSeconds)")
        case .probing:
            return (.ejected, "\(trouble); being checked")
        case .probation, .member: break
        }
        if pausedUntil > now {
            return (.ejected, "overloaded; no calls for \(now.duration(to: pausedUntil).inSeconds)")
        }
        if hasOtherStore {
            return (.ready, description.plugin.kind == .database
                ? "not used: it keeps its data in another store than the replicas that served first"
                : "not used: the content behind its name is not that of the replicas that served first")
        }
        if let major, major != self.major {
            let version = description.version.isEmpty ? "of unknown version" : "version \(description.version)"
            return (.ready, "not used: \(version), because major version \(major) is in use")
        }
        if let silentSince {
            return (.ready, "no response for \(silentSince.duration(to: now).inSeconds); other replicas are preferred")
        }
        return (.ready, "")
    }
}
