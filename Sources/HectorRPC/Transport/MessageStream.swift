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
