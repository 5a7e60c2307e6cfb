internal import HectorCore
internal import HectorLoad

/// A plugin's replicas without their connections: who is a candidate, and who is the cheapest.
/// Not generic on purpose: generic code across modules is many times slower, and this runs at every call.
struct Pool: Sendable {
    let limits: MeshLimits
    var replicas: [Replica] = []
    /// Of the replicas' processes, at the same places; of those that serve several names, `capacities` has them.
    private var meters: [LoadMeter] = []
    /// The last report of each replica, at the same places, for `mesh status`. Nil before the first one, and where `capacities` holds it.
    private var reports: [LoadReport?] = []
    /// Calls sent to each replica, at the same places, for people.
    private var attempts: [RecentCount] = []
    /// Shared by all plugins: the router lends it to one set at a time, for one step.
    var capacities = Capacities()
    var usual = Usual()
    private(set) var servingMajor: Int?
    /// The store of the first replica that was ready. The name keeps it, even while no replica has it.
    private(set) var servingStore: String?
    private(set) var panic = false
    /// Whether a replica says that its calls cost money.
    private(set) var metered = false
    /// Whether other hosts call one of the replicas, or may.
    private(set) var isSharedByHosts = false
    /// Whether a replica does not have all methods of its kind.
    private(set) var isPartial = false
    /// Costs of the pick under way, kept so that a pick allocates nothing.
    private(set) var costs: [Double] = []
    /// Of the pick under way, those that may be asked for their load.
    private var askable = Cheapest()
    private var competition = Competition()
    private var batch = Batch()

    init(limits: MeshLimits) {
        self.limits = limits
    }

    /// The place of the cheapest candidate; among equals, as all are at the beginning, chance decides. Looks at every replica.
    mutating func pick(_ call: Call, now: Instant, using generator: inout some RandomNumberGenerator) -> Int? {
        let measure = yardstick(call.callClass, now: now)
        // Probation and silence count only while another replica can take the call.
        for isLastResort in [false, true] {
            let lowest = weigh(call, measure, isLastResort: isLastResort)
            if lowest.count > 0 { return draw(lowest, using: &generator) }
        }
        return nil
    }

    /// A picked replica got a call; others may follow.
    mutating func lead(_ index: Int, now: Instant) {
        batch = Batch(index: index, serial: replicas[index].serial, left: limits.quickCalls - 1, last: now)
    }

    /// The place of the replica that the last call went to, where this one comes with it, and calls take so little there that this costs less
    /// than another process that wakes, another read and another write.
    mutating func follow(_ call: Call, now: Instant) -> Int? {
        let index = batch.index
        guard call.callClass == .unary, batch.left > 0, batch.last.duration(to: now) <= limits.together, index < replicas.count, replicas[index].serial == batch.serial,
            let seconds = occupancy(at: index, replicas[index].share).serviceTime, seconds <= limits.quickCall.seconds,
            Double(limits.quickCalls - batch.left) * seconds <= limits.quickWait.seconds,
            exclusion(of: index, for: call, now: now) == nil
        else { return nil }
        batch.left -= 1
        batch.last = now
        return index
    }

    /// Calls that are made together.
    private struct Batch: Sendable {
        /// Where the last one went.
        var index = 0
        var serial: UInt64 = 0
        /// How many may follow it there.
        var left = 0
        var last = Instant()
    }

    /// The lowest cost, the first replica that has it, and how many have it: 0 where there is no candidate.
    private struct Lowest {
        var cost = Double.infinity
        var first = 0
        var count = 0

        mutating func add(_ index: Int, _ cost: Double) {
            guard cost <= self.cost, cost < .infinity else { return }
            if cost < self.cost { self = Lowest(cost: cost, first: index) }
            count += 1
        }
    }

    /// The cheapest replica, and the cheapest of the others.
    private struct Cheapest: Sendable {
        private var first = (index: -1, cost: Double.infinity)
        private var second = (index: -1, cost: Double.infinity)

        /// Below this, a cost is of interest.
        var limit: Double { second.cost }

        mutating func add(_ index: Int, _ cost: Double) {
            if cost < first.cost { (first, second) = ((index, cost), first) } else { second = (index, cost) }
        }

