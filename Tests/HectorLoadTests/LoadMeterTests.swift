import Foundation
import HectorCore
import HectorLoad
import HectorMesh
import Testing

/// What the meter finds out of processes whose concurrency is known.
struct LoadMeterTests {
    private static let seed: UInt64 = 7

    @Test(arguments: [1, 4, 8, 16], [true, false])
    func whatAProcessWorksOnAtOnceIsLearned(_ concurrency: Int, isQueue: Bool) {
        for load in [0.6, 0.9] {
            for work in Work.allCases {
                // Calls of one length in a queue end in step with their arrivals: that alone is mistaken, by one or two candidates.
                if isQueue, work == .fixed || concurrency == 1 { continue }
                var process = Process(concurrency: concurrency, isQueue: isQueue, work, load: load, seed: Self.seed)
                process.run(calls: 2_000)
                let found = process.meter.concurrency ?? 0
                #expect(
                    // A process of sixteen seldom has more than sixteen calls, so that it may as well work on more.
                    found >= Double(concurrency) * 0.49 && found <= Double(concurrency) * (concurrency < 16 ? 1.5 : 2.5),
                    "\(concurrency) at load \(load), \(isQueue ? "queued" : "shared"), \(work), seed \(Self.seed): found \(found)")
            }
        }
    }

    /// While cores are lent to a machine it ends more calls, and each takes as long as before: it is wide, not quick.
    @Test func coresThatAreLentAndTakenAwayAreNoticed() throws {
        var process = Process(concurrency: 4, isQueue: false, .exponential, load: 0.9, seed: Self.seed)
        process.run(calls: 2_000)
        for (concurrency, range) in [(16, 8.0...32), (4, 2.0...8), (16, 8.0...32), (4, 2.0...8)] {
            process.change(concurrency: concurrency, load: 0.95)
            process.run(calls: 400)
            let found = try #require(process.meter.concurrency)
            #expect(range.contains(found), "\(concurrency), seed \(Self.seed): found \(found)")
            let seconds = try #require(process.meter.serviceTime)
            #expect(abs(seconds - Process.mean) < 0.4 * Process.mean, "\(concurrency), seed \(Self.seed): found \(seconds) s")
        }
    }

    /// A machine of three times the pace ends as many calls as one of three times the cores.
    @Test func aQuickMachineIsNotTakenForAWideOne() throws {
        var process = Process(concurrency: 4, isQueue: false, .exponential, load: 0.9, seed: Self.seed, speed: 3)
        process.run(calls: 2_000)
        let found = try #require(process.meter.concurrency)
        #expect((2.0...8).contains(found), "seed \(Self.seed): found \(found)")
        let seconds = try #require(process.meter.serviceTime)
        #expect(abs(seconds - Process.mean / 3) < 0.4 * Process.mean / 3, "seed \(Self.seed): found \(seconds) s")
    }

    /// Another machine, or another model: what was known of the old one is forgotten, however far from it the new one is.
    @Test(arguments: [40.0, 1.0 / 40])
    func anotherPaceIsLearned(_ speed: Double) throws {
        var process = Process(concurrency: 4, isQueue: false, .exponential, load: 0.9, seed: Self.seed)
        process.run(calls: 2_000)
        process.change(concurrency: 4, load: 0.9, speed: speed)
        process.run(calls: 2_000)
        let seconds = try #require(process.meter.serviceTime)
        #expect(abs(seconds - Process.mean / speed) < 0.4 * Process.mean / speed, "seed \(Self.seed): found \(seconds) s")
    }

    /// Streams are measured by the messages that come, however long each stream is.
    @Test(arguments: [1, 4, 8, 16], [true, false])
    func howManyStreamsAProcessWorksOnAtOnceIsLearned(_ concurrency: Int, isQueue: Bool) {
        for load in [0.6, 0.9] {
            for work in [Work.exponential, .logNormal] {
                if isQueue, concurrency == 1 { continue }
                var process = Process(concurrency: concurrency, isQueue: isQueue, work, load: load, seed: Self.seed, isStream: true)
                process.run(calls: 2_000)
                let found = process.meter.streamConcurrency ?? 0
                #expect(
                    found >= Double(concurrency) * 0.49 && found <= Double(concurrency) * 1.5,
                    "\(concurrency) at load \(load), \(isQueue ? "queued" : "shared"), \(work), seed \(Self.seed): found \(found)")
                #expect(process.meter.concurrency == nil)
            }
        }
    }

    @Test(arguments: [0, -1, 1.5, .nan])
    func onlyPartsOfAStreamAreCounted(part: Double) {
        var meter = LoadMeter()
        let marks = (0..<8).map { meter.began(.stream, now: Instant(.milliseconds($0))) }
        for step in 0..<100 { meter.progressed(by: part, now: Instant(.milliseconds(10 + step))) }
        #expect(meter.streamConcurrency == nil)
        for mark in marks { meter.ended(mark, .answered, now: Instant(.seconds(1))) }
        #expect(meter.report == LoadReport(inFlight: 0))
    }

    @Test(arguments: [1, 4, 16])
    func theServiceTimeHasNoContentionInIt(_ concurrency: Int) throws {
        var process = Process(concurrency: concurrency, isQueue: false, .fixed, load: 0.9, seed: Self.seed)
        process.run(calls: 2_000)
        let seconds = try #require(process.meter.serviceTime)
        #expect(abs(seconds - Process.mean) < 0.4 * Process.mean, "\(seconds)")
    }

    @Test func nothingIsClaimedOfAProcessWhoseCallsNeverMet() {
        var meter = LoadMeter()
        for second in 0..<100 {
            let mark = meter.began(.unary, now: Instant(.seconds(second)))
            meter.ended(mark, .answered, now: Instant(.milliseconds(second * 1_000 + 100)))
        }
        #expect(meter.report == LoadReport(inFlight: 0, serviceTime: meter.serviceTime))
        #expect(abs((meter.serviceTime ?? 0) - 0.1) < 0.005)
    }

    @Test func aProcessThatAlwaysHasTheSameCallsMayWorkOnAllOfThemAndOnNoMore() throws {
        // Each takes a second with nine others beside it. Alone it takes a second, or with fewer cores less: that would be a coincidence.
        var meter = LoadMeter()
        var marks = (0..<10).map { meter.began(.unary, now: Instant(.milliseconds($0 * 100))) }
        for step in 10..<200 {
            meter.ended(marks.removeFirst(), .answered, now: Instant(.milliseconds(step * 100)))
            marks.append(meter.began(.unary, now: Instant(.milliseconds(step * 100))))
        }
        #expect(try (5...10).contains(#require(meter.concurrency)))
        #expect(try (0.9...1.1).contains(#require(meter.serviceTime)))
    }

    /// A look at what is likely takes as long as hundreds of quick calls: no more than one every 5 ms.
    @Test func quickCallsAreLookedAtSeldom() {
        var generator = SeededGenerator(seed: Self.seed)
        var meter = LoadMeter()
        var marks: [LoadMeter.Mark] = []
        var told: [String] = []
        for step in 0..<20_000 {
            let now = Instant(.microseconds(10 * step))
            if marks.isEmpty || marks.count < 8 && Bool.random(using: &generator) {
                marks.append(meter.began(.unary, now: now))
            } else {
                meter.ended(marks.removeFirst(), .answered, now: now)
                // Before the first look, the time of a call is what they all took together.
                if step > 1_000 { told.append("\(meter.concurrency, default: "-") \(meter.serviceTime, default: "-")") }
            }
        }
        let changes = zip(told, told.dropFirst()).count { $0 != $1 }
        #expect((10...38).contains(changes), "seed \(Self.seed): \(changes) in 190 ms")
    }

    /// Machines sleep, calls end at once, clocks stand still: whatever comes, what is told is possible.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func whateverHappensTheFiguresArePossible(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var meter = LoadMeter()
        var marks: [LoadMeter.Mark] = []
        var now = 0
        for _ in 0..<2_000 {
            now += [0, 0, 1, 1_000, 1_000_000, 1_000_000_000, 1_000_000_000_000].randomElement(using: &generator) ?? 0
            let instant = Instant(.nanoseconds(now))
            if Int.random(in: 0...marks.count, using: &generator) < 4 {
                marks.append(meter.began(Bool.random(using: &generator) ? .unary : .stream, now: instant))
            } else {
                let mark = marks.remove(at: Int.random(in: 0..<marks.count, using: &generator))
                meter.ended(mark, Int.random(in: 0..<10, using: &generator) == 0 ? .other : .answered, now: instant)
            }
            if let concurrency = meter.concurrency { #expect((1...256).contains(concurrency), "seed \(seed)") }
            if let seconds = meter.serviceTime { #expect(seconds > 0 && seconds < 1e5, "seed \(seed)") }
        }
        #expect(meter.serviceTime != nil || meter.inFlight > 0, "seed \(seed)")
    }

    @Test func failuresEndNoWork() {
        var meter = LoadMeter()
        for second in 0..<100 {
            let mark = meter.began(.unary, now: Instant(.seconds(second)))
            meter.ended(mark, .other, now: Instant(.milliseconds(second * 1_000 + 1)))
        }
        #expect(meter.serviceTime == nil)
        #expect(meter.inFlight == 0)
    }

    @Test func streamsAndQuestionsOnlyTakeAPlace() {
        var meter = LoadMeter()
        for second in 0..<100 {
            let stream = meter.began(.other, now: Instant(.seconds(second)))
            let question = meter.began(.other, now: Instant(.seconds(second)))
            meter.ended(question, .answered, now: Instant(.milliseconds(second * 1_000 + 1)))
            meter.ended(stream, .answered, now: Instant(.milliseconds(second * 1_000 + 500)))
        }
        #expect(meter.serviceTime == nil)
        #expect(meter.concurrency == nil)
    }

    @Test func anotherProcessKeepsTheCallsInFlightOnly() {
        var process = Process(concurrency: 4, isQueue: false, .exponential, load: 0.9, seed: Self.seed)
        process.run(calls: 1_000)
        let before = process.meter
        var meter = before
        #expect(before.concurrency != nil)
        meter.forget()
        #expect(meter.report == LoadReport(inFlight: before.inFlight))
    }
}

