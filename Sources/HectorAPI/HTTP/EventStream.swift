import FoundationEssentials
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Where a stream's events go; each send returns when the event was written.
struct EventSink: Sendable {
    fileprivate let handoff = Handoff<ByteBuffer>()

    /// Sends one event whose data is the JSON's text.
    func send(_ json: JSON) async throws {
        try await send(data: json.data)
    }

    /// - Parameter data: One line.
    func send(data: some Sequence<UInt8>) async throws {
        var buffer = ByteBuffer(string: "data: ")
        buffer.writeBytes(data)
        buffer.writeString("\n\n")
        try await handoff.send(buffer)
    }
}

extension Response {
    /// A stream of server-sent events.
    ///
    /// - Parameter produce: Makes the events. It is cancelled when the client goes, and when the client
    ///   takes nothing for `limits.writeTimeout`; what it throws ends the connection without a proper end
    ///   of the stream.
    static func events(
        to context: APIContext, limits: APILimits, clock: any Clock<Duration>,
        produce: @escaping @Sendable (EventSink) async throws -> Void
    ) -> Response {
        let body = ResponseBody { writer in
            let sink = EventSink()
            let writes = WriteWatch()
            let client = try await context.client()
            try await withThrowingTaskGroup { group in
                group.addTask {
                    defer { sink.handoff.finish() }
                    try await produce(sink)
                }
                group.addTask {
                    await client.untilGone()
                    try Task.checkCancellation()
                    // Closing frees a write that waits for room.
                    context.channel.close(promise: nil)
                    sink.handoff.finish()
                    throw CancellationError()
                }
                group.addTask {
                    try await writes.untilStuck(for: limits.writeTimeout, clock: clock)
                    context.logger.info("A client took nothing of its stream for too long: closing its connection")
                    context.channel.close(promise: nil)
                }
                for await event in sink.handoff.values {
                    writes.began()
                    try await writer.write(event)
                    writes.ended()
                    sink.handoff.dealtWith()
                }
                // Why the stream ended: the producer is done, or failed, or the client went.
                try await group.next()
                group.cancelAll()
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body
        )
    }
}

/// Notices a write that does not end.
private final class WriteWatch: Sendable {
    /// Odd while a write is under way.
    private let steps = Atomic(0)

    func began() { steps.add(1, ordering: .relaxed) }
    func ended() { steps.add(1, ordering: .relaxed) }

    /// Returns when one write has lasted for that long, at the latest after twice as long.
    func untilStuck(for timeout: Duration, clock: any Clock<Duration>) async throws {
        while true {
            let seen = steps.load(ordering: .relaxed)
            try await clock.sleep(for: timeout)
            if !seen.isMultiple(of: 2), steps.load(ordering: .relaxed) == seen { return }
        }
    }
}
