/// What a process says of its load, on the trailers of every response and to probes.
///
/// Only the calls in flight are always known: the rest is reported by plugins that know it, or measured by the program that forwards their calls.
package struct LoadReport: Sendable, Equatable {
    /// Calls that the process has, of all hosts, whether it works on them or keeps them waiting. The call that carries the report is no
    /// longer among them. 0 … `most`.
    package var inFlight: Int
    /// Of those, the ones that it has not begun. Nil: unknown.
    package var queued: Int?
    /// Unary calls that it works on at once before each one gets slower; 1 … `most`. Nil: unknown.
    package var slots: Double?
    /// Whether `slots` was learned from how long calls took, and not set by the plugin.
    package var slotsAreLearned: Bool
    /// Seconds of a unary call that has the process to itself. Nil: unknown.
    package var serviceTime: Double?
    /// Tokens of prompts read in a second. Nil: unknown.
    package var prefillRate: Double?
    /// Tokens generated in a second, of all streams together. Nil: unknown.
    package var decodeRate: Double?

    /// No process has more calls than that; a greater figure is a mistake.
    package static let most = 1_000_000

    /// Figures out of their range count as unknown, and too large counts are cut: reports come from foreign programs.
    package init(
        inFlight: Int, queued: Int? = nil, slots: Double? = nil, slotsAreLearned: Bool = false, serviceTime: Double? = nil,
        prefillRate: Double? = nil, decodeRate: Double? = nil
    ) {
        let inFlight = min(max(0, inFlight), Self.most)
        self.inFlight = inFlight
        self.queued = queued.map { min(max(0, $0), inFlight) }
        self.slots = slots.flatMap { $0 >= 1 ? min($0, Double(Self.most)) : nil }
        self.slotsAreLearned = slotsAreLearned && self.slots != nil
        self.serviceTime = Self.positive(serviceTime)
        self.prefillRate = Self.positive(prefillRate)
        self.decodeRate = Self.positive(decodeRate)
    }

    /// A plugin's own report, with what it leaves out as the program that forwards or makes its calls has measured it.
    ///
    /// - Parameters:
    ///   - measured: That.
    ///   - inFlight: Calls that it has.
    package func completed(by measured: LoadReport, inFlight: Int) -> LoadReport {
        LoadReport(
            inFlight: inFlight, queued: queued ?? measured.queued, slots: slots ?? measured.slots,
            slotsAreLearned: slots == nil ? measured.slotsAreLearned : slotsAreLearned, serviceTime: serviceTime ?? measured.serviceTime,
            prefillRate: prefillRate ?? measured.prefillRate, decodeRate: decodeRate ?? measured.decodeRate)
    }

    private static func positive(_ figure: Double?) -> Double? {
        figure.flatMap { $0 > 0 && $0 < 1e9 ? $0 : nil }
    }
}
