internal import HectorConfig
internal import HectorCore
internal import HectorMetrics
internal import HectorProto
internal import HectorRPC
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization

/// Sends spans to a collector, some at a time, as OTLP over gRPC. Calls never wait for it: what does not fit into its queue is dropped.
final class SpanExporter: Service {
    private struct Queue {
        var spans: [Span.Ended] = []
        var sent = 0
        var dropped = 0
        /// Set when there are spans for a whole batch.
        var isFull = Signal<Void>()
    }

    private let entry: TracingEntry
    private let host: String
    private let group: any EventLoopGroup
    private let timing: Timing
    private let log: Logger
    private let limits: TracingLimits
    private let queue = Mutex(Queue())

    /// - Parameter host: This machine's name, for the spans.
    init(
        _ entry: TracingEntry, host: String, on group: any EventLoopGroup, timing: Timing, log: Logger, limits: TracingLimits = TracingLimits()
    ) {
        self.entry = entry
        self.host = host
        self.group = group
        self.timing = timing
        self.log = log
        self.limits = limits
    }

    func take(_ span: Span.Ended) {
        let full = queue.withLock { [limits] queue -> Signal<Void>? in
            guard queue.spans.count < limits.queue else {
                queue.dropped += 1
                return nil
            }
            queue.spans.append(span)
            return queue.spans.count >= limits.batch ? queue.isFull : nil
        }
        full?.set()
    }

    func write(to text: inout PrometheusText) {
        let (sent, dropped) = queue.withLock { ($0.sent, $0.dropped) }
        text.metric("hector_trace_spans_total", .counter, "Spans of traces that a collector took, and those that were dropped.")
        text.sample("hector_trace_spans_total", [("result", "sent")], sent)
        text.sample("hector_trace_spans_total", [("result", "dropped")], dropped)
    }

    func run() async { await cancelWhenGracefulShutdown { await self.export() } }

    private func export() async {
        let link = Link()
        var failures = 0
        var pacing = LogPacing()
        let backoff = Backoff(first: limits.interval, longest: .seconds(30))
        while !Task.isCancelled {
            let full = queue.withLock { $0.isFull }
            if failures == 0 {
                _ = try? await timing.limit(limits.interval) { try await full.wait() }
            } else {
                try? await timing.sleep(for: backoff.delay(afterFailures: failures, random: timing.random))
            }
            do {
                while try await send(over: link, within: limits.exportTime) {}
                failures = 0
            } catch {
                failures += 1
                await link.close()
                if !Task.isCancelled, pacing.happens(at: timing.now()) != nil {
                    log.warning(
                        "traces cannot be sent to tracing.endpoint",
                        metadata: ["endpoint": "\(entry.collector)", "error": "\(singleLine("\(error)", limit: 300))"])
                }
            }
        }
        await link.close()
    }

    /// The last spans, once no call makes any more.
    func flush() async {
        let link = Link()
        let last = timing.now().advanced(by: limits.lastExportTime)
        while (try? await send(over: link, within: timing.now().duration(to: last))) == true {}
        await link.close()
    }

    /// A connection, made when something is to be sent.
    private final class Link: Sendable {
        private let state = Mutex<ClientConnection?>(nil)

        var connection: ClientConnection? {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }

        func close() async {
            let open = connection
            connection = nil
            await open?.close()
        }
    }

    /// - Returns: Whether there is more to be sent at once.
    private func send(over link: Link, within time: Duration) async throws -> Bool {
        let batch = queue.withLock { queue -> [Span.Ended] in
            queue.isFull = Signal()
            return Array(queue.spans.prefix(limits.batch))
        }
        guard !batch.isEmpty else { return false }
        let connection: ClientConnection
        if let open = link.connection {
            connection = open
        } else {
            let made = try await timing.limit(time) { [entry, group] in
                try await ClientConnector(.plaintext, on: group).connect(to: .tcp(entry.collector))
            }
            guard let made else { throw SilentCollector() }
            connection = made
            link.connection = made
        }
        let response = try await connection.unary(
            Method<OTLPExportTraceServiceRequest, OTLPExportTraceServiceResponse>(
                "opentelemetry.proto.collector.trace.v1.TraceService", "Export", .idempotent),
            OTLPExportTraceServiceRequest(batch, host: host), options: CallOptions(timeout: time, metadata: Metadata(entry.headers)))
        let rejected = Int(clamping: min(max(0, response.partialSuccess.rejectedSpans), Int64(batch.count)))
        return queue.withLock { queue in
            queue.spans.removeFirst(batch.count)
            queue.sent += batch.count - rejected
            queue.dropped += rejected
            return queue.spans.count >= limits.batch
        }
    }

    private struct SilentCollector: Error, CustomStringConvertible {
        var description: String { "it does not answer" }
    }
}

extension Metadata {
    fileprivate init(_ headers: [String: String]) {
        self = [:]
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { append(value, for: name) }
    }
}

extension OTLPExportTraceServiceRequest {
    /// - Parameter host: The name of the machine that made the spans.
    init(_ spans: [Span.Ended], host: String) {
        self.init()
        var scope = OTLPScopeSpans()
        scope.scope.name = "hector"
        scope.scope.version = HectorVersion.current
        scope.spans = spans.map(OTLPSpan.init)
        var resource = OTLPResourceSpans()
        resource.resource.attributes = [
            OTLPKeyValue("service.name", .text("hector")), OTLPKeyValue("service.version", .text(HectorVersion.current)),
            OTLPKeyValue("host.name", .text(host)),
        ]
        resource.scopeSpans = [scope]
        resourceSpans = [resource]
    }
}

extension OTLPSpan {
    init(_ span: Span.Ended) {
        self.init()
        traceID.append(contentsOf: span.trace.high.bytes + span.trace.low.bytes)
        spanID.append(contentsOf: span.id.bytes)
        if span.parent != 0 { parentSpanID.append(contentsOf: span.parent.bytes) }
        name = span.name
        kind = switch span.kind {
        case .internal: .internal
        case .server: .server
        case .client: .client
        }
        startTimeUnixNano = UInt64(clamping: span.began.wholeNanoseconds)
        endTimeUnixNano = UInt64(clamping: max(span.began, span.ended).wholeNanoseconds)
        attributes = span.attributes.map { OTLPKeyValue($0.key, $0.value) }
        guard let failure = span.failure else { return }
        status.code = .error
        status.message = failure
    }
}

extension OTLPKeyValue {
    init(_ key: String, _ value: Span.Value) {
        self.init()
        self.key = key
        switch value {
        case .text(let text): self.value.stringValue = text
        case .number(let number): self.value.intValue = Int64(number)
        case .flag(let flag): self.value.boolValue = flag
        }
    }
}

extension UInt64 {
    /// The first one is the most significant.
    fileprivate var bytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * $0)) } }
}
