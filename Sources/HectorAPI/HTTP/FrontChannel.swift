import HectorCore
import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1

/// Finds what runs tasks on an event loop; called on that loop.
package typealias FrontExecutor = @Sendable (any EventLoop) -> any TaskExecutor

/// Makes what stands between a connection's socket and HTTP, on the connection's event loop: TLS.
package typealias FrontTLS = @Sendable (any EventLoop, Logger) throws -> any ChannelHandler

/// How a client's connection is set up.
///
/// Requests are answered on the event loop of their connection: no thread wakes another one on their way, and what is ready together
/// is written together. What takes long is done elsewhere, see `offPool`.
struct FrontChannel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let connection: Connection?
        let inbox: Inbox
        /// Where its requests are answered.
        let executor: (any TaskExecutor)?
    }

    let responder: FrontResponder
    let date: HTTPDate
    let limits: APILimits
    let connections: Connections
    /// What runs tasks on that event loop, which asks; nil: nothing does, and Swift's own threads answer.
    let executor: FrontExecutor?
    /// Nil: the connection is not encrypted.
    let tls: FrontTLS?
    /// Whether only this user and root may connect.
    var isControl = false

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        guard isControl else { return set(up: channel, logger) }
        return ControlPeer.check(channel).flatMap { set(up: channel, logger) }.flatMapErrorThrowing { error in
            if let refused = error as? ControlPeer.Refused {
                logger.warning("a connection to the control socket was refused: only this user and root may connect", metadata: ["user": "\(refused.user)"])
            }
            // Nobody else closes what was never set up.
            channel.close(promise: nil)
            throw error
        }
    }

    private func set(up channel: any Channel, _ logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            if let tls { try channel.pipeline.syncOperations.addHandler(tls(channel.eventLoop, logger)) }
            try Self.addHandlers(to: channel.pipeline.syncOperations, limits: limits, connections: connections, log: logger)
            let inbox = Inbox { channel.read() }
            try channel.pipeline.syncOperations.addHandler(InboxHandler(inbox, isEncrypted: tls != nil))
            return Value(channel: channel, connection: connections[channel], inbox: inbox, executor: executor?(channel.eventLoop))
        }
    }

    /// What keeps HTTP/1.1 and its bounds, between the socket and what answers.
    static func addHandlers(
        to pipeline: ChannelPipeline.SynchronousOperations, limits: APILimits, connections: Connections, log: Logger
    ) throws {
        var headers = NIOHTTPDecoderLimitConfiguration()
        headers.maxHeaderFieldSize = limits.headerBytes
        headers.maxHeaderListSize = limits.headerBytes
        headers.maxHeaderFieldCount = limits.headers
        let decoder = RequestDecoder(limits: headers)
        let intake = Intake(limits: limits)
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(intake)
        // What the decoder keeps is an unfinished name or value, with the white space around it.
        try pipeline.addHandler(ByteToMessageHandler(decoder, maximumBufferSize: limits.headBytes))
        try pipeline.addHandler(
            ConnectionHandler(limits: limits, decoder: decoder, intake: intake, connections: connections, log: log))
    }

    func handle(value: Value, logger: Logger) async {
        let conversation = Conversation(value, responder: responder, date: date, logger: logger)
        await withTaskExecutorPreference(value.executor) { await conversation.run() }
    }
}
