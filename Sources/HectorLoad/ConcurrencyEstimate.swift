/// How many calls a process works on at once before each one gets slower: k, learned from when its calls end.
///
/// A process that has n calls and works on k at once ends `min(n, k)` calls in the time that one call takes alone. So the rate at which calls
/// end while n are in flight tells k. It does not depend on how calls are assigned, so the router does not mistake its own decisions for a
/// property of the process.
///
/// For each candidate k, the likelihood of the observed ends is computed. The service time is unknown, too: the one that fits best is
/// used (a birth-death process, whose ends are Poisson events).
struct ConcurrencyEstimate: Sendable {
    private static let candidates: [Double] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]
    private static let lanes = SIMD16<Double>(candidates)
    private static let logarithms = SIMD16<Double>(candidates.map(\.naturalLogarithm))

    /// Ends after which the weight of an end has fallen to 1/e: a machine changes.
    private static let memory = 512.0
    /// Ends between two looks: a look takes longer than an end.
    private static let interval = 8
    /// A smaller candidate is preferred unless a larger one is more likely by this much, in nats: too large a k overloads a machine.
    private static let preference = 2.0
    /// Evidence, in nats, before a candidate is used.
    private let certainty: Double

    /// Service times that differ by less than this factor are the same, whichever candidate is right.
    private static let alike = 1.1

    /// Weight of a call in the service time.
    private static let weight = 0.1

    private var ends = 0.0
    /// Σ log min(1, k/n) over the ends.
    private var shares = SIMD16<Double>(repeating: 0)
    /// Seconds of work done, if k is right.
    private var work = SIMD16<Double>(repeating: 0)
    /// Work since the last end, and for an end in the mean of the last ones.
    private var since = SIMD16<Double>(repeating: 0)
    private var each = SIMD16<Double>(repeating: 0)
    private var untilLook = interval
    private var place: Int?

    init(certainty: Double = 4) { self.certainty = certainty }

    /// Nil until calls overlapped and their ends distinguished the candidates.
    var concurrency: Double? { place.map { Self.candidates[$0] } }

    /// Seconds of a call that has the process to itself; nil while that depends on a k that is unknown.
    var serviceTime: Double? {
        if let place { return each[place] }
        let (least, most) = (each.min(), each.max())
        return least > 0 && most < Self.alike * least ? least : nil
    }

    /// For `seconds` the process had `count` calls, of which `mine` are of the class that this is about.
    mutating func pass(_ seconds: Double, mine: Double, of count: Double) {
        let done = pointwiseMin(SIMD16(repeating: mine), Self.lanes * (mine / max(1, count))) * seconds
        work += done
        since += done
    }

    /// One of `count` calls ended; it is among them.
    ///
    /// - Parameter part: Less than 1 where it was a part of a call.
    mutating func ended(of count: Double, part: Double = 1) {
        let keep = 1 - part / Self.memory
        let isFirst = ends == 0
        ends = ends * keep + part
        work *= keep
        shares = shares * keep + pointwiseMin(SIMD16(repeating: 0), Self.logarithms - max(1, count).naturalLogarithm) * part
        each = isFirst ? since / part : each + (since / part - each) * (Self.weight * part)
        since = SIMD16(repeating: 0)
        untilLook -= 1
        if untilLook == 0 { look() }
    }

    /// A call ended before its work was done: the time spent on it does not count for the next call.
    mutating func gaveUp() { since = SIMD16(repeating: 0) }

    private mutating func look() {
        untilLook = Self.interval
        var likelihoods = SIMD16<Double>(repeating: 0)
        for index in Self.candidates.indices {
            likelihoods[index] = shares[index] - ends * max(work[index], 1e-12).naturalLogarithm
        }
        let best = likelihoods.max()
        // Either surely more than one, or surely not.
        let evidence = best - min(likelihoods[0], likelihoods[2])
        if evidence >= certainty {
            place = Self.candidates.indices.first { likelihoods[$0] >= best - Self.preference }
        } else if evidence < certainty / 2 {
            place = nil
        }
    }
}

extension Double {
    /// Of a positive number, to 1e-7, and to the last bit the same on all machines, unlike the C library's.
    fileprivate var naturalLogarithm: Double {
        let isUpper = significand > 1.414_213_562_373_095_1
        let scale = isUpper ? significand / 2 : significand
        let ratio = (scale - 1) / (scale + 1)
        let square = ratio * ratio
        let series = 1 + square * (1 / 3.0 + square * (1 / 5.0 + square * (1 / 7.0 + square / 9)))
        return Double(Int(exponent) + (isUpper ? 1 : 0)) * 0.693_147_180_559_945_3 + 2 * ratio * series
    }
}
