import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Answers the requests of one connection, one after the other.
///
/// Hummingbird's own way from a connection to its router is not taken: there each part of a request and of an answer passes through
/// a sequence with its own lock and task switches (decision 16).
///
/// An object: what waits while an answer is written keeps a reference.
final class Conversation: Sendable {
    private let channel: any Channel
    private let connection: Connection?
    private let inbox: Inbox
    private let responder: FrontResponder
    private let date: HTTPDate
    private let logger: Logger

    init(_ value: FrontChannel.Value, responder: FrontResponder, date: HTTPDate, logger: Logger) {
        channel = value.channel
        connection = value.connection
        inbox = value.inbox
        self.responder = responder
        self.date = date
        self.logger = logger
    }

    /// Returns when the connection has ended.
    func run() async {
        await withTaskCancellationHandler {
            do {
                try await answerAll()
                ended()
            } catch {
                ended(error)
            }
            try? await channel.closeFuture.get()
        } onCancel: {
            channel.close(mode: .input, promise: nil)
        }
    }

    @inline(never) private func ended(_ error: (any Error)? = nil) {
        // Nothing more is to be said; what was is still sent.
        guard let error else { return channel.close(mode: .output, promise: nil) }
        logger.trace("A connection ends in the middle of an answer", metadata: ["error": "\(error)"])
        channel.close(promise: nil)
    }

    private func answerAll() async throws {
        do {
            while let body = try await nextAnswer() { try await write(body) }
        } catch is HTTPParserError {
            // `ConnectionHandler` says what is wrong.
            channel.write(HTTPResponsePart.head(HTTPResponse(status: .badRequest)), promise: nil)
            channel.writeAndFlush(HTTPResponsePart.end(nil), promise: nil)
        }
    }

    /// Answers the next request as far as the head. What that took, the request too, is gone while the rest is written.
    ///
    /// - Returns: The rest; nil when the client sends no further request.
    @inline(never) private func nextAnswer() async throws -> ResponseBody? {
        guard let head = try await inbox.nextHead() else { return nil }
        let body = inbox.wholeBody().map(RequestBody.init(buffer:)) ?? RequestBody(asyncSequence: Pieces(inbox: inbox))
        let response = await response(to: Request(head: head, body: body))
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        channel.write(HTTPResponsePart.head(response.head), promise: nil)
        return response.body
    }

    private func response(to request: Request) async -> Response {
        var context = APIContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        context.connection = connection
        context.refusal = connection?.takeRefusal()
        var response = await responder.respond(to: request, context: context)
        response.headers[.date] = date.now()
        response.headers[.server] = "hector"
        return response
    }

    private func write(_ body: ResponseBody) async throws {
        let isWhole = body.contentLength != nil
        // The client of a stream learns at once that it begins; a whole answer leaves in one write.
        if !isWhole { channel.flush() }
        try await body.write(Writer(channel: channel, flushes: !isWhole))
        // Otherwise answers would pile up for a client that sends requests and reads nothing.
        if !channel.isWritable { await channel.untilWritten() }
    }

    private struct Pieces: AsyncSequence, AsyncIteratorProtocol {
        let inbox: Inbox

        func makeAsyncIterator() -> Self { self }

        func next() async throws -> ByteBuffer? { try await inbox.nextOfBody() }
    }

    private struct Writer: ResponseBodyWriter {
        let channel: any Channel
        /// Each piece by itself.
        let flushes: Bool

        func write(_ buffer: ByteBuffer) async throws {
            guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
            channel.write(HTTPResponsePart.body(buffer), promise: nil)
            if flushes { channel.flush() }
            if flushes, !channel.isWritable { await channel.untilWritten() }
        }

        consuming func finish(_ trailers: HTTPFields?) async throws {
            channel.writeAndFlush(HTTPResponsePart.end(trailers), promise: nil)
        }
    }
}
