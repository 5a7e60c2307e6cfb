package import HectorProto
internal import NIOCore
package import SwiftProtobuf

/// Where a handler runs.
package enum HandlerExecution: Sendable {
    /// On threads of Swift's global executor (`HandlerExecutor`): for everything that may block or compute for long.
    case offLoop
    /// On the connection's event loop: for short, non-blocking code only.
    case onLoop
}

/// What is known of a call beside its messages, and what its handler may add to the response.
package struct ServerContext: Sendable {
    let call: HandledCall

    /// What the caller sent beside the message.
    package var metadata: Metadata { call.head.metadata }
    /// The caller's certificate; nil without TLS.
    package var peer: PeerCertificate? { call.server.peer }
    /// For example `/hector.plugin.LLMProvider/Generate`.
    package var path: String { call.head.path }
    /// The caller's `:authority`.
    package var authority: String { call.head.authority }
    /// What is left of the time that the caller gave; nil where it gave no deadline, negative where it has passed.
    package var timeLeft: Duration? { call.deadline.map { .nanoseconds(($0 - call.connection.eventLoop.now).nanoseconds) } }
    /// Whether the one message of a request came compressed.
    package var requestWasCompressed: Bool { call.requestWasCompressed }

    /// Adds to the metadata in front of the response; of no effect once that has been sent.
    package func setHeaders(_ metadata: Metadata) { call.setHeaders(metadata) }
    /// Says what the metadata behind the response is, that of a failure included.
    package func setTrailers(_ metadata: Metadata) { call.setTrailers(metadata) }
    /// Adds to the metadata behind the response, together with what others add. What is too much for a caller is left out.
    package func addTrailers(_ metadata: Metadata) { call.addTrailers(metadata) }
    /// Adds to the metadata behind the response what holds in the moment in which it is sent: responses arrive in that order.
    ///
    /// - Parameter add: Called on the connection's event loop; it must not block. Of several, the last one counts.
    package func addTrailers(atEnd add: @escaping @Sendable (inout Metadata) -> Void) { call.addTrailers(atEnd: add) }
    /// Has the messages of the response compressed, where the caller accepts it; to be said before the first one.
    package func setCompression(_ compression: Compression?) { call.setCompression(compression) }
}

/// The methods that a server offers.
package struct RPCServices: Sendable {
    final class Handler: Sendable {
        enum Body: Sendable {
            /// Answers one message at once, without a task.
            case inline(@Sendable (ReceivedMessage, HandledCall) throws -> Void)
            case message(@Sendable (ReceivedMessage, HandledCall) async throws -> Void)
            case stream(@Sendable (HandledCall) async throws -> Void)
        }

        let path: String
        let execution: HandlerExecution
        let streamsResponses: Bool
        let body: Body
        /// Where its calls are counted, once it belongs to a server that counts them.
        let slot: Int

        var streamsRequests: Bool { if case .stream = body { true } else { false } }

        init(path: String, execution: HandlerExecution, streamsResponses: Bool, body: Body, slot: Int = 0) {
            self.path = path
            self.execution = execution
            self.streamsResponses = streamsResponses
            self.body = body
            self.slot = slot
        }

        func counted(in metrics: RPCMetrics) -> Handler {
            Handler(path: path, execution: execution, streamsResponses: streamsResponses, body: body, slot: metrics.slot(path))
        }
    }

    private(set) var handlers: [String: Handler] = [:]
    private(set) var services: Set<String> = []
    /// Takes the calls that no handler takes.
    package var forwarder: (any StreamForwarder)?

    package init() {}

    /// What the caller of a method is told that no handler takes.
    func notOffered(_ path: String) -> RPCError {
        let parts = path.split(separator: "/")
        let known = parts.count == 2 && services.contains(String(parts[0]))
        return RPCError(.unimplemented, "\(known ? "method" : "service") of \(path) is not implemented here")
    }

    /// Offers a method with one message each way.
    package mutating func unary<Q, R>(
        _ method: Method<Q, R>, _ execution: HandlerExecution = .offLoop,
        handler: @escaping @Sendable (Q, ServerContext) async throws -> R
    ) {
        add(method, execution, streamsResponses: false, .message { message, call in
            let request: Q = MessageCoding.isLong(message, as: Q.self) ? try await call.decodeElsewhere(message) : try call.decode(message)
            let response = try await handler(request, ServerContext(call: call))
            call.respond(try MessageCoding.frame(response, compression: call.compression))
        })
    }

    /// Offers a method with one message each way, answered at once on the connection's event loop: no task is made for
    /// it. For code that computes next to nothing and waits for nothing.
    package mutating func inlineUnary<Q, R>(
        _ method: Method<Q, R>, handler: @escaping @Sendable (Q, ServerContext) throws -> R
    ) {
        add(method, .onLoop, streamsResponses: false, .inline { message, call in
            let response = try handler(call.decode(message), ServerContext(call: call))
            call.respond(try MessageCoding.frame(response, compression: call.compression))
        })
    }

    /// Offers a method with one message there and any number back.
    package mutating func serverStreaming<Q, R>(
        _ method: Method<Q, R>, _ execution: HandlerExecution = .offLoop,
        handler: @escaping @Sendable (Q, ResponseWriter<R>, ServerContext) async throws -> Void
    ) {
        add(method, execution, streamsResponses: true, .message { message, call in
            guard let writer = ResponseWriter<R>(call) else { return }
            let request: Q = MessageCoding.isLong(message, as: Q.self) ? try await call.decodeElsewhere(message) : try call.decode(message)
            try await handler(request, writer, ServerContext(call: call))
            call.end(nil)
        })
    }

    /// Offers a method with any number of messages there and one back.
    package mutating func clientStreaming<Q, R>(
        _ method: Method<Q, R>, _ execution: HandlerExecution = .offLoop,
        handler: @escaping @Sendable (MessageStream<Q>, ServerContext) async throws -> R
    ) {
        add(method, execution, streamsResponses: false, .stream { call in
            guard let requests = call.requests(of: Q.self) else { return }
            let response = try await handler(requests, ServerContext(call: call))
            call.respond(try MessageCoding.frame(response, compression: call.compression))
        })
    }

    /// Offers a method with any number of messages each way.
    package mutating func bidirectionalStreaming<Q, R>(
        _ method: Method<Q, R>, _ execution: HandlerExecution = .offLoop,
        handler: @escaping @Sendable (MessageStream<Q>, ResponseWriter<R>, ServerContext) async throws -> Void
    ) {
        add(method, execution, streamsResponses: true, .stream { call in
            guard let requests = call.requests(of: Q.self), let writer = ResponseWriter<R>(call) else { return }
            try await handler(requests, writer, ServerContext(call: call))
            call.end(nil)
        })
    }

    private mutating func add<Q, R>(
        _ method: Method<Q, R>, _ execution: HandlerExecution, streamsResponses: Bool, _ body: Handler.Body
    ) {
        services.insert(method.service)
        handlers[method.path] = Handler(path: method.path, execution: execution, streamsResponses: streamsResponses, body: body)
    }
}

