import HectorCore
import Hummingbird
import NIOCore

extension APIContext {
    /// What is smaller fits into what a connection buffers anyway.
    static let smallAnswer = 16 << 10

    /// As `offPool`, for as long as the client is there.
    func offPool<Value: Sendable>(bytes: Int, _ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        guard bytes > LongWork.short else { return try work() }
        return try await whileClientIsPresent { try await LongWork.shared.run(bytes: bytes, work) }
    }

    /// A whole answer, which counts in the front's memory from now on: what it is made of until that is written as JSON, then
    /// that until it is sent.
    ///
    /// - Throws: `APIError.overloaded` if the front's memory for answers is used up.
    func whole(_ json: JSON) async throws -> Response {
        try await whole(weight: json.weight) { json.encoded() }
    }

    /// As above, of JSON's text.
    ///
    /// - Parameter weight: The bytes that it is made of.
    func whole(weight: Int, _ encoded: @escaping @Sendable () -> [UInt8]) async throws -> Response {
        guard weight > Self.smallAnswer else { return Response(encoded: encoded()) }
        try memory?.take(weight, for: .answer)
        defer { memory?.giveBack(weight, for: .answer) }
        return try holdMemory(for: try await offPool(bytes: weight) { Response(encoded: encoded()) })
    }

    /// Takes the memory for a whole answer, until it is written.
    /// - Throws: `APIError.overloaded` if the front's memory for answers is used up.
    func holdMemory(for answer: Response) throws -> Response {
        let body = answer.body
        guard let memory, let length = body.contentLength, length > Self.smallAnswer, try memory.takeWhole(length) else { return answer }
        var answer = answer
        answer.body = ResponseBody(contentLength: length) { [channel] writer in
            defer { withExtendedLifetime(memory) {} }
            try await body.write(writer)
            await channel.untilWritten()
        }
        return answer
    }
}

extension Channel {
    /// Returns when all that was written so far has gone to the socket, or the connection has ended. The writers of a body
    /// return before: they wait for what the event loop told of the writes before.
    func untilWritten() async {
        try? await triggerUserOutboundEvent(ConnectionHandler.Drained()).get()
    }
}
