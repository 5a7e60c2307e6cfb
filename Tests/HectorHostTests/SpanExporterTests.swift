import HectorConfig
import HectorMetrics
import HectorProto
import Logging
import NIOPosix
import SwiftProtobuf
import Testing

@testable import HectorCore
@testable import HectorHost

@Suite struct SpanExporterTests {
    private func span(_ name: String, failure: String? = nil) -> Span.Ended {
        Span.Ended(
            trace: Span.TraceID(high: 1, low: 0x0203), id: 0x0405, parent: failure == nil ? 0 : 6, name: name, kind: .client, began: .seconds(7), ended: .seconds(8),
            attributes: [("a", .text("b")), ("n", .number(-1)), ("f", .flag(true))], failure: failure)
    }

    @Test func `A span is what OpenTelemetry says it is, byte by byte`() throws {
        let bytes: [UInt8] = try OTLPSpan(span("x", failure: "no")).serializedBytes()
        let ids: [UInt8] = [0x0A, 16, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 3, 0x12, 8, 0, 0, 0, 0, 0, 0, 4, 5, 0x22, 8, 0, 0, 0, 0, 0, 0, 0, 6]
        let times: [UInt8] = [0x39, 0x00, 0x86, 0x3B, 0xA1, 1, 0, 0, 0, 0x41, 0x00, 0x50, 0xD6, 0xDC, 1, 0, 0, 0]
        let attributes: [UInt8] =
            [0x4A, 8, 0x0A, 1, 97, 0x12, 3, 0x0A, 1, 98] + [0x4A, 16, 0x0A, 1, 110, 0x12, 11, 0x18, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]
            + [0x4A, 7, 0x0A, 1, 102, 0x12, 2, 0x10, 1]
        #expect(bytes == ids + [0x2A, 1, 120, 0x30, 3] + times + attributes + [0x7A, 6, 0x12, 2, 110, 111, 0x18, 2])
    }

    @Test func `What does not fit into the queue is dropped and counted`() {
        let entry = TracingEntry(collector: HostPort(host: "127.0.0.1", port: 9))
        var limits = TracingLimits()
        limits.queue = 2
        let exporter = SpanExporter(
            entry, host: "here", on: MultiThreadedEventLoopGroup.singleton, timing: Timing(now: { Instant() }, sleepUntil: { _ in }, random: { $0.lowerBound }), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, limits: limits)
        for number in 0..<5 { exporter.take(span("\(number)")) }
        var text = PrometheusText()
        exporter.write(to: &text)
        #expect(text.text.contains("hector_trace_spans_total{result=\"dropped\"} 3\n") && text.text.contains("{result=\"sent\"} 0\n"))
    }
}
