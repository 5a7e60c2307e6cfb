/// How many streams a process works on at once before each one gets slower: k, learned from when parts of them come.
///
/// A process that has n streams and works on k at once completes `min(n, k)` of them in the time that one takes alone. So the pace of their parts
/// while n are in flight tells k.
///
/// For each candidate k, the likelihood of the observed parts is computed. How long a stream takes is unknown, too: the time that fits best is
/// used (a birth-death process, whose ends are Poisson events). Unlike `ConcurrencyEstimate` it assumes that neither k nor the time changed
/// within the last 512 streams: parts come evenly, and a model that allows for changes finds some where nothing changed.
struct StreamConcurrencyEstimate: Sendable {
    private static let candidates = ConcurrencyCandidates.all

    /// Streams after which the weight of one has fallen to 1/e: a machine changes.
    private static let memory = 512.0
    /// Parts between two looks: a look takes longer than a part.
    private static let interval = 8
    /// A smaller candidate is preferred unless a larger one is more likely by this much, in nats: too large a k overloads a machine.
    private static let preference = 2.0
    /// Evidence, in nats, before a candidate is used: parts of a stream tell less than its whole.
    private static let certainty = 8.0

    private var ends = 0.0
    /// Σ log min(1, k/n) over the ends.
    private var shares = SIMD16<Double>(repeating: 0)
    /// Seconds of work done, if k is right.
    private var work = SIMD16<Double>(repeating: 0)
    private var untilLook = interval
    private var place: Int?

    /// Nil until streams overlapped and their parts distinguished the candidates.
    var concurrency: Double? { place.map { Self.candidates[$0] } }

    /// For `seconds` the process had `count` calls, of which `mine` are streams.
    mutating func pass(_ seconds: Double, mine: Double, of count: Double) {
        work += ConcurrencyCandidates.work(seconds, mine: mine, of: count)
    }

    /// A part of a stream came, while the process had `count` calls, that stream among them.
    ///
    /// - Parameter part: Of a usual stream.
    mutating func progressed(of count: Double, part: Double) {
        let keep = 1 - part / Self.memory
        ends = ends * keep + part
        work *= keep
        shares = shares * keep + ConcurrencyCandidates.logarithmsOfShares(of: count) * part
        untilLook -= 1
        if untilLook == 0 { look() }
    }

    private mutating func look() {
        untilLook = Self.interval
        var likelihoods = SIMD16<Double>(repeating: 0)
        for index in Self.candidates.indices {
            likelihoods[index] = shares[index] - ends * max(work[index], 1e-12).naturalLogarithm
        }
        let best = likelihoods.max()
        // Either surely more than one, or surely not.
        let evidence = best - min(likelihoods[0], likelihoods[2])
        if evidence >= Self.certainty {
            place = Self.candidates.indices.first { likelihoods[$0] >= best - Self.preference }
        } else if evidence < Self.certainty / 2 {
            place = nil
        }
    }
}
