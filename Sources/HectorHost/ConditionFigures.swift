internal import HectorCore
internal import HectorMetrics

extension [ConditionKind: Int] {
    /// How many conditions of each kind there are, as a metric: also those of which there is no one, so that alerts can be written before.
    func write(to text: inout PrometheusText) {
        let name = "hector_conditions"
        text.metric(name, .gauge, "Conditions that `hector mesh status` shows, by code and severity.")
        for kind in ConditionKind.allCases {
            text.sample(name, [(name: "code", value: kind.rawValue), ("severity", kind.entry.severity.rawValue)], self[kind] ?? 0)
        }
    }
}
