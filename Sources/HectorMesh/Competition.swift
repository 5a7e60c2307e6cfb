/// How many hosts call the same replicas as this one does, from what they report: that many calls come where one of ours goes.
///
/// Hosts that are connected and make no calls do not count; a host that calls twice as much as this one counts as two.
struct Competition: Sendable {
    /// Hosts that can call one of the replicas.
    var most = Competition.mostUnknown
    private var own = 0.0
    private var all = 0.0

    /// Weight of a report.
    private static let weight = 0.05
    /// Where a machine does not say how many hosts it has.
    static let mostUnknown = 64.0

    /// A process that other hosts can call reported `all` calls, of which `own` were ours.
    mutating func note(own: Int, all: Int) {
        self.own += (Double(own) - self.own) * Self.weight
        self.all += (Double(max(own, all)) - self.all) * Self.weight
    }

    /// 1 or more.
    var hosts: Double {
        guard all > own else { return 1 }
        return max(1, min(most, all / max(own, 1e-9)))
    }
}
