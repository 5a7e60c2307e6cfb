import HTTPTypes
import HectorCore
import Hummingbird
import NIOCore
import Synchronization

/// Where a stream's events go; each send returns when the event was written.
struct EventSink: Sendable {
    fileprivate let handoff = Handoff<ByteBuffer>()
    fileprivate let memory: FrontMemory.Share?

    /// Sends one event whose data is the JSON's text.
    func send(_ json: JSON) async throws {
        let weight = json.weight
        guard weight > APIContext.smallAnswer else { return try await send(data: json.encoded()) }
        try memory?.take(weight, for: .answer)
        defer { memory?.giveBack(weight, for: .answer) }
        try await send(data: try await offPool(bytes: weight) { json.encoded() })
    }

    /// - Parameter data: One line.
    func send(data: some Collection<UInt8>) async throws {
        try memory?.take(data.count, for: .answer)
        defer { memory?.giveBack(data.count, for: .answer) }
        var buffer = ByteBuffer(string: "data: ")
        buffer.writeBytes(data)
        buffer.writeString("\n\n")
        try await handoff.send(buffer)
    }
}

extension Response {
    /// A stream of server-sent events.
    ///
    /// - Parameter produce: Makes the events. It is cancelled when the client goes; what it throws ends the connection
    ///   without a proper end of the stream.
    static func events(
        to context: APIContext, limits: APILimits, timing: Timing,
        produce: @escaping @Sendable (EventSink) async throws -> Void
    ) -> Response {
        let body = ResponseBody { writer in
            let sink = EventSink(memory: context.memory)
            let pauses = PauseWatch(timing: timing)
            try await withThrowingTaskGroup { group in
                group.addTask {
                    defer { sink.handoff.finish() }
                    try await produce(sink)
                }
                group.addTask {
                    try await context.clientGone.wait()
                    // Closing frees a write that waits for room.
                    context.channel.close(promise: nil)
                    sink.handoff.finish()
                    throw CancellationError()
                }
                group.addTask {
                    try await pauses.watch(for: limits.streamPause) { sink.handoff.remark(ByteBuffer(string: ": \n\n")) }
                }
                for await value in sink.handoff.values {
                    try await writer.write(value.content)
                    // What is large must not wait unseen behind what comes next.
                    if value.content.readableBytes > 16 << 10 { await context.untilWritten() }
                    pauses.wrote()
                    if value.isAwaited { sink.handoff.dealtWith() }
                }
                // Why the stream ended: the producer is done, or failed, or the client went.
                try await group.next()
                group.cancelAll()
            }
            try await writer.finish(nil)
        }
        var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        headers.forbidBuffering()
        return Response(status: .ok, headers: headers, body: body)
    }
}

/// Notices that a stream says nothing.
private final class PauseWatch: Sendable {
    private struct State {
        var lastWrite: Instant
        /// What a pause caused to be written is not written yet.
        var isTold = false
    }

    private let timing: Timing
    private let state: Mutex<State>

    init(timing: Timing) {
        self.timing = timing
        state = Mutex(State(lastWrite: timing.now()))
    }

    func wrote() {
        let now = timing.now()
        state.withLock { $0 = State(lastWrite: now) }
    }

    /// Calls `onPause`, which must cause something to be written, whenever nothing was written for that long.
    func watch(for pause: Duration, onPause: () -> Void) async throws {
        while true {
            let now = timing.now()
            let (next, isPause) = state.withLock { state in
                let next = state.lastWrite + pause
                guard next <= now else { return (next, false) }
                defer { state.isTold = true }
                return (now + pause, !state.isTold)
            }
            if isPause { onPause() }
            try await timing.sleep(until: next)
        }
    }
}

extension HTTPFields {
    /// nginx would collect the events of several seconds.
    fileprivate mutating func forbidBuffering() {
        if let name = HTTPField.Name("x-accel-buffering") { self[name] = "no" }
    }
}
