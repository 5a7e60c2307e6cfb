import HTTPTypes
import HectorCore
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Where a stream's events go.
///
/// An object: each function on the way of a stream keeps a reference to it, for as long as the stream goes on.
final class EventSink: Sendable {
    private let channel: any Channel
    private let connection: Connection?
    private let memory: FrontMemory.Share?

    fileprivate init(_ context: APIContext) {
        channel = context.channel
        connection = context.connection
        memory = context.memory
    }

    /// Runs what makes the events. It is cancelled when the client goes.
    @inline(never) fileprivate func run(_ produce: @Sendable (EventSink) async throws -> Void) async throws {
        guard let connection else { return try await produce(self) }
        // Closing frees a write that waits for room.
        try await connection.presence.during(onEnd: { [channel] in channel.close(promise: nil) }) { try await produce(self) }
    }

    /// Sends events in one write, and returns when there is room for more: a slow client slows the model down.
    ///
    /// - Parameter events: Whole events, one at least, as `ByteBuffer.writeEvent` makes them.
    /// - Throws: `CancellationError` where the client has gone; `APIError.overloaded` where the front's memory for answers is used up.
    func send(_ events: ByteBuffer) async throws {
        // A model that never waits learns here that nobody reads.
        try Task.checkCancellation()
        guard channel.isActive else { throw CancellationError() }
        let size = events.readableBytes
        try memory?.take(size, for: .answer)
        defer { memory?.giveBack(size, for: .answer) }
        // Straight to the channel: the writers of a body would change tasks for each write.
        channel.writeAndFlush(HTTPResponsePart.body(events), promise: nil)
        // What is large must not wait unseen behind what comes next.
        if size > APIContext.smallAnswer || !channel.isWritable { await channel.untilWritten() }
    }

    /// Sends one event whose data is the JSON's text.
    func send(_ json: JSON) async throws {
        let weight = json.weight
        guard weight > APIContext.smallAnswer else { return try await send(ByteBuffer(event: json.encoded())) }
        try memory?.take(weight, for: .answer)
        defer { memory?.giveBack(weight, for: .answer) }
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
        let sink = EventSink(context)
        let body = ResponseBody { writer in
            try await sink.run(produce)
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
