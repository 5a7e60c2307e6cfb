/// The identifiers that connect all calls of one request, passed from program to program as metadata.
///
/// A server reads it from a call's metadata into the task of the handler; a client adds the current one to its calls. A program that
/// records no spans forwards the parent unchanged, as W3C Trace Context §2.2 allows; `hector serve` with `tracing` puts its own span there.
public struct TraceContext: Sendable, Equatable {
    /// The value of `traceparent`: version, trace, parent and flags (W3C Trace Context §3.2).
    public let traceParent: String?
    /// The value of `x-request-id`, which the log lines of each program contain.
    public let requestID: String?
    /// The work at hand, where it is recorded: `traceParent` is its own.
    package let span: Span?

    /// The trace context of the current task; nil outside a call, or if the caller sent none.
    @TaskLocal public static var current: TraceContext?

    public static let traceParentName = "traceparent"
    public static let requestIDName = "x-request-id"

    /// The trace in `traceParent`: 32 hexadecimal digits.
    package var traceID: String? { traceParent.map { String($0.dropFirst(3).prefix(32)) } }

    /// Drops values that are not valid; nil if none is left.
    public init?(traceParent: String?, requestID: String?) {
        self.traceParent = traceParent.flatMap { Self.isTraceParent($0.utf8) ? $0 : nil }
        self.requestID = requestID.flatMap { Self.isRequestID($0.utf8) ? $0 : nil }
        span = nil
        if self.traceParent == nil, self.requestID == nil { return nil }
    }

    /// Of recorded work.
    package init(span: Span, requestID: String?) {
        traceParent = span.traceParent
        self.requestID = requestID
        self.span = span
    }

    public static func == (a: TraceContext, b: TraceContext) -> Bool { a.traceParent == b.traceParent && a.requestID == b.requestID }

    /// `00-` 32 hex digits `-` 16 hex digits `-` 2 hex digits, all lower case, neither trace nor parent all zero. Later
    /// versions may append more after a further dash.
    private static func isTraceParent(_ text: String.UTF8View) -> Bool {
        let parts = text.split(separator: UInt8(ascii: "-"), maxSplits: 4, omittingEmptySubsequences: false)
        guard text.count <= 128, parts.count >= 4, [2, 32, 16, 2] == parts[..<4].map(\.count) else { return false }
        guard parts[..<4].allSatisfy({ $0.allSatisfy(isHexDigit) }), !parts[0].elementsEqual("ff".utf8) else { return false }
        guard parts[0].elementsEqual("00".utf8) ? parts.count == 4 : true else { return false }
        return parts[1].contains { $0 != UInt8(ascii: "0") } && parts[2].contains { $0 != UInt8(ascii: "0") }
    }

    /// Printable, without spaces, at most 128 bytes, because it goes into logs.
    private static func isRequestID(_ text: String.UTF8View) -> Bool {
        (1...128).contains(text.count) && text.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