        func besides(_ index: Int) -> Int? {
            let found = first.index == index ? second.index : first.index
            return found < 0 ? nil : found
        }
    }

    /// Fills `costs`, with infinity for replicas that are not candidates. All in one pass: among many replicas each pass takes its time.
    private mutating func weigh(_ call: Call, _ measure: Yardstick, isLastResort: Bool) -> Lowest {
        let major = call.major ?? servingMajor
        let panic = panic
        let processes = capacities.figures
        let (lowest, askable) = replicas.withUnsafeBufferPointer { replicas in
            costs.withUnsafeMutableBufferPointer { costs in
                var lowest = Lowest()
                var askable = Cheapest()
                for index in replicas.indices {
                    let exclusion = replicas[index].exclusion(for: call, major: major, panic: panic, now: measure.now)
                    let isCandidate = exclusion.map { isLastResort && $0.yields } ?? true
                    var cost = Double.infinity
                    if isCandidate {
                        cost = replicas[index].isPlain
                            ? replicas[index].load.cost(measure, hosts: replicas[index].mostHosts)
                            : Self.cost(replicas, index, call.method, measure, processes)
                    }
                    costs[index] = cost
                    lowest.add(index, cost)
                    // One that hid its load the last time is asked again when it has been quiet.
                    if cost < askable.limit, replicas[index].isSharedByHosts, !replicas[index].hidesLoad { askable.add(index, cost) }
                }
                return (lowest, askable)
            }
        }
        self.askable = askable
        return lowest
    }

    func yardstick(_ callClass: CallClass, now: Instant) -> Yardstick {
        Yardstick(callClass, usual: usual, hosts: competition.hosts, limits: limits, now: now)
    }

    // MARK: Replicas and their processes

    mutating func append(_ replica: Replica) {
        replicas.append(replica)
        meters.append(LoadMeter())
        reports.append(nil)
        attempts.append(RecentCount())
    }

    mutating func remove(at index: Int) {
        replicas.remove(at: index)
        meters.remove(at: index)
        reports.remove(at: index)
        attempts.remove(at: index)
    }

    /// It is another process now.
    mutating func forget(_ index: Int) {
        replicas[index].load.forget()
        meters[index].forget()
        reports[index] = nil
    }

    mutating func began(_ index: Int, _ callClass: CallClass, now: Instant) -> LoadMeter.Mark {
        replicas[index].load.began(callClass, usual: usual, now: now)
        attempts[index].add(now: now)
        if let share = replicas[index].share { return capacities.began(share, callClass.work, now: now) }
        return meters[index].began(callClass.work, now: now)
    }

    /// - Parameters:
    ///   - index: Nil where the replica is gone.
    ///   - isDone: Whether the process answered it.
    mutating func ended(_ index: Int?, _ share: Capacities.Share?, _ callClass: CallClass, _ mark: LoadMeter.Mark, isDone: Bool, now: Instant) {
        let ending = isDone ? LoadMeter.Ending.answered : .other
        let isMeasured = isDone && callClass != .inquiry
        let isStream = callClass == .stream
        if let index {
            if isMeasured {
                let inFlight = share.map { capacities.figures[$0.slot].inFlight } ?? replicas[index].load.inFlight
                let count = Double(inFlight) + occupancy(at: index, share).others
                usual.beside[isStream: isStream].add(count)
                replicas[index].load.measureBeside(count, isStream: isStream, usual: usual, limits: limits, now: now)
            }
            replicas[index].load.inFlight -= 1
            assert(replicas[index].load.inFlight >= 0, "a lease ended twice")
            if share == nil {
                meters[index].ended(mark, ending, now: now)
                replicas[index].load.occupancy.learn(meters[index])
            }
        }
        if let share { capacities.ended(share, mark, ending, now: now) }
        guard let index, isMeasured, let known = occupancy(at: index, share).concurrency(isStream: isStream) else { return }
        usual.concurrency[isStream: isStream].add(known)
    }

    /// Messages of a stream came.
    mutating func progressed(_ index: Int, messages: Int, now: Instant) {
        // How many a stream usually has is known after the first one.
        guard let whole = usual.messages.value, whole > 0 else { return }
        let part = min(1, Double(messages) / whole)
        if let share = replicas[index].share { return capacities.progressed(share, by: part, now: now) }
        meters[index].progressed(by: part, now: now)
        replicas[index].load.occupancy.learn(meters[index])
    }

