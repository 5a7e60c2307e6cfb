internal import Synchronization

/// A piece of work in a trace (OpenTelemetry's span): begun where it begins, and handed to its `Tracer` when it ends.
package final class Span: Sendable {
    package enum Kind: Sendable { case `internal`, server, client }

    package enum Value: Sendable, Equatable {
        case text(String)
        case number(Int)
        case flag(Bool)
    }

    /// A trace's name: 16 bytes, not all zero.
    package struct TraceID: Sendable, Equatable {
        package let high: UInt64
        package let low: UInt64

        package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }
    }

    /// A span that has ended.
    package struct Ended: Sendable, Equatable {
        package let trace: TraceID
        package let id: UInt64
        /// 0 for the first one of a trace.
        package let parent: UInt64
        package let name: String
        package let kind: Kind
        /// Since 1970.
        package let began: Duration
        package let ended: Duration
        package let attributes: [(key: String, value: Value)]
        /// Why it failed; nil where it did not.
        package let failure: String?

        package static func == (a: Ended, b: Ended) -> Bool {
            a.trace == b.trace && a.id == b.id && a.parent == b.parent && a.name == b.name && a.kind == b.kind && a.began == b.began
                && a.ended == b.ended && a.failure == b.failure && a.attributes.elementsEqual(b.attributes, by: ==)
        }
    }

    private struct State {
        var attributes: [(key: String, value: Value)] = []
        var failure: String?
        var hasEnded = false
    }

    package let trace: TraceID
    package let id: UInt64
    private let parent: UInt64
    private let name: String
    private let kind: Kind
    private let began: Duration
    private let tracer: Tracer
    private let state = Mutex(State())

    fileprivate init(_ name: String, _ kind: Kind, trace: TraceID, parent: UInt64, _ tracer: Tracer) {
        self.name = name
        self.kind = kind
        self.trace = trace
        self.parent = parent
        self.tracer = tracer
        id = tracer.newID()
        began = tracer.now()
    }

    /// Begins a part of this work.
    package func child(_ name: String, _ kind: Kind = .internal) -> Span { Span(name, kind, trace: trace, parent: id, tracer) }

    /// As `traceparent` has it (W3C Trace Context §3.2): of the calls that this work makes.
    package var traceParent: String { "00-\(hexadecimal(trace.high))\(hexadecimal(trace.low))-\(hexadecimal(id))-01" }

    /// Attributes beyond `Tracer.attributes` are left out.
    package func set(_ key: String, _ value: Value) {
        state.withLock { if $0.attributes.count < Tracer.attributes { $0.attributes.append((key, value)) } }
    }

    package func set(_ key: String, _ text: String) { set(key, .text(text)) }
    package func set(_ key: String, _ number: Int) { set(key, .number(number)) }

    package func fail(_ message: String) { state.withLock { $0.failure = singleLine(message, limit: 300) } }

    /// Every call but the first is without effect.
    package func end() {
        let ended = state.withLock { state -> State? in
            guard !state.hasEnded else { return nil }
            state.hasEnded = true
            return state
        }
        guard let ended else { return }
        tracer.take(Ended(
            trace: trace, id: id, parent: parent, name: name, kind: kind, began: began, ended: tracer.now(), attributes: ended.attributes,
            failure: ended.failure))
    }
}

/// Begins traces, and takes the spans of which they are made.
package final class Tracer: Sendable {
    /// Attributes of one span: more than any has.
    fileprivate static let attributes = 32

    private let sample: Double
    private let random: @Sendable (ClosedRange<Double>) -> Double
    fileprivate let now: @Sendable () -> Duration
    fileprivate let newID: @Sendable () -> UInt64
    fileprivate let take: @Sendable (Span.Ended) -> Void

    /// - Parameters:
    ///   - sample: Which part of the requests that belong to no trace yet begins one, 0 to 1.
    ///   - newID: Any number but 0.
    ///   - take: Takes what has ended; returns at once.
    package init(
        sample: Double, timing: Timing, newID: @escaping @Sendable () -> UInt64, take: @escaping @Sendable (Span.Ended) -> Void
    ) {
        self.sample = sample
        random = timing.random
        now = timing.wallClock
        self.newID = newID
        self.take = take
    }

    /// Begins the first work of this program for a request.
    ///
    /// - Parameter traceParent: What the request brings, which must be valid. It says whether the trace is recorded.
    /// - Returns: Nil where it is not recorded.
    package func begin(_ name: @autoclosure () -> String, traceParent: String?) -> Span? {
        guard let traceParent else {
            guard sample > 0, sample >= 1 || random(0...1) < sample else { return nil }
            return Span(name(), .server, trace: Span.TraceID(high: newID(), low: newID()), parent: 0, self)
        }
        let text = Array(traceParent.utf8)
        guard text.count >= 55, let flags = number(text[53..<55]), flags & 1 == 1, let high = number(text[3..<19]), let low = number(text[19..<35]),
            let parent = number(text[36..<52])
        else { return nil }
        return Span(name(), .server, trace: Span.TraceID(high: high, low: low), parent: parent, self)
    }

    private func number(_ digits: ArraySlice<UInt8>) -> UInt64? { UInt64(String(decoding: digits, as: UTF8.self), radix: 16) }
}

private func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}

/// Does a part of the work at hand as a span of its own, if the work is traced: the calls that it makes name it as their parent.
///
/// - Parameter body: Gets the span, nil where nothing is traced.
package nonisolated(nonsending) func spanning<Result>(
    _ name: @autoclosure () -> String, _ body: nonisolated(nonsending) (Span?) async throws -> Result
) async rethrows -> Result {
    guard let context = TraceContext.current, let parent = context.span else { return try await body(nil) }
    let span = parent.child(name())
    defer { span.end() }
    do {
        return try await TraceContext.$current.withValue(TraceContext(span: span, requestID: context.requestID)) { try await body(span) }
    } catch {
        span.fail(error is CancellationError ? "cancelled" : "\(error)")
        throw error
    }
}