extension HandledCall {
    fileprivate func decode<M: SwiftProtobuf.Message>(_ message: ReceivedMessage) throws(RPCError) -> M {
        try MessageCoding.decode(message, as: M.self, limit: server.limits.maximumMessageLength)
    }

    fileprivate func decodeElsewhere<M: SwiftProtobuf.Message>(_ message: ReceivedMessage) async throws -> M {
        try await MessageCoding.decodeElsewhere(message, as: M.self, limit: server.limits.maximumMessageLength)
    }

    fileprivate func requests<M: SwiftProtobuf.Message>(of: M.Type) -> MessageStream<M>? {
        inbound.map { MessageStream(inbound: $0, call: self, limit: server.limits.maximumMessageLength) }
    }
}

/// Takes the responses of a streaming call.
package struct ResponseWriter<Message: SwiftProtobuf.Message>: Sendable {
    private let call: HandledCall
    private let outbound: OutboundMessages

    fileprivate init?(_ call: HandledCall) {
        guard let outbound = call.outbound else { return nil }
        self.call = call
        self.outbound = outbound
    }

    /// Sends one message. Suspends while the reader is slow.
    ///
    /// - Parameter compressed: Whether this one is packed, where the call has a compression.
    /// - Throws: `RPCError` when the caller is gone: let it pass.
    package func write(_ message: Message, compressed: Bool = true) async throws {
        let framed = try MessageCoding.frame(message, compression: compressed ? call.compression : nil)
        if try !call.write(framed, through: outbound) { try await outbound.waitForRoom() }
    }
}

/// Finds a handler by the bytes of a call's path, without making a string of them.
struct HandlerTable {
    private var slots: [(path: [UInt8], handler: RPCServices.Handler)?]
    private let mask: Int

    init(_ services: RPCServices, metrics: RPCMetrics?) {
        var size = 8
        while size < services.handlers.count * 2 { size *= 2 }
        slots = Array(repeating: nil, count: size)
        mask = size - 1
        for (path, handler) in services.handlers {
            let path = Array(path.utf8)
            var slot = path.withUnsafeBufferPointer(Self.hash) & mask
            while slots[slot] != nil { slot = (slot + 1) & mask }
            slots[slot] = (path, metrics.map(handler.counted(in:)) ?? handler)
        }
    }

    subscript(_ path: UnsafeBufferPointer<UInt8>) -> RPCServices.Handler? {
        var slot = Self.hash(path) & mask
        // Half of the slots are empty at least.
        while let entry = slots[slot] {
            if entry.path.withUnsafeBufferPointer({ $0.equals(path) }) { return entry.handler }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// FNV-1a. The table holds our own methods only: nobody can fill it with collisions.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash)
    }
}
