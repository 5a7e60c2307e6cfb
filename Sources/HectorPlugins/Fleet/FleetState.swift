package import HectorCore

/// The processes of this machine's plugins on their way from how they run to how they should run. A pure value: inputs are what is wanted
/// and what processes report, outputs are actions, in the order in which they are to be done.
///
/// Each replica has a *slot*, whose name callers know. One process of a slot is shown to them at a time. A changed plugin gets a new
/// process:
///
/// - `beside`: it starts unseen. Once it has been ready for `upgradeProof` it is shown, and the old one gets no new calls. If it fails within
///   `upgradeProbation`, the old one, which still runs, is shown again; after that the old one is retired.
/// - `in_turn`: the old process is retired while another replica of the plugin is ready, here or elsewhere, and the new one starts once
///   it has ended. If that fails, a process of the old specification is started again.
///
/// A new process that does not become healthy is given up: the slot keeps, or gets back, what it had, until something else is wanted.
package struct FleetState: Sendable {
    package typealias ProcessID = Int

    package enum Action: Sendable, Equatable {
        case start(ProcessID, slot: String, DesiredPlugin)
        /// From now on the slot is this process.
        case show(ProcessID, slot: String)
        /// It gets no new calls; it is stopped when those that it has are over.
        case retire(ProcessID)
        case stop(ProcessID)
        /// The slot is no more.
        case forget(slot: String)
        case tell(FleetEvent)
    }

    /// How a process is doing.
    package enum Condition: Sendable, Equatable {
        case starting
        case ready
        /// Connected, and not to be called now.
        case unhealthy(reason: String)
        /// It did not start, or ended, whether or not it will be started again.
        case failed(reason: String)
    }

    /// The replicas of a plugin on other machines.
    package enum Elsewhere: Sendable {
        case none
        /// There are some, and none takes calls now.
        case notReady
        case ready
    }

    private struct Process: Sendable {
        let id: ProcessID
        var plugin: DesiredPlugin
        var condition = Condition.starting
        /// When its condition became what it is.
        var since: Instant
        let began: Instant

        mutating func take(_ condition: Condition, _ now: Instant) {
            guard condition != self.condition else { return }
            self.condition = condition
            since = now
        }

        var isReady: Bool { condition == .ready }
        var failure: String? { if case .failed(let reason) = condition { reason } else { nil } }

        func isProven(_ limits: PluginLimits, at now: Instant) -> Bool { isReady && since.duration(to: now) >= limits.upgradeProof }

        /// Why it does not serve; nil while it does, and while it starts.
        var trouble: String? {
            switch condition {
            case .failed(let reason), .unhealthy(let reason): reason
            case .starting, .ready: nil
            }
        }

        /// Why it will not take over; nil while it may.
        func hopelessness(_ limits: PluginLimits, startTime: Duration, at now: Instant) -> String? {
            if let failure { return failure }
            guard began.duration(to: now) >= startTime + limits.upgradePatience, !isReady else { return nil }
            if case .unhealthy(let reason) = condition { return "it says that it cannot serve: \(reason)" }
            return "it was not ready in time"
        }
    }

    private struct Slot: Sendable {
        /// Nil: it is to go.
        var goal: DesiredPlugin?
        var shown: Process
        /// The new process that is being proved.
        var successor: Process?
        /// The old one, kept until the new one has served for a while.
        var predecessor: Process?
        /// `shown` is being stopped; what is started after it is `next`, or nothing.
        var isLeaving = false
        var next: DesiredPlugin?
        /// What ran before `shown`, which is being proved in its place.
        var fallback: DesiredPlugin?
        /// A goal that was given up.
        var refused: DesiredPlugin?
        /// For people; nil: all is well.
        var problem: String?
        /// Until it was ready or has failed for the first time.
        var isNew = true

        var isReached: Bool { goal.map { $0.runsLike(shown.plugin) && !isLeaving } ?? false }
        var isMoving: Bool {
            successor != nil || isLeaving || fallback != nil || isNew || (!isReached && goal != refused)
        }
    }

    private let limits: PluginLimits
    private var slots: [String: Slot] = [:]
    private var lastProcess: ProcessID = 0

    package init(_ limits: PluginLimits = PluginLimits()) {
        self.limits = limits
    }

    // MARK: what is asked

    /// Whether everything runs as it should, or was given up.
    package var isSettled: Bool { !slots.values.contains(where: \.isMoving) }

    /// Whether time alone may change something.
    package var isWaiting: Bool { slots.values.contains { $0.isMoving || $0.predecessor != nil } }

    /// Upgrades that were given up.
    package var conditions: [MeshCondition] {
        slots.sorted { $0.key < $1.key }.compactMap { id, slot in slot.problem.map { MeshCondition(.upgradeGivenUp, id, $0) } }
    }

    /// The slots that are there, with what runs in them, for tests.
    package var shown: [String: (process: ProcessID, plugin: DesiredPlugin)] { slots.mapValues { ($0.shown.id, $0.shown.plugin) } }

    /// Whether another process takes the place of this one when it has ended: callers wait for it.
    package func isReplaced(_ process: ProcessID) -> Bool {
        slots.values.contains { $0.shown.id == process && $0.isLeaving && $0.goal != nil }
    }

    // MARK: inputs

    /// These plugins should run, and no others. What was given up is tried again.
    package mutating func apply(_ wanted: [DesiredPlugin], now: Instant) -> [Action] {
        var actions: [Action] = []
        let goals = Dictionary(
            wanted.flatMap { plugin in plugin.specification.replicaIDs.map { ($0, plugin) } }, uniquingKeysWith: { first, _ in first })
        for id in slots.keys {
            slots[id]?.goal = goals[id]
            slots[id]?.refused = nil
            slots[id]?.problem = nil
        }
        for (id, goal) in goals.sorted(by: { $0.key < $1.key }) where slots[id] == nil {
            let process = process(goal, now)
            slots[id] = Slot(goal: goal, shown: process)
            actions += [.start(process.id, slot: id, goal), .show(process.id, slot: id), .tell(FleetEvent(id, .added))]
        }
        return actions
    }

    package mutating func reported(_ process: ProcessID, _ condition: Condition, now: Instant) {
        for id in slots.keys {
            for keyPath in [\Slot.successor, \Slot.predecessor] where slots[id]?[keyPath: keyPath]?.id == process {
                slots[id]?[keyPath: keyPath]?.take(condition, now)
            }
            guard slots[id]?.shown.id == process else { continue }
            slots[id]?.shown.take(condition, now)
            if condition != .starting { slots[id]?.isNew = false }
        }
    }

    /// A process is gone, and will not be started again.
    package mutating func ended(_ process: ProcessID, now: Instant) -> [Action] {
        for id in slots.keys {
            if slots[id]?.successor?.id == process { slots[id]?.successor?.take(.failed(reason: "it was stopped"), now) }
            if slots[id]?.predecessor?.id == process { slots[id]?.predecessor = nil }
            guard let slot = slots[id], slot.shown.id == process, slot.isLeaving else { continue }
            guard let next = slot.goal == nil ? nil : slot.next ?? slot.goal else {
                slots[id] = nil
                return [.forget(slot: id), .tell(FleetEvent(id, .removed))]
            }
            return replace(id, by: next, now)
        }
        return []
    }

    /// What is to be done now.
    package mutating func advance(now: Instant, elsewhere: (PluginKey) -> Elsewhere) -> [Action] {
        var actions: [Action] = []
        for id in slots.keys.sorted() {
            // Each step may open the way for the next.
            for _ in 0..<4 {
                let step = step(id, now, elsewhere)
                actions += step
                if step.isEmpty { break }
            }
        }
        return actions
    }

    // MARK: one slot

    private mutating func step(_ id: String, _ now: Instant, _ elsewhere: (PluginKey) -> Elsewhere) -> [Action] {
        guard let slot = slots[id] else { return [] }
        if let successor = slot.successor { return prove(successor, of: id, slot, now) }
        if let predecessor = slot.predecessor { return watch(over: predecessor, of: id, slot, now) }
        guard let goal = slot.goal else {
            guard !slot.isLeaving else { return [] }
            slots[id]?.isLeaving = true
            return [.retire(slot.shown.id)]
        }
        if slot.isLeaving {
            // Wanted again while it goes: callers need not wait for its end.
            guard slot.next == nil, goal.specification.upgrade == .beside else { return [] }
            slots[id]?.fallback = nil
            return replace(id, by: goal, now)
        }
        if let fallback = slot.fallback { return judge(slot.shown, against: fallback, of: id, now) }
        if slot.isReached {
            slots[id]?.shown.plugin = goal
            return []
        }
        guard goal != slot.refused else { return [] }
        switch goal.specification.upgrade {
        case .beside:
            // What serves nobody is not kept.
            if slot.shown.failure != nil || slot.shown.condition == .starting { return [.stop(slot.shown.id)] + replace(id, by: goal, now) }
            let process = process(goal, now)
            slots[id]?.successor = process
            return [.start(process.id, slot: id, goal), .tell(FleetEvent(id, .upgrading))]
        case .inTurn:
            guard slot.shown.isReady else {
                slots[id]?.isLeaving = true
                slots[id]?.next = goal
                return [.stop(slot.shown.id)]
            }
            guard mayStop(id, goal.key, elsewhere) else { return [] }
            slots[id]?.isLeaving = true
            slots[id]?.next = goal
            slots[id]?.fallback = slot.shown.plugin
            return [.tell(FleetEvent(id, .upgrading)), .retire(slot.shown.id)]
        }
    }

    /// Whether callers of the plugin have another replica, or could not have one.
    private func mayStop(_ id: String, _ key: PluginKey, _ elsewhere: (PluginKey) -> Elsewhere) -> Bool {
        let others = slots.filter { $0.key != id && $0.value.shown.plugin.key == key && $0.value.goal != nil }.values
        guard !others.contains(where: { $0.isLeaving || $0.fallback != nil }) else { return false }
        if others.contains(where: { $0.shown.isReady }) { return true }
        switch elsewhere(key) {
        case .ready: return true
        case .notReady: return false
        case .none: return others.isEmpty
        }
    }

    private mutating func prove(_ successor: Process, of id: String, _ slot: Slot, _ now: Instant) -> [Action] {
        guard let goal = slot.goal, goal.runsLike(successor.plugin) else {
            slots[id]?.successor = nil
            return [.stop(successor.id)]
        }
        if let reason = successor.hopelessness(limits, startTime: startTime(goal), at: now) {
            slots[id]?.successor = nil
            return [.stop(successor.id)] + giveUp(id, reason)
        }
        // There is nothing to lose where the old one does not serve.
        guard successor.isProven(limits, at: now) || successor.isReady && !slot.shown.isReady else { return [] }
        slots[id]?.successor = nil
        slots[id]?.predecessor = slot.shown
        slots[id]?.shown = successor
        // From now on it is on probation.
        slots[id]?.shown.since = now
        return [.show(successor.id, slot: id), .tell(FleetEvent(id, .upgraded))]
    }

    private mutating func watch(over predecessor: Process, of id: String, _ slot: Slot, _ now: Instant) -> [Action] {
        if let reason = slot.shown.trouble, predecessor.isReady, slot.isReached {
            slots[id]?.shown = predecessor
            slots[id]?.predecessor = nil
            return [.show(predecessor.id, slot: id), .stop(slot.shown.id)] + giveUp(id, reason)
        }
        let isOver = slot.shown.isReady && slot.shown.since.duration(to: now) >= limits.upgradeProbation
        guard isOver || predecessor.failure != nil || !slot.isReached else { return [] }
        slots[id]?.predecessor = nil
        return [.retire(predecessor.id)]
    }

    /// A process that was started in the place of another one.
    private mutating func judge(_ shown: Process, against fallback: DesiredPlugin, of id: String, _ now: Instant) -> [Action] {
        if shown.isProven(limits, at: now) || slots[id]?.isReached == false {
            slots[id]?.fallback = nil
            return shown.isReady ? [.tell(FleetEvent(id, .upgraded))] : []
        }
        guard let reason = shown.hopelessness(limits, startTime: startTime(shown.plugin), at: now) else { return [] }
        slots[id]?.fallback = nil
        slots[id]?.isLeaving = true
        slots[id]?.next = fallback
        var actions: [Action] = [.stop(shown.id)]
        // The other replicas keep what they have.
        for other in slots.keys.sorted() where slots[other]?.goal?.key == shown.plugin.key && (other == id || slots[other]?.isReached == false) {
            actions += giveUp(other, reason)
        }
        return actions
    }

    private mutating func giveUp(_ id: String, _ reason: String) -> [Action] {
        let goal = slots[id]?.goal
        slots[id]?.refused = goal
        let event = FleetEvent(id, .givenUp(reason: reason))
        slots[id]?.problem = event.description
        return [.tell(event)]
    }

    private mutating func replace(_ id: String, by plugin: DesiredPlugin, _ now: Instant) -> [Action] {
        let process = process(plugin, now)
        slots[id]?.shown = process
        slots[id]?.isLeaving = false
        slots[id]?.isNew = true
        slots[id]?.next = nil
        return [.start(process.id, slot: id, plugin), .show(process.id, slot: id)]
    }

    private mutating func process(_ plugin: DesiredPlugin, _ now: Instant) -> Process {
        lastProcess += 1
        return Process(id: lastProcess, plugin: plugin, since: now, began: now)
    }

    private func startTime(_ plugin: DesiredPlugin) -> Duration { plugin.specification.startTimeout ?? limits.startTime }
}

/// Something that a person may want to know of one replica.
package struct FleetEvent: Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        case added
        case removed
        /// A new process is on its way.
        case upgrading
        /// It has taken over.
        case upgraded
        /// The new process is not used; the old one goes on.
        case givenUp(reason: String)
    }

    package let replica: String
    package let kind: Kind

    package init(_ replica: String, _ kind: Kind) {
        self.replica = replica
        self.kind = kind
    }

    package var description: String {
        switch kind {
        case .added: "plugin \(replica) added"
        case .removed: "plugin \(replica) removed"
        case .upgrading: "plugin \(replica): a new process is being started"
        case .upgraded: "plugin \(replica): the new process has taken over"
        case .givenUp(let reason):
            "plugin \(replica): the upgrade was given up and the old version goes on. Correct the new one and reload. It failed because \(reason)"
        }
    }
}
