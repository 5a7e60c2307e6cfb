/// The bounds of the HTTP front.
package struct APILimits: Sendable, Equatable {
    /// A conversation of a million tokens fits.
    package var bodyBytes = 4 << 20
    /// Nesting of arrays and objects in a body: tool schemas need a dozen levels.
    package var bodyDepth = 64
    /// Bytes of all headers of a request together: browsers with cookies and long tokens stay below it.
    package var headerBytes = 32 << 10
    /// Bytes of a request's head, including white space and empty lines before it and between its parts; also of anything between
    /// two chunks of a body, and after the last.
    package var headBytes = 48 << 10
    /// Bytes of the framing of a body's chunks (sizes, extensions, trailers): `framingBytes`, plus `framingPerByte` for each byte of
    /// data. A chunk of one byte has five bytes of framing.
    package var framingBytes = 16 << 10
    package var framingPerByte = 8
    /// Number of headers of a request: browsers send about twenty.
    package var headers = 100
    /// Open connections; further ones wait to be accepted. The process needs a descriptor for each.
    package var connections = 2 * standardCalls
    /// Of `connections`, those kept for new clients: past the others, a connection without a request is closed for each
    /// new one, so that clients that only hold connections keep out nobody, health checks least of all.
    package var connectionReserve: Int { max(1, min(64, connections / 8)) }
    /// Requests in progress that call a model (`server.max_calls`); further ones are answered with 503. There are more connections
    /// than that, so that status and health are always told.
    package var concurrentCalls = standardCalls

    private static let standardCalls = 1_000
    /// Bytes of all bodies in progress and of what was parsed from them: sixteen of the longest bodies, thousands of usual ones.
    /// Further ones are answered with 503.
    package var requestMemory = 64 << 20
    /// Bytes of all answers that are not written yet. Further ones are replaced by 503.
    package var answerMemory = 64 << 20
    /// A connection without a complete request for this long is closed: a request sent byte by byte must not keep it open.
    package var idleTimeout: Duration = .seconds(60)
    /// Within each such period a body must deliver `bodyProgress` or end: slow lines pass, stalling clients do not.
    package var bodyTimeout: Duration = .seconds(10)
    /// Bytes that must arrive within each `bodyTimeout`. A modem of 1995 was faster.
    package var bodyProgress = 1 << 10
    /// A client that reads nothing of an answer for this long is taken to be gone.
    package var writeTimeout: Duration = .seconds(30)
    /// A stream that is silent for this long sends a comment, so that no proxy closes it: nginx and load balancers
    /// wait 60 s, and the HTML standard advises 15 s (§9.2.7).
    package var streamPause: Duration = .seconds(15)
    /// After an answer that ends the connection, what the client still sends is read and dropped for this long: closing
    /// immediately would reset the connection, and the client would lose the answer (RFC 9112 §9.6).
    package var lingerTimeout: Duration = .seconds(1)
    /// Bytes that are read and dropped within `lingerTimeout`. With what sockets buffer, a client whose body is twice the maximum still receives the refusal.
    package var lingerBytes = 4 << 20
    /// A2A tasks that are remembered; the oldest finished ones of the client that has the most make room.
    package var tasks = 1000
    /// Bytes that all remembered A2A tasks hold together.
    package var taskBytes = 32 << 20
    /// Stored responses (`/v1/responses`); the oldest ones of the client that has the most make room.
    package var responses = 1000
    /// Bytes that all stored responses hold together.
    package var responseBytes = 32 << 20
    /// A stored response is forgotten after this time: a conversation is continued within a day.
    package var responseAge: Duration = .seconds(86_400)
    /// Bytes of text in one page of `ListTasks`, after the first task: what does not fit comes on the next page.
    package var listBytes = 1 << 20

    /// Time in which a list of models learns the sizes of their contexts: what is not told by then is left out of it.
    package var contextLengthTime: Duration = .seconds(2)
    /// The size of a model's context is remembered for this time: another model under the same name is seen soon.
    package var contextLengthAge: Duration = .seconds(60)
    /// Models that are asked for the size of their contexts at once.
    package var contextLengthCalls = 8

    /// Bytes of what `POST /mesh/drain` says: the id of a replica and of a machine, and a sentence.
    package var drainTarget = 512
    package var drainReason = 512

    package init() {}
}
