import Synchronization
import Testing

@testable import HectorCore

@Suite struct SpanTests {
    private final class Taken: Sendable {
        let spans = Mutex<[Span.Ended]>([])
    }

    private func tracer(sample: Double = 1, random: Double = 0.5) -> (Tracer, Taken) {
        let taken = Taken()
        let next = Mutex<UInt64>(0)
        let time = Mutex(Duration.zero)
        let timing = Timing(
            now: { Instant() }, sleepUntil: { _ in }, random: { _ in random },
            wallClock: { time.withLock { $0 += .seconds(1); return $0 } })
        let tracer = Tracer(sample: sample, timing: timing, newID: { next.withLock { $0 += 1; return $0 } }) { span in taken.spans.withLock { $0.append(span) } }
        return (tracer, taken)
    }

    @Test func `A trace goes on where the request began one`() throws {
        let (tracer, taken) = tracer()
        let first = try #require(tracer.begin("a", traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
        #expect(first.traceParent == "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01")
        let second = first.child("b", .client)
        #expect(second.traceParent == "00-0af7651916cd43dd8448eb211c80319c-0000000000000002-01")
        second.set("k", 3)
        second.fail("no\nway")
        second.end()
        second.end()
        first.end()
        let trace = Span.TraceID(high: 0x0af7651916cd43dd, low: 0x8448eb211c80319c)
        #expect(taken.spans.withLock { $0 } == [
            Span.Ended(
                trace: trace, id: 2, parent: 1, name: "b", kind: .client, began: .seconds(2), ended: .seconds(3), attributes: [("k", .number(3))],
                failure: singleLine("no\nway", limit: 300)),
            Span.Ended(trace: trace, id: 1, parent: 0xb7ad6b7169203331, name: "a", kind: .server, began: .seconds(1), ended: .seconds(4), attributes: [], failure: nil),
        ])
    }

    @Test func `Who began a trace decides whether it is recorded, and chance where nobody did`() {
        #expect(tracer().0.begin("a", traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00") == nil)
        #expect(tracer(sample: 0).0.begin("a", traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") != nil)
        #expect(tracer(sample: 0).0.begin("a", traceParent: nil) == nil)
        #expect(tracer(sample: 0.5, random: 0.49).0.begin("a", traceParent: nil) != nil)
        #expect(tracer(sample: 0.5, random: 0.5).0.begin("a", traceParent: nil) == nil)
    }

    @Test func `Work that is traced is the parent of what it calls, and ends with its failure`() async throws {
        #expect(await spanning("x") { span in span == nil && TraceContext.current == nil })
        let (tracer, taken) = tracer()
        let root = try #require(tracer.begin("root", traceParent: nil))
        struct Broken: Error, CustomStringConvertible { let description = "broken" }
        await TraceContext.$current.withValue(TraceContext(span: root, requestID: "r")) {
            let told: String? = await spanning("inner") { _ in TraceContext.current?.traceParent }
            #expect(told?.contains("-0000000000000004-") == true && TraceContext.current?.requestID == "r")
            _ = try? await spanning("fails") { _ in throw Broken() }
        }
        #expect(taken.spans.withLock { $0.map { "\($0.name) \($0.parent) \($0.failure ?? "")" } } == ["inner 3 ", "fails 3 broken"])
    }
}
