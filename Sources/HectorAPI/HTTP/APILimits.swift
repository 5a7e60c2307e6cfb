/// The bounds of the HTTP front.
package struct APILimits: Sendable, Equatable {
    /// A conversation of a million tokens fits.
    package var bodyBytes = 4 << 20
    /// All headers of a request together.
    package var headerBytes = 32 << 10
    /// Headers of a request.
    package var headers = 100
    /// Open connections; further ones wait to be accepted.
    package var connections = 1024
    /// Requests at work at once that call a model; further ones are answered 503.
    package var concurrentCalls = 256
    /// A connection without a complete request for so long is closed: a request sent drop by drop must not hold it.
    package var idleTimeout: Duration = .seconds(60)
    /// A client that takes nothing of a stream for so long is slow to the point of being gone.
    package var writeTimeout: Duration = .seconds(30)
    /// A2A tasks remembered at once; the oldest finished ones make room.
    package var tasks = 1000
    /// Bytes of text that all remembered A2A tasks hold together.
    package var taskBytes = 32 << 20

    package init() {}
}
