/// How many calls a process works on at once before each one gets slower, k, and how long a call takes alone, s: learned together, from when
/// its calls end.
///
/// A process that has n calls ends min(n, k) of them in s seconds, on average (a birth-death process, whose ends are Poisson events). That does
/// not depend on how calls are assigned, so the router does not mistake its own decisions for a property of the process.
///
/// While n hardly moves, a process that ends many calls may be quick or wide. What tells them apart is time: k changes from one moment to the
/// next, as cores are lent and taken away, and s seldom. So each pair (k, s) has a probability, to which every end adds its evidence, and which
/// fades quickly in k and slowly in s: the forward filter of a hidden Markov model (Rabiner 1989).
struct ConcurrencyEstimate: Sendable {
    private static let candidates = ConcurrencyCandidates.all

    /// Candidates of s, each longer than the one before by the same factor.
    private static let times = 32
    private static let factor = 1.2
    private static let powers = sequence(first: 1.0) { $0 * factor }.prefix(times).map { $0 }
    private static let logarithmOfFactor = factor.naturalLogarithm
    /// How many of them are longer than the first calls took.
    private static let longer = 5
    /// The candidates move when the mean comes this near to the first or the last one, and by how many.
    private static let edge = 4
    private static let shift = 8

    /// Ends after which k is another one, and s, with a probability of 1 − 1/e.
    private static let endsToAnotherConcurrency = 256.0
    private static let endsToAnotherTime = 4096.0

    /// Ends between two looks, and seconds of the process: a look takes as long as hundreds of ends.
    private static let interval = 8.0
    private static let seconds = 0.005

    /// Before the first look, work that differs by less than this factor is the same, whichever k is right.
    private static let alike = 1.1

    /// Probability that the true figure is below the range of those that are believed, and above it.
    private static let tail = 0.1
    /// While the range of k is wider than this factor, its lower end is told; while that of s is wider than its factor, nothing is.
    private static let widest = 16.0
    private static let widestTime = 2.1
    /// Otherwise k is told so that the true one is less with this probability: too large a k overloads a machine.
    private static let caution = 0.4
    /// k is told only where it is clear whether it is one: less probable than this, or more probable than that.
    private static let improbable = 0.01
    private static let probable = 0.8

    private var ends = 0.0
    private var passed = 0.0
    /// Σ log min(1, k/n) over the ends since the last look.
    private var shares = SIMD16<Double>(repeating: 0)
    /// Seconds of work done since then, if k is right, and since the last end.
    private var work = SIMD16<Double>(repeating: 0)
    private var since = SIMD16<Double>(repeating: 0)

    /// The least candidate of s, in seconds.
    private var least = 0.0
    /// The probability of each pair, all k of the least s first. Empty before the first look.
    private var belief: [Double] = []

    /// Unary calls that it works on at once; nil while that is not known. Where the calls leave it open how many more, it is the least that is likely.
    private(set) var concurrency: Double?
    /// Seconds of a call that has the process to itself; nil while that depends on a k that is unknown.
    private(set) var serviceTime: Double?

    /// For `seconds` the process had `count` calls, of which `mine` are of the class that this is about.
    mutating func pass(_ seconds: Double, mine: Double, of count: Double) {
        passed += seconds
        since += ConcurrencyCandidates.work(seconds, mine: mine, of: count)
    }

    /// One of `count` calls ended; it is among them.
    mutating func ended(of count: Double) {
        ends += 1
        work += since
        since = SIMD16(repeating: 0)
        shares += ConcurrencyCandidates.logarithmsOfShares(of: count)
        if ends >= Self.interval, passed >= Self.seconds {
            look()
        } else if belief.isEmpty {
            // So far calls hardly met, or nothing is known.
            serviceTime = work.max() < Self.alike * work.min() ? work.min() / ends : nil
        }
    }

    /// A call ended before its work was done: the time spent on it does not count for the next call.
    mutating func gaveUp() { since = SIMD16(repeating: 0) }

    /// Adds the evidence of the last ends, and reads the figures off.
    private mutating func look() {
        defer { (ends, passed, work, shares) = (0, 0, SIMD16(repeating: 0), SIMD16(repeating: 0)) }
        // With as many cores as calls, the work is the time of all calls together.
        let time = work[Self.candidates.count - 1] / ends
        guard time > 0 else { return }
        if belief.isEmpty {
            least = time / Self.powers[Self.times - 1 - Self.longer]
            belief = Array(repeating: 1 / Double(Self.times * Self.candidates.count), count: Self.times * Self.candidates.count)
        }
        weigh()
        let (concurrencies, times) = marginals()
        tell(concurrencies, times)
        fade(concurrencies, times)
        let mean = times.indices.reduce(0.0) { $0 + Double($1) * times[$1] }
        if mean > Double(Self.times - 1 - Self.edge) { move(by: Self.shift) } else if mean < Double(Self.edge) { move(by: -Self.shift) }
    }

