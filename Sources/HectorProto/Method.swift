public import SwiftProtobuf

/// Whether a method may be called again after a failure that left its outcome unknown.
public enum Idempotency: Sendable {
    /// Calling it twice has the same effect as calling it once: it may be retried until response headers have arrived.
    case idempotent
    /// It may be retried only if no replica has begun to process it.
    case notIdempotent
}

/// A gRPC method: its name, the types of its messages, and whether it may be repeated.
public struct Method<Request: SwiftProtobuf.Message, Response: SwiftProtobuf.Message>: Sendable {
    /// The fully qualified service, for example `hector.plugin.LLMProvider`.
    public let service: String
    /// The method's name without its service, for example `Generate`.
    public let name: String
    /// The `:path` of its calls: `/service/name`.
    public let path: String
    public let idempotency: Idempotency

    public init(_ service: String, _ name: String, _ idempotency: Idempotency) {
        self.service = service
        self.name = name
        self.path = "/\(service)/\(name)"
        self.idempotency = idempotency
    }
}
