import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// How a client's connection is set up.
struct FrontChannel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: Responder
    let limits: APILimits
    let connections: Connections

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try Self.addHandlers(to: channel.pipeline.syncOperations, limits: limits, connections: connections, log: logger)
            try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
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
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