    /// Multiplies each probability by the likelihood of the last ends.
    private mutating func weigh() {
        let (ends, work, shares) = (ends, work, shares)
        let logarithm = least.naturalLogarithm
        /// Logarithms of the likelihoods of all k, with that s.
        func logarithms(_ time: Int) -> SIMD16<Double> {
            shares - work * (1 / (least * Self.powers[time])) - ends * (logarithm + Double(time) * Self.logarithmOfFactor)
        }
        let most = (0..<Self.times).reduce(-Double.infinity) { max($0, logarithms($1).max()) }
        var sum = 0.0
        for time in 0..<Self.times {
            let exponents = logarithms(time) - most
            for place in Self.candidates.indices {
                let exponent = exponents[place]
                let index = time * Self.candidates.count + place
                belief[index] *= exponent < -40 ? 0 : exponent.exponential
                sum += belief[index]
            }
        }
        // Not zero: the pair that fits best has kept its probability, and fading leaves none without any.
        for index in belief.indices { belief[index] /= sum }
    }

    /// The probability of each k, and of each s.
    private func marginals() -> (concurrencies: [Double], times: [Double]) {
        let count = Self.candidates.count
        var concurrencies = Array(repeating: 0.0, count: count)
        var times = Array(repeating: 0.0, count: Self.times)
        for index in belief.indices {
            concurrencies[index % count] += belief[index]
            times[index / count] += belief[index]
        }
        return (concurrencies, times)
    }

    private mutating func tell(_ concurrencies: [Double], _ times: [Double]) {
        if concurrencies[0] < Self.improbable || concurrencies[0] > Self.probable {
            let low = Self.concurrency(below: Self.tail, concurrencies)
            let isNarrow = Self.concurrency(below: 1 - Self.tail, concurrencies) <= Self.widest * low
            concurrency = isNarrow ? Self.concurrency(below: Self.caution, concurrencies) : low
        } else {
            concurrency = nil
        }
        let range = Self.powers[Self.place(below: 1 - Self.tail, times).index] / Self.powers[Self.place(below: Self.tail, times).index]
        serviceTime = range <= Self.widestTime ? times.indices.reduce(0.0) { $0 + times[$1] * Self.powers[$1] } * least : nil
    }

    /// As time passes, less is known: k is another one soon, s later, and seldom both at once.
    private mutating func fade(_ concurrencies: [Double], _ times: [Double]) {
        let count = Self.candidates.count
        let otherConcurrency = min(0.5, ends / Self.endsToAnotherConcurrency)
        let otherTime = min(0.5 - otherConcurrency / 2, ends / Self.endsToAnotherTime)
        let (toPlace, toTime) = (otherConcurrency / Double(count), otherTime / Double(Self.times))
        for index in belief.indices {
            belief[index] = belief[index] * (1 - otherConcurrency - otherTime)
                + times[index / count] * toPlace + concurrencies[index % count] * toTime + toPlace * toTime
        }
    }

    /// Other candidates of s: longer ones, or shorter ones.
    private mutating func move(by steps: Int) {
        let count = Self.candidates.count
        let old = belief
        for index in belief.indices {
            let from = index + steps * count
            belief[index] = old.indices.contains(from) ? old[from] : 1e-6 / Double(count)
        }
        least *= steps > 0 ? Self.powers[steps] : 1 / Self.powers[-steps]
    }

    /// What k is below with that probability, between the candidates by their logarithms.
    private static func concurrency(below probability: Double, _ all: [Double]) -> Double {
        let (index, part) = place(below: probability, all)
        guard index > 0 else { return candidates[0] }
        let logarithms = ConcurrencyCandidates.logarithms
        return (logarithms[index] * part + logarithms[index - 1] * (1 - part)).exponential
    }

    /// The candidate at which the probabilities add up to that one, and which part of its own is among them.
    private static func place(below probability: Double, _ all: [Double]) -> (index: Int, part: Double) {
        var sum = 0.0
        for (index, each) in all.enumerated() {
            if sum + each >= probability { return (index, each > 0 ? (probability - sum) / each : 1) }
            sum += each
        }
        return (all.count - 1, 1)
    }
}