private enum Work: CaseIterable {
    case fixed, exponential, logNormal
}

/// A process in virtual time: `concurrency` cores that its calls share, or as many slots before which they queue.
private struct Process {
    static let mean = 0.1

    private var concurrency: Int
    private let isQueue: Bool
    private let work: Work
    private var speed: Double
    private var rate: Double
    var meter = LoadMeter()
    private var generator: SeededGenerator
    private let isStream: Bool
    private var jobs: [(left: Double, mark: LoadMeter.Mark, done: Double)] = []
    private var now = 0.0

    init(concurrency: Int, isQueue: Bool, _ work: Work, load: Double, seed: UInt64, isStream: Bool = false, speed: Double = 1) {
        self.isStream = isStream
        self.concurrency = concurrency
        self.isQueue = isQueue
        self.work = work
        self.speed = speed
        rate = load * Double(concurrency) * speed / Self.mean
        generator = SeededGenerator(seed: seed)
    }

    /// From now on it has other cores, as many calls come as are that load for them, and each is worked on at that speed.
    mutating func change(concurrency: Int, load: Double, speed: Double = 1) {
        self.concurrency = concurrency
        self.speed = speed
        rate = load * Double(concurrency) * speed / Self.mean
    }

    private mutating func chance() -> Double { Double.random(in: 0..<1, using: &generator) }

