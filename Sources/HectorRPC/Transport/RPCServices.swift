package import HectorProto
internal import NIOCore
package import SwiftProtobuf

/// Where a handler runs.
package enum HandlerExecution: Sendable {
    /// On Swift's global executor: for everything that may block or compute for long.
    case offLoop
    /// On the connection's event loop: for short, non-blocking code only.
    case onLoop
}

/// What is known of a call beside its message, and what its handler may add to the response.
package struct ServerContext: Sendable {
    let call: ServerCall

    /// What the caller sent beside the message.
    package var metadata: Metadata { call.request.metadata }
    /// The caller's certificate; nil without TLS.
    package var peer: PeerCertificate? { call.server.peer }
    /// For example `/hector.plugin.LLMProvider/Generate`.
    package var path: String { call.request.path }
    /// The caller's `:authority`.
    package var authority: String { call.request.authority }
    /// What is left of the time that the caller gave; nil where it gave no deadline, negative where it has passed.
    package var timeLeft: Duration? { call.deadline.map { .nanoseconds(($0 - .now()).nanoseconds) } }

    /// Adds to the metadata in front of the response; of no effect once that has been sent.
    package func setHeaders(_ metadata: Metadata) { call.setHeaders(metadata) }
    /// Adds to the metadata behind the response.
    package func setTrailers(_ metadata: Metadata) { call.setTrailers(metadata) }
}

/// The methods that a server offers.
package struct RPCServices: Sendable {
    struct Handler: Sendable {
        var execution: HandlerExecution
        var body: @Sendable (ByteBuffer, ServerCall) async throws -> Void
    }

    private(set) var handlers: [String: Handler] = [:]
    private(set) var services: Set<String> = []
    /// Takes the calls that no handler takes.
    package var forwarder: (any StreamForwarder)?

    package init() {}

    /// Offers a method with one message each way.
    package mutating func unary<Q, R>(
        _ method: Method<Q, R>, _ execution: HandlerExecution = .offLoop,
        handler: @escaping @Sendable (Q, ServerContext) async throws -> R
    ) {
        services.insert(method.service)
        handlers[method.path] = Handler(execution: execution) { message, call in
            let response = try await handler(MessageCoding.decode(message, as: Q.self), ServerContext(call: call))
            call.respond(try MessageCoding.frame(response))
        }
    }

    /// Offers a method with one message there and any number back.
    package mutating func serverStreaming<Q, R>(
        _ method: Method<Q, R>, _ execution: HandlerExecution = .offLoop,
        handler: @escaping @Sendable (Q, ResponseWriter<R>, ServerContext) async throws -> Void
    ) {
        services.insert(method.service)
        handlers[method.path] = Handler(execution: execution) { message, call in
            try await handler(MessageCoding.decode(message, as: Q.self), ResponseWriter(call: call), ServerContext(call: call))
            call.end(nil)
        }
    }
}

/// Takes the responses of a streaming call.
package struct ResponseWriter<Message: SwiftProtobuf.Message>: Sendable {
    let call: ServerCall

    /// Sends one message. Suspends while the reader is slow.
    ///
    /// - Throws: `RPCError` when the caller is gone: let it pass.
    package func write(_ message: Message) async throws {
        try await call.write(MessageCoding.frame(message))
    }
}