    private func occupancy(at index: Int, _ share: Capacities.Share?) -> Occupancy {
        if let share { capacities.figures[share.slot].occupancy } else { replicas[index].load.occupancy }
    }

    /// The process of a replica reported its load, with or without a call.
    ///
    /// - Parameter at: When the report came. Calls whose responses came together end in any order: one that came before another says
    ///   nothing after it. Otherwise a replica would count as busy with calls that ended long ago, until it is heard again.
    mutating func heard(_ report: LoadReport, from index: Int, at: Instant, now: Instant) {
        if let last = occupancy(at: index, replicas[index].share).heard, at < last { return }
        let own = capacities.inFlight(replicas[index])
        let validity = validity(of: index)
        if let share = replicas[index].share {
            capacities.heard(share, report, validity: validity, at: at, now: now)
        } else {
            replicas[index].load.occupancy.heard(report, own: own, validity: validity, at: at)
            meters[index].setOthers(replicas[index].load.occupancy.others, now: now)
            reports[index] = report
        }
        if replicas[index].mostHosts > 1 { competition.note(own: own, all: report.inFlight) }
        if replicas[index].description.isForeign {
            replicas[index].isForeignAndTells = true
            isSharedByHosts = true
        }
    }

    /// It did not tell its load when it was asked.
    mutating func questionLost(_ index: Int) {
        replicas[index].hidesLoad = true
        let validity = validity(of: index)
        if let share = replicas[index].share {
            capacities.questionLost(share, validity: validity)
        } else {
            replicas[index].load.occupancy.questionLost(validity: validity)
        }
    }

    /// Whether calls take so long that questions for the load cost little beside them.
    func isWorthAsking(_ callClass: CallClass) -> Bool {
        usual.durations[callClass.metric].value.map { $0 >= limits.leastAskedTime.seconds } ?? false
    }

    /// Seconds after which a report says nothing any more. A replica that answers questions is asked sooner than that. A report of another one
    /// counts for as long as `callsOfAReport` calls to each replica take: where calls are rare and replicas are many, it is all that is known
    /// for a while, and a replica that counts as idle without one attracts the calls of all hosts.
    private func validity(of index: Int) -> Double {
        let isAsked = replicas[index].isSharedByHosts && !replicas[index].hidesLoad && !areQuick
        if isAsked { return Self.longestValidity }
        let pause = min(usual.pause(.unary), usual.pause(.firstMessage))
        guard pause < .infinity else { return Self.leastValidity }
        return min(max(Self.leastValidity, pause * Double(replicas.count) * Self.callsOfAReport), Self.longestValidity)
    }

    private static let leastValidity = 10.0
    private static let longestValidity = 60.0
    private static let callsOfAReport = 15.0

    /// Whether calls are known to take less than that, of whichever class.
    private var areQuick: Bool {
        (usual.durations[.unary].value ?? usual.durations[.firstMessage].value) != nil && !isWorthAsking(.unary) && !isWorthAsking(.stream)
    }

    /// The place of the candidate that is worth a question for its load: of those of which nothing was heard since `quietSince` the one that
    /// was asked longest ago, or else the one that looks cheapest apart from the picked one. Nil where that one is being asked already.
    func worthAsking(besides picked: Int, quietSince: Instant?, now: Instant) -> Int? {
        let quiet = quietSince.flatMap { self.quiet(besides: picked, since: $0) }
        guard let found = quiet ?? askable.besides(picked) else { return nil }
        let isBeingAsked = replicas[found].overdueFrom != Replica.never && now.nanoseconds < replicas[found].lostFrom.nanoseconds
        return isBeingAsked ? nil : found
    }

    private func quiet(besides picked: Int, since: Instant) -> Int? {
        let processes = capacities.figures
        return replicas.withUnsafeBufferPointer { replicas in
            var quiet: Int?
            for index in replicas.indices where index != picked && costs[index] < .infinity && replicas[index].isSharedByHosts {
                guard let heard = processes.heard(replicas, index), heard < since else { continue }
                // One that tells nothing when it is asked must not keep others from being asked.
                if quiet.map({ replicas[index].asked.nanoseconds < replicas[$0].asked.nanoseconds }) ?? true { quiet = index }
            }
            return quiet
        }
    }