    private mutating func draw() -> Double {
        switch work {
        case .fixed: Self.mean
        case .exponential: -Self.mean * log(1 - chance())
        case .logNormal: Self.mean * exp(0.5 * ((0..<12).reduce(-6) { sum, _ in sum + chance() }) - 0.125)
        }
    }

    private func pace(_ place: Int) -> Double {
        if isQueue { return place < concurrency ? speed : 0 }
        return min(1, Double(concurrency) / Double(jobs.count)) * speed
    }

    /// Readers of streams say now and then, and at the end, how much has come.
    private mutating func report(ending: Int?) {
        for place in jobs.indices where jobs[place].done >= Self.mean / 10 || place == ending {
            meter.progressed(by: min(1, jobs[place].done / Self.mean), now: Instant(.seconds(now)))
            jobs[place].done = 0
        }
    }

    mutating func run(calls: Int) {
        var done = 0
        var arrival = now
        while done < calls {
            var next: (at: Double, place: Int) = (.infinity, 0)
            for place in jobs.indices where pace(place) > 0 {
                let end = now + jobs[place].left / pace(place)
                if end < next.at { next = (end, place) }
            }
            let paces = jobs.indices.map(pace)
            let elapsed = min(next.at, arrival) - now
            for place in jobs.indices {
                jobs[place].left -= elapsed * paces[place]
                jobs[place].done += elapsed * paces[place]
            }
            now += elapsed
            if isStream { report(ending: next.at <= arrival ? next.place : nil) }
            if next.at <= arrival {
                meter.ended(jobs.remove(at: next.place).mark, .answered, now: Instant(.seconds(now)))
                done += 1
            } else {
                jobs.append((draw(), meter.began(isStream ? .stream : .unary, now: Instant(.seconds(now))), 0))
                arrival = now - log(1 - chance()) / rate
            }
        }
    }
}

