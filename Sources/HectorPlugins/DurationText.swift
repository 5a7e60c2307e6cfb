extension Duration {
    /// For people: `15 s`, `0.85 s`, `300 s`. Two digits after the point at most.
    package var inSeconds: String {
        let (seconds, attoseconds) = (self + .milliseconds(5)).components
        let hundredths = attoseconds / 10_000_000_000_000_000
        guard hundredths != 0 else { return "\(seconds) s" }
        let digits = hundredths % 10 == 0 ? "\(hundredths / 10)" : "\(hundredths < 10 ? "0" : "")\(hundredths)"
        return "\(seconds).\(digits) s"
    }
}
