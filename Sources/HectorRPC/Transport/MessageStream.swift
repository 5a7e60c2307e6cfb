internal import NIOCore
package import SwiftProtobuf

/// The messages of a streaming call as they come from the peer. Ends by throwing an `RPCError` where the call does not end
/// well. For one reader, once.
///
/// Reading is what lets the peer send more: a slow reader slows the writer at the other end.
package struct MessageStream<Message: SwiftProtobuf.Message>: AsyncSequence, Sendable {
    let inbound: InboundMessages
    let call: any ReadableCall
    let limit: Int

    package struct AsyncIterator: AsyncIteratorProtocol {
        private let stream: MessageStream
        private var block: MessageBlock?
        /// Whether the message read last came compressed.
        package private(set) var messageWasCompressed = false

        fileprivate init(_ stream: MessageStream) { self.stream = stream }

        package mutating func next() async throws -> Message? {
            try await next(isolation: #isolation)
        }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws -> Message? {
            while true {
                if let message = block?.next() {
                    messageWasCompressed = message.isCompressed
                    guard MessageCoding.isLong(message, as: Message.self) else {
                        return try MessageCoding.decode(message, as: Message.self, limit: stream.limit)
                    }
                    return try await MessageCoding.decodeElsewhere(message, as: Message.self, limit: stream.limit)
                }
                guard let next = try await stream.inbound.next() else { return nil }
                block = next
                stream.call.taken(next)
            }
        }
    }

    /// Hands every message to code that does not wait: cheaper than a loop, which looks for its executor once a message.
    package func forEach(_ body: (Message) throws -> Void) async throws {
        while var block = try await inbound.next() {
            call.taken(block)
            while let message = block.next() {
                if MessageCoding.isLong(message, as: Message.self) {
                    try body(try await MessageCoding.decodeElsewhere(message, as: Message.self, limit: limit))
                } else {
                    try body(MessageCoding.decode(message, as: Message.self, limit: limit))
                }
            }
        }
    }

    /// Hands over all messages that have come, again and again: a reader that writes them on does so once for all of them.
    ///
    /// - Parameter body: Takes one message at least. What was read is handed over before the call fails.
    package func forEachBatch(_ body: ([Message]) async throws -> Void) async throws {
        while var block = try await inbound.next() {
            var batch: [Message] = []
            var bytes = 0
            repeat {
                call.taken(block)
                bytes += block.size
                while let message = block.next() {
                    let isLong = MessageCoding.isLong(message, as: Message.self)
                    let decoded: Message
                    do {
                        decoded = isLong
                            ? try await MessageCoding.decodeElsewhere(message, as: Message.self, limit: limit)
                            : try MessageCoding.decode(message, as: Message.self, limit: limit)
                    } catch {
                        if !batch.isEmpty { try await body(batch) }
                        throw error
                    }
                    batch.append(decoded)
                    if isLong {
                        try await body(batch)
                        batch.removeAll()
                    }
                }
                guard bytes < Self.batchBytes, let next = inbound.nextIfReady() else { break }
                block = next
            } while true
            if !batch.isEmpty { try await body(batch) }
        }
    }

    /// A batch ends when its blocks have that many bytes, so that a reader that is slower than the sender goes on writing.
    private static var batchBytes: Int { 64 << 10 }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}

/// A call whose messages are read one by one.
protocol ReadableCall: HTTP2Stream, Sendable {
    var connection: ConnectionHandler { get }
}

extension ReadableCall {
    /// The reader has taken the block: the peer may send that many bytes more. May be called from any thread.
    func taken(_ block: MessageBlock) {
        let (credit, size) = (block.credit, block.size)
        guard connection.eventLoop.inEventLoop else {
            return connection.eventLoop.execute { [self] in taken(credit, size) }
        }
        taken(credit, size)
    }

    private func taken(_ credit: Int, _ size: Int) {
        connection.release(size, of: self)
        connection.consume(credit, streamID: id)
    }
}
