internal import HectorCore
internal import HectorLoad

/// Processes that serve several names: what counts for the process and not for one name, shared by the replicas of all plugins.
///
/// A replica without a capacity id is a process of its own, has no figure here, and costs nothing here.
struct Capacities: Sendable {
    /// A process, as its node calls it.
    struct ID: Hashable, Sendable {
        let host: String
        let capacity: String
    }

    /// Where a replica finds the figure of its process. A stale one finds nothing.
    struct Share: Hashable, Sendable {
        let slot: Int
        fileprivate let serial: UInt64
    }

    /// Trivial, so that a pick only reads it.
    struct Figure: Sendable {
        fileprivate let serial: UInt64
        /// Calls sent and not ended, under all names; also those of names that are gone, which the process still works on.
        fileprivate(set) var inFlight = 0
        var occupancy = Occupancy()
    }

    private struct Member: Sendable {
        let id: ID
        /// How many replicas of each.
        var plugins: [PluginKey: Int] = [:]
    }

    /// Those in `free` are out of use.
    private(set) var figures: [Figure] = []
    /// At the same places.
    private var meters: [LoadMeter] = []
    /// The last report of each, at the same places, for people.
    private var reports: [LoadReport?] = []
    /// At the same places; nil where free.
    private var members: [Member?] = []
    private var slots: [ID: Int] = [:]
    private var free: [Int] = []
    private var serials: UInt64 = 0

    /// Of processes that have a replica.
    var count: Int { slots.count }

    /// A replica of this process has appeared.
    mutating func join(_ id: ID, _ plugin: PluginKey) -> Share {
        let slot = slots[id] ?? add(id)
        members[slot]?.plugins[plugin, default: 0] += 1
        return Share(slot: slot, serial: figures[slot].serial)
    }

    private mutating func add(_ id: ID) -> Int {
        serials += 1
        let slot: Int
        if let last = free.popLast() {
            slot = last
            figures[slot] = Figure(serial: serials)
            meters[slot] = LoadMeter()
            reports[slot] = nil
            members[slot] = Member(id: id)
        } else {
            slot = figures.count
            figures.append(Figure(serial: serials))
            meters.append(LoadMeter())
            reports.append(nil)
            members.append(Member(id: id))
        }
        slots[id] = slot
        return slot
    }

    /// A replica is forgotten. The figure is forgotten with the last one; calls still in flight then no longer count.
    mutating func leave(_ share: Share, _ plugin: PluginKey) {
        guard isCurrent(share), var member = members[share.slot] else { return assertionFailure("left twice") }
        let left = (member.plugins[plugin] ?? 0) - 1
        assert(left >= 0, "left twice")
        member.plugins[plugin] = left > 0 ? left : nil
        members[share.slot] = member
        guard member.plugins.isEmpty else { return }
        slots[member.id] = nil
        members[share.slot] = nil
        figures[share.slot] = Figure(serial: 0)
        free.append(share.slot)
    }

    /// It is another process now: only the calls in flight stay.
    mutating func forget(_ share: Share) {
        guard isCurrent(share) else { return }
        figures[share.slot].occupancy = Occupancy()
        meters[share.slot].forget()
        reports[share.slot] = nil
    }

    mutating func began(_ share: Share, _ work: LoadMeter.Work, now: Instant) -> LoadMeter.Mark {
        assert(isCurrent(share), "a replica that is gone gets no calls")
        figures[share.slot].inFlight += 1
        return meters[share.slot].began(work, now: now)
    }

    mutating func ended(_ share: Share, _ mark: LoadMeter.Mark, _ ending: LoadMeter.Ending, now: Instant) {
        // The process may be forgotten, or another may have taken its place: an expected race.
        guard isCurrent(share) else { return }
        figures[share.slot].inFlight -= 1
        assert(figures[share.slot].inFlight >= 0, "a call ends once")
        meters[share.slot].ended(mark, ending, now: now)
        figures[share.slot].occupancy.learn(meters[share.slot])
    }

    mutating func progressed(_ share: Share, by part: Double, now: Instant) {
        guard isCurrent(share) else { return }
        meters[share.slot].progressed(by: part, now: now)
        figures[share.slot].occupancy.learn(meters[share.slot])
    }

    mutating func heard(_ share: Share, _ report: LoadReport, validity: Double, at: Instant, now: Instant) {
        guard isCurrent(share) else { return }
        figures[share.slot].occupancy.heard(report, own: figures[share.slot].inFlight, validity: validity, at: at)
        meters[share.slot].setOthers(figures[share.slot].occupancy.others, now: now)
        reports[share.slot] = report
    }

    mutating func questionLost(_ share: Share, validity: Double) {
        if isCurrent(share) { figures[share.slot].occupancy.questionLost(validity: validity) }
    }

    /// What the process said last.
    func report(_ share: Share) -> LoadReport? { isCurrent(share) ? reports[share.slot] : nil }

    /// Calls in flight on the replica's process.
    func inFlight(_ replica: Replica) -> Int { figures.inFlight(replica) }

    /// Plugins that have a replica in the process.
    func plugins(_ share: Share) -> [PluginKey] {
        isCurrent(share) ? members[share.slot].map { Array($0.plugins.keys) } ?? [] : []
    }

    private func isCurrent(_ share: Share) -> Bool { figures[share.slot].serial == share.serial }
}

extension [Capacities.Figure] {
    /// Calls in flight on the replica's process.
    func inFlight(_ replica: Replica) -> Int {
        if let share = replica.share { self[share.slot].inFlight } else { replica.load.inFlight }
    }

    /// When the load of the process of the replica at `index` was heard last.
    func heard(_ replicas: UnsafeBufferPointer<Replica>, _ index: Int) -> Instant? {
        if let share = replicas[index].share { self[share.slot].occupancy.heard } else { replicas[index].load.occupancy.heard }
    }

    func occupancy(_ replica: Replica) -> Occupancy {
        if let share = replica.share { self[share.slot].occupancy } else { replica.load.occupancy }
    }
}
