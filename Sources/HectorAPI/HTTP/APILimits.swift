/// The bounds of the HTTP front.
package struct APILimits: Sendable, Equatable {
    /// A conversation of a million tokens fits.
    package var bodyBytes = 4 << 20
    /// Arrays and objects inside each other in a body: tool schemas need a dozen.
    package var bodyDepth = 64
    /// All headers of a request together.
    package var headerBytes = 32 << 10
    /// A request's head with all that stands before it and between its parts, white space and empty lines; also what stands
    /// between two pieces of a body, and behind the last.
    package var headBytes = 48 << 10
    /// What frames a body's chunks (sizes, extensions, trailers): so much, and `framingPerByte` for each byte of data. A chunk
    /// of one byte has five bytes around it.
    package var framingBytes = 16 << 10
    package var framingPerByte = 8
    /// Headers of a request.
    package var headers = 100
    /// Open connections; further ones wait to be accepted. The process needs a descriptor for each.
    package var connections = 1024
    /// Of `connections`, those kept for new clients: past the others, a connection without a request is closed for each
    /// new one, so that clients that only hold connections keep out nobody, health checks least of all.
    package var connectionReserve: Int { max(1, min(64, connections / 8)) }
    /// Requests at work at once that call a model; further ones are answered 503.
    package var concurrentCalls = 256
    /// Bytes of all bodies under way and of what was read from them: sixteen of the longest bodies, thousands of usual ones.
    /// Further ones are answered 503.
    package var requestMemory = 64 << 20
    /// Bytes of all answers that are not written yet. Further ones become 503.
    package var answerMemory = 64 << 20
    /// A connection without a complete request for so long is closed: a request sent drop by drop must not hold it.
    package var idleTimeout: Duration = .seconds(60)
    /// In each such time a body brings `bodyProgress` or ends: a slow line passes, a client that holds back does not.
    package var bodyTimeout: Duration = .seconds(10)
    /// Bytes. A modem of 1995 was faster.
    package var bodyProgress = 1 << 10
    /// A client that takes nothing of an answer for so long is slow to the point of being gone.
    package var writeTimeout: Duration = .seconds(30)
    /// A stream that says nothing for so long sends a comment, so that no proxy takes it for dead: nginx and load balancers
    /// wait 60 s, and the HTML standard advises 15 s (§9.2.7).
    package var streamPause: Duration = .seconds(15)
    /// After an answer that ends the connection, for so long what the client still sends is taken and dropped: closing at
    /// once would reset the connection, and the client would lose the answer (RFC 9112 §9.6).
    package var lingerTimeout: Duration = .seconds(1)
    /// As `lingerTimeout`, in bytes, whatever they are: with what sockets buffer, a client with a body of twice the longest learns why it is refused.
    package var lingerBytes = 4 << 20
    /// A2A tasks remembered at once; the oldest finished ones make room.
    package var tasks = 1000
    /// Bytes that all remembered A2A tasks hold together.
    package var taskBytes = 32 << 20
    /// Bytes of text in one page of `ListTasks`, after the first task: what does not fit comes on the next page.
    package var listBytes = 1 << 20

    package init() {}
}
