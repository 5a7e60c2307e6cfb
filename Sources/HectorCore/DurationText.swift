extension Duration {
    /// For people: rounded up to a tenth of a second, for example `1.3 s` or `2 s`; never negative.
    package var inSeconds: String {
        let (seconds, attoseconds) = components
        let tenth: Int64 = 100_000_000_000_000_000
        let tenths = max(0, seconds * 10 + attoseconds / tenth + (attoseconds % tenth > 0 ? 1 : 0))
        return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
}
