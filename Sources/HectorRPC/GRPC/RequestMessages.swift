/// The messages of one request, cut from its bytes as they come: one, or a stream of them.
struct RequestMessages {
    private var deframer: MessageDeframer
    private var only: ReceivedMessage?

    init(limit: Int, acceptsCompressed: Bool) {
        deframer = MessageDeframer(maximumLength: limit)
        deframer.acceptsCompressed = acceptsCompressed
    }

    /// What is left where nothing more is wanted.
    static let none = RequestMessages(limit: 0, acceptsCompressed: false)

    /// Bytes of memory that are taken by what has come and was not handed over.
    var occupied: Int { deframer.occupied + (only?.bytes.count ?? 0) }

    mutating func append(_ bytes: UnsafeRawBufferPointer) { deframer.append(bytes) }

    /// The messages of a stream that have arrived whole; nil before the first.
    mutating func next() throws(RPCError) -> MessageBlock? {
        do throws(MessageDeframer.Failure) {
            return try deframer.next()
        } catch {
            throw error.failure
        }
    }

    /// Takes in what has come of the one message of a request.
    mutating func takeOnly() throws(RPCError) {
        while let block = try next() {
            guard only == nil, let message = block.only else { throw RPCError(.internalError, "the request has more than one message") }
            only = message
        }
    }

    /// Bytes to credit to the caller now, so that it can finish a message that is larger than its window.
    mutating func earlyCredit(window: Int) -> Int { deframer.earlyCredit(window: window) }

    /// The stream of messages is over.
    func end() throws(RPCError) {
        guard deframer.unfinished == 0 else { throw RPCError(.internalError, "the request ends inside a message") }
    }

    /// The request is over: hands over its one message.
    mutating func endOfOnly() throws(RPCError) -> ReceivedMessage {
        try end()
        guard let message = only.take() else { throw RPCError(.internalError, "the request has no message") }
        return message
    }
}
