/// The k that are considered: calls that a process works on at once before each one gets slower.
enum ConcurrencyCandidates {
    static let all: [Double] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]
    static let logarithms = SIMD16<Double>(all.map(\.naturalLogarithm))
    private static let lanes = SIMD16<Double>(all)

    /// Seconds of work that is done in `seconds` on `mine` of `count` calls, for each k.
    static func work(_ seconds: Double, mine: Double, of count: Double) -> SIMD16<Double> {
        pointwiseMin(SIMD16(repeating: mine), lanes * (mine / max(1, count))) * seconds
    }

    /// log min(1, k/n) for each k, where the process has n calls.
    static func logarithmsOfShares(of count: Double) -> SIMD16<Double> {
        pointwiseMin(SIMD16(repeating: 0), logarithms - max(1, count).naturalLogarithm)
    }
}
