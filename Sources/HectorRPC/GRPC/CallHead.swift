internal import HectorCore
internal import HectorProto
internal import NIOCore

/// What begins a call, as a server receives it: parsed while it comes, field by field.
/// Not copyable, since it is handed on with every call, and a copy would count references to each of its parts.
struct CallHead: ~Copyable {
    /// The fields as they came.
    private(set) var fields: HeaderFields
    /// The time that the caller gives.
    private(set) var timeout: TimeAmount?
    private(set) var acceptsGzip = false
    /// Whether the call belongs to a trace, or has an id.
    private(set) var hasTraceContext = false
    /// How the caller packs its messages; nil: not at all.
    private(set) var encoding: String?
    private var isPOST = false
    private var isGRPC = false
    private var hasBadTimeout = false
    private let limit: Int
    /// What the peer counts against the limit (RFC 9113 §6.5.2).
    private var size = 0

    /// - Parameter limit: Longest list of fields that is accepted (`RPCLimits.maximumHeaderListSize`).
    init(limit: Int) {
        self.limit = limit
        fields = HeaderFields(reservingBytes: 320)
    }

    mutating func append(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        size += name.count + value.count + 32
        guard size <= limit else { return }
        fields.append(name, value)
        switch name.first {
        case UInt8(ascii: ":"):
            if name.equals(":method") { isPOST = value.equals("POST") }
        case UInt8(ascii: "t"):
            if name.equals("traceparent") { hasTraceContext = true }
        case UInt8(ascii: "x"):
            if name.equals("x-request-id") { hasTraceContext = true }
        case UInt8(ascii: "c"):
            if name.equals("content-type") { isGRPC = value.hasPrefix("application/grpc") }
        case UInt8(ascii: "g"):
            if name.equals("grpc-timeout") {
                timeout = GRPCTimeout.decode(value)
                hasBadTimeout = timeout == nil
            } else if name.equals("grpc-encoding") {
                encoding = value.equals("identity") ? nil : String(decoding: value, as: UTF8.self)
            } else if name.equals("grpc-accept-encoding") {
                acceptsGzip = String(decoding: value, as: UTF8.self).split(separator: ",")
                    .contains { $0.filter { $0 != " " } == Compression.gzip.rawValue }
            }
        default: break
        }
    }

    /// Why nobody can be asked to take the call.
    enum Flaw {
        /// It is no gRPC call, and is answered with this HTTP status.
        case notGRPC(status: StaticString)
        case failure(RPCError)
    }

    /// Whether nothing is wrong with the head, once it is whole. Asked at every call, of which nearly all are sound.
    var isSound: Bool { size <= limit && isPOST && isGRPC && !hasBadTimeout }

    /// What is wrong with the head, once it is whole; nil: nothing.
    var flaw: Flaw? {
        if size > limit { return .failure(RPCError(.resourceExhausted, "the request's headers are larger than is accepted")) }
        guard isPOST else { return .notGRPC(status: "405") }
        guard isGRPC else { return .notGRPC(status: "415") }
        return hasBadTimeout ? .failure(RPCError(.internalError, "grpc-timeout is malformed")) : nil
    }

    /// Whether messages are packed as nobody here understands it.
    var hasUnknownEncoding: Bool { encoding.map { Compression(rawValue: $0) == nil } ?? false }

    /// Hands over the path, where there is one, without making a string of it.
    func withPath<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R? { fields.withValue(":path", body) }

    var path: String { fields[":path"] ?? "" }
    var authority: String { fields[":authority"] ?? "" }
    var metadata: Metadata { Metadata(fields) }
    var traceContext: TraceContext? { TraceContext(traceParent: fields["traceparent"], requestID: fields["x-request-id"]) }
}
