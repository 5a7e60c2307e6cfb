import HTTPTypes
import HectorCore
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Where a stream's events go.
struct EventSink: Sendable {
    fileprivate let context: APIContext

    /// Sends events in one write, and returns when there is room for more: a slow client slows the model down.
    ///
    /// - Parameter events: Whole events, one at least, as `ByteBuffer.writeEvent` makes them.
    /// - Throws: `CancellationError` where the client has gone; `APIError.overloaded` where the front's memory for answers is used up.
    func send(_ events: ByteBuffer) async throws {
        // A model that never waits learns here that nobody reads.
        try Task.checkCancellation()
        let channel = context.channel
        guard channel.isActive else { throw CancellationError() }
        let size = events.readableBytes
        try context.memory?.take(size, for: .answer)
        defer { context.memory?.giveBack(size, for: .answer) }
        // Straight to the channel: the writers of a body would change tasks for each write.
        channel.writeAndFlush(HTTPResponsePart.body(events), promise: nil)
        // What is large must not wait unseen behind what comes next.
        if size > APIContext.smallAnswer || !channel.isWritable { await context.untilWritten() }
    }

    /// Sends one event whose data is the JSON's text.
    func send(_ json: JSON) async throws {
        let weight = json.weight
        guard weight > APIContext.smallAnswer else { return try await send(ByteBuffer(event: json.encoded())) }
        try context.memory?.take(weight, for: .answer)
        defer { context.memory?.giveBack(weight, for: .answer) }
        try await send(try await HectorCore.offPool(bytes: weight) { ByteBuffer(event: json.encoded()) })
    }
}

extension ByteBuffer {
    /// An event with that data, which must be one line.
    init(event data: some Collection<UInt8>) {
        self.init()
        writeEvent(data)
    }

    /// Adds an event with that data, which must be one line.
    mutating func writeEvent(_ data: some Collection<UInt8>) {
        reserveCapacity(minimumWritableBytes: data.count + 8)
        writeStaticString("data: ")
        writeBytes(data)
        writeStaticString("\n\n")
    }
}

extension ByteBuffer {
    /// Adds an event of that name, with that data, which must be one line.
    mutating func writeEvent(_ name: String, _ data: some Collection<UInt8>) {
        writeString("event: \(name)\n")
        writeEvent(data)
    }
}

extension Response {
    /// A stream of server-sent events. `ConnectionHandler` sends comments while it pauses.
    ///
    /// - Parameters:
    ///   - type: The media type, where a dialect has a form of its own: then nothing is sent while it pauses.
    ///   - produce: Makes the events. It is cancelled when the client goes; what it throws ends the connection
    ///     without a proper end of the stream.
    static func events(
        _ type: String = Self.eventStream, to context: APIContext, produce: @escaping @Sendable (EventSink) async throws -> Void
    ) -> Response {
        let body = ResponseBody { writer in
            let sink = EventSink(context: context)
            // Closing frees a write that waits for room.
            try await context.clientGone.cancelling(onSet: { context.channel.close(promise: nil) }) { try await produce(sink) }
            try await writer.finish(nil)
        }
        var headers: HTTPFields = [.contentType: type, .cacheControl: "no-store"]
        headers.forbidBuffering()
        return Response(status: .ok, headers: headers, body: body)
    }

    /// The media type of server-sent events.
    static let eventStream = "text/event-stream"
}

extension HTTPFields {
    /// nginx would collect the events of several seconds.
    fileprivate mutating func forbidBuffering() {
        if let name = HTTPField.Name("x-accel-buffering") { self[name] = "no" }
    }
}
