import CoreMetrics
import Testing

@testable import HectorMetrics

@Suite struct RegistryTests {
    private let registry = MetricsRegistry()

    @Test func `What handles count is told under their names and labels`() async {
        registry.describe("calls_total", "Calls.\nOf all.")
        let calls = Counter(label: "calls_total", dimensions: [("to", "a\"b\\c\nd")], factory: registry)
        calls.increment(by: 3)
        // Another handle of the same name and labels counts on.
        Counter(label: "calls_total", dimensions: [("to", "a\"b\\c\nd")], factory: registry).increment()
        Counter(label: "calls_total", dimensions: [("to", "x")], factory: registry).increment()
        Gauge(label: "load", factory: registry).record(2.5)
        let meter = Meter(label: "open", factory: registry)
        meter.increment(by: 3)
        meter.decrement(by: 1)
        let sizes = Recorder(label: "bytes", factory: registry)
        sizes.record(100)
        sizes.record(0.5)
        await #expect(registry.text().text == #"""
            # TYPE bytes summary
            bytes_sum 100.5
            bytes_count 2
            # HELP calls_total Calls.\nOf all.
            # TYPE calls_total counter
            calls_total{to="a\"b\\c\nd"} 4
            calls_total{to="x"} 1
            # TYPE load gauge
            load 2.5
            # TYPE open gauge
            open 2.0

            """#)
    }

    @Test func `A timer tells quantiles, the sum and the number, in seconds`() async {
        let timer = Timer(label: "time_seconds", dimensions: [("route", "/")], factory: registry)
        for milliseconds in 1...100 { timer.recordNanoseconds(Int64(milliseconds) * 1_000_000) }
        let lines = await registry.text().text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.map { $0[0] } == [
            "#", #"time_seconds{route="/",quantile="0.5"}"#, #"time_seconds{route="/",quantile="0.9"}"#,
            #"time_seconds{route="/",quantile="0.99"}"#, #"time_seconds_sum{route="/"}"#, #"time_seconds_count{route="/"}"#,
        ])
        for (line, expected) in zip(lines.dropFirst(), [0.05, 0.09, 0.099, 5.05, 100]) {
            let value = Double(line[1]) ?? 0
            #expect(abs(value - expected) <= 0.03 * expected, "\(line)")
        }
    }

    @Test func `Labels that clients choose cannot fill the memory`() async {
        for number in 0..<(2 * MetricsRegistry.mostSeries) {
            Counter(label: "asked", dimensions: [("for", "\(number)"), ("by", "x")], factory: registry).increment()
        }
        let samples = await registry.text().text.split(separator: "\n").filter { $0.hasPrefix("asked{") }
        #expect(samples.count == MetricsRegistry.mostSeries + 1)
        #expect(samples.last == #"asked{for="other",by="other"} \#(MetricsRegistry.mostSeries)"#)
        // Those from before still count for themselves.
        Counter(label: "asked", dimensions: [("for", "0"), ("by", "x")], factory: registry).increment()
        await #expect(registry.text().text.contains(#"asked{for="0",by="x"} 2"#))
    }

    @Test func `Names are as Prometheus allows, and a name is one kind of metric`() async {
        Counter(label: "9 lives.of-cats:all", dimensions: [("a:b", "c")], factory: registry).increment()
        Gauge(label: "9 lives.of-cats:all", factory: registry).record(7)
        await #expect(registry.text().text == """
            # TYPE _9_lives_of_cats:all counter
            _9_lives_of_cats:all{a_b="c"} 1

            """)
    }

    @Test func `What is destroyed is not told, and the others keep their places`() async {
        let counters = ["a", "b", "c"].map { Counter(label: "n", dimensions: [("x", $0)], factory: registry) }
        counters[0].destroy()
        Counter(label: "n", dimensions: [("x", "c")], factory: registry).increment(by: 2)
        await #expect(registry.text().text == "# TYPE n counter\nn{x=\"b\"} 0\nn{x=\"c\"} 2\n")
    }

    @Test func `Who collects is asked each time, before the rest`() async {
        Counter(label: "a", factory: registry).increment()
        registry.collect { text in
            text.metric("z", .gauge, "")
            text.sample("z", [], 1)
        }
        for _ in 0..<2 { await #expect(registry.text().text == "# TYPE z gauge\nz 1\n# TYPE a counter\na 1\n") }
    }

    @Test func `Times are kept to 3 percent, and none is too short or too long`() {
        for time: Int64 in [0, 1, 31, 32, 63, 64, 1_000, 123_456, 98_765_432, 3_599_999_999_999] {
            let histogram = TimeHistogram()
            histogram.record(nanoseconds: time)
            let told = Double(histogram.reading().quantile(0.5).components.attoseconds) / 1e9
                + Double(histogram.reading().quantile(0.5).components.seconds) * 1e9
            #expect(abs(told - Double(time)) <= 0.03 * Double(time), "\(time): \(told)")
        }
        let histogram = TimeHistogram()
        for time: Int64 in [-1, .min, .max] { histogram.record(nanoseconds: time) }
        #expect(histogram.reading().count == 3)
        #expect(histogram.reading().quantile(0.5) == .zero)
        #expect(histogram.reading().quantile(1) > .seconds(3500))
    }

    @Test func `Nothing is lost where many threads count`() async {
        let (counter, timer) = (Counter(label: "n", factory: registry), Timer(label: "t", factory: registry))
        let meter = Meter(label: "m", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for number in 0..<1000 {
                        counter.increment()
                        timer.recordNanoseconds(Int64(number))
                        meter.increment()
                    }
                }
            }
        }
        let text = await registry.text().text
        #expect(text.contains("n 8000\n") && text.contains("t_count 8000\n") && text.contains("m 8000.0\n"))
    }
}
