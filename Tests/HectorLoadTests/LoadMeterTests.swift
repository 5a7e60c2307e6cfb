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
                    found >= Double(concurrency) * 0.49 && found <= Double(concurrency) * 1.5,
                    "\(concurrency) at load \(load), \(isQueue ? "queued" : "shared"), \(work), seed \(Self.seed): found \(found)")
            }
        }
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
        #expect(abs((meter.serviceTime ?? 0) - 0.1) < 0.001)
    }

    @Test func nothingIsClaimedOfAProcessThatAlwaysHasTheSameCalls() {
        // Each takes a second with nine others beside it: alone it takes a second, or a tenth.
        var meter = LoadMeter()
        var marks = (0..<10).map { meter.began(.unary, now: Instant(.milliseconds($0 * 100))) }
        for step in 10..<200 {
            meter.ended(marks.removeFirst(), .answered, now: Instant(.milliseconds(step * 100)))
            marks.append(meter.began(.unary, now: Instant(.milliseconds(step * 100))))
        }
        #expect(meter.concurrency == nil)
        #expect(meter.serviceTime == nil)
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

    let concurrency: Int
    let isQueue: Bool
    let work: Work
    let rate: Double
    var meter = LoadMeter()
    private var generator: SeededGenerator
    private let isStream: Bool
    private var jobs: [(left: Double, mark: LoadMeter.Mark, done: Double)] = []
    private var now = 0.0

    init(concurrency: Int, isQueue: Bool, _ work: Work, load: Double, seed: UInt64, isStream: Bool = false) {
        self.isStream = isStream
        self.concurrency = concurrency
        self.isQueue = isQueue
        self.work = work
        rate = load * Double(concurrency) / Self.mean
        generator = SeededGenerator(seed: seed)
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
        if isQueue { return place < concurrency ? 1 : 0 }
        return min(1, Double(concurrency) / Double(jobs.count))
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
        var arrival = 0.0
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

