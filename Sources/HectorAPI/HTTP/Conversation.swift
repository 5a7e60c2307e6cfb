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
struct Conversation: Sendable {
    let channel: any Channel
    let connection: Connection?
    let inbox: Inbox
    let responder: FrontResponder
    let date: HTTPDate
    let logger: Logger

    /// Returns when the connection has ended.
    func run() async {
        await withTaskCancellationHandler {
            do {
                try await answerAll()
                // Nothing more is to be said; what was is still sent.
                channel.close(mode: .output, promise: nil)
            } catch {
                logger.trace("A connection ends in the middle of an answer", metadata: ["error": "\(error)"])
                channel.close(promise: nil)
            }
            try? await channel.closeFuture.get()
        } onCancel: {
            channel.close(mode: .input, promise: nil)
        }
    }

    private func answerAll() async throws {
        do {
            while let head = try await inbox.nextHead() {
                let body = inbox.wholeBody().map(RequestBody.init(buffer:)) ?? RequestBody(asyncSequence: Pieces(inbox: inbox))
                try await write(await response(to: Request(head: head, body: body)))
            }
        } catch is HTTPParserError {
            // `ConnectionHandler` says what is wrong.
            channel.write(HTTPResponsePart.head(HTTPResponse(status: .badRequest)), promise: nil)
            channel.writeAndFlush(HTTPResponsePart.end(nil), promise: nil)
        }
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

    private func write(_ response: Response) async throws {
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        let isWhole = response.body.contentLength != nil
        channel.write(HTTPResponsePart.head(response.head), promise: nil)
        // The client of a stream learns at once that it begins; a whole answer leaves in one write.
        if !isWhole { channel.flush() }
        try await response.body.write(Writer(channel: channel, flushes: !isWhole))
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
