internal import HectorCore

/// A plugin's replicas without their connections: who is a candidate, and who is the cheapest.
/// Not generic on purpose: generic code across modules is many times slower, and this runs at every call.
struct Pool: Sendable {
    let limits: MeshLimits
    var replicas: [Replica] = []
    /// Shared by all plugins: the router lends it to one set at a time, for one step.
    var capacities = Capacities()
    var usual = Usual()
    private(set) var servingMajor: Int?
    /// The store of the first replica that was ready. The name keeps it, even while no replica has it.
    private(set) var servingStore: String?
    private(set) var panic = false
    /// Whether a replica says that its calls cost money.
    private(set) var metered = false
    /// Whether a replica does not have all methods of its kind.
    private(set) var isPartial = false
    /// Costs of the pick under way, kept so that a pick allocates nothing.
    private(set) var costs: [Double] = []

    init(limits: MeshLimits) {
        self.limits = limits
    }

    /// The place of the cheapest candidate; among equals, chance decides. Looks at every replica.
    mutating func pick(_ call: Call, now: Instant, using generator: inout some RandomNumberGenerator) -> Int? {
        let measure = Yardstick(call.callClass, usual: usual, limits: limits, now: now)
        // Probation and silence count only while another replica can take the call.
        for isLastResort in [false, true] {
            let lowest = weigh(call, measure, isLastResort: isLastResort)
            if lowest < .infinity { return draw(lowest * (1 + limits.tie), using: &generator) }
        }
        return nil
    }

    /// Fills `costs`, with infinity for replicas that are not candidates, and returns the lowest.
    private mutating func weigh(_ call: Call, _ measure: Yardstick, isLastResort: Bool) -> Double {
        let major = call.major ?? servingMajor
        let panic = panic
        let processes = capacities.figures
        return replicas.withUnsafeBufferPointer { replicas in
            costs.withUnsafeMutableBufferPointer { costs in
                var lowest = Double.infinity
                for index in replicas.indices {
                    let exclusion = replicas[index].exclusion(for: call, major: major, panic: panic, now: measure.now)
                    let isCandidate = exclusion.map { isLastResort && $0.yields } ?? true
                    var cost = Double.infinity
                    if isCandidate {
                        cost = replicas[index].isPlain
                            ? replicas[index].load.cost(measure, inFlight: replicas[index].load.inFlight)
                            : Self.cost(replicas, index, call.method, measure, processes)
                    }
                    costs[index] = cost
                    lowest = min(lowest, cost)
                }
                return lowest
            }
        }
    }

    private func draw(_ bound: Double, using generator: inout some RandomNumberGenerator) -> Int? {
        var ties = 0
        for cost in costs where cost <= bound { ties += 1 }
        var drawn = ties == 1 ? 0 : Int.random(in: 0..<ties, using: &generator)
        for index in costs.indices where costs[index] <= bound {
            if drawn == 0 { return index }
            drawn -= 1
        }
        return nil
    }

    /// Whether there are replicas, and none has the method: to wait for one of them is of no use.
    func lack(_ method: String?) -> Bool {
        isPartial && !replicas.contains { $0.description.has(method) }
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
        return replicas[index].load.cost(measure, inFlight: inFlight)
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
            replicas[index].hasOtherStore = servingStore != nil && replicas[index].description.store != servingStore
        }
        metered = replicas.contains { $0.description.metered }
        isPartial = replicas.contains { $0.description.methods != nil }
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