    /// What its process said last; nil where it said nothing.
    func report(of index: Int) -> LoadReport? {
        if let share = replicas[index].share { capacities.report(share) } else { reports[index] }
    }

    /// Of the calls that this host sent lately, the part that went to each replica, in their order; nil where it sent none.
    func shares(now: Instant) -> [Double]? {
        let counts = attempts.map { $0.value(now: now) }
        let all = counts.reduce(0, +)
        return all > 0 ? counts.map { $0 / all } : nil
    }

    private func draw(_ lowest: Lowest, using generator: inout some RandomNumberGenerator) -> Int? {
        guard lowest.count > 1 else { return lowest.first }
        var drawn = Int.random(in: 0..<lowest.count, using: &generator)
        for index in lowest.first..<costs.count where costs[index] == lowest.cost {
            if drawn == 0 { return index }
            drawn -= 1
        }
        return nil
    }

    /// Whether there are replicas, and none has the method: to wait for one of them is of no use.
    func lack(_ method: String?) -> Bool {
        isPartial && !replicas.contains { $0.description.has(method) }
    }

    /// Whether there are replicas, and none can do what a call needs, nor may be found able to. Those of a lower major version than the
    /// one in use get no calls, so what they can do is of no use.
    func lackAbility(_ needs: UInt64) -> Bool {
        needs != 0 && !replicas.isEmpty && !replicas.contains { $0.description.mayMeet(needs) && $0.major >= servingMajor ?? .min }
    }

    /// Infinity where the replica does not have the method, or its process is full.
    ///
    /// Not inlined: otherwise a pick copies each description, even where all replicas are plain, and takes six times as long.
    @inline(never) private static func cost(
        _ replicas: UnsafeBufferPointer<Replica>, _ index: Int, _ method: String?, _ measure: Yardstick, _ processes: [Capacities.Figure]
    ) -> Double {
        guard replicas[index].description.has(method) else { return .infinity }
        let inFlight = processes.inFlight(replicas[index])
        if let limit = replicas[index].description.concurrency, limit <= inFlight { return .infinity }
        return replicas[index].load.cost(measure, inFlight: inFlight, hosts: replicas[index].mostHosts, processes.occupancy(replicas[index]))
    }

    func exclusion(of index: Int, for call: Call, now: Instant) -> Exclusion? {
        guard replicas[index].description.has(call.method) else { return .lacksMethod }
        let exclusion = replicas[index].exclusion(for: call, major: call.major ?? servingMajor, panic: panic, now: now)
        return exclusion.map(\.yields) ?? true && isFull(index) ? .full : exclusion
    }

    func isFull(_ index: Int) -> Bool {
        replicas[index].description.concurrency.map { $0 <= capacities.inFlight(replicas[index]) } ?? false
    }

    /// Must follow every change of a replica's state, version or standing.
    mutating func refresh() {
        costs = Array(repeating: .infinity, count: replicas.count)
        servingMajor = nil
        servingStore = servingStore ?? replicas.first { $0.isConnected && $0.description.store != nil }?.description.store
        for index in replicas.indices {
            replicas[index].hasOtherStore = 
                servingStore != nil && replicas[index].description.store.map { $0 != servingStore } ?? false
        }
        metered = replicas.contains { $0.description.metered }
        isPartial = replicas.contains { $0.description.methods != nil }
        competition.most = replicas.lazy.map(\.mostHosts).max() ?? Competition.mostUnknown
        isSharedByHosts = replicas.contains(where: \.isSharedByHosts)
        for replica in replicas where replica.isConnected && !replica.hasOtherStore {
            servingMajor = max(servingMajor ?? .min, replica.major)
        }
        var connected = 0
        var ejected = 0
        for replica in replicas where replica.isConnected && !replica.hasOtherStore && replica.major == servingMajor {
            connected += 1
            if replica.standing.isEjected { ejected += 1 }
        }
        panic = 2 * ejected > connected
    }
}

extension CallClass {
    var work: LoadMeter.Work {
        switch self {
        case .unary: .unary
        case .stream: .stream
        case .inquiry: .other
        }
    }
}
