import HectorCore
import Hummingbird
import Logging
import NIOCore

/// What the front knows of a request beside the request itself.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's connection.
    let channel: any Channel
    /// Its other side. Nil where there is no connection, as in a test of one route.
    var connection: Connection?
    /// Who sent the request. A dialect's middleware finds out.
    var caller = Caller.unknown
    /// What names the request in the log and in its answer.
    var requestID: String?
    /// Why the request must not be answered but with this.
    var refusal: Refusal?
    /// What the request holds of the front's memory, until its answer is written.
    var memory: FrontMemory.Share?

    /// The call's place among those at work; nil for requests that are no calls.
    var permit: Permit?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// The connection's logger, with who asked for what. Made when it is needed: most requests log nothing.
    var requestLogger: Logger {
        var logger = logger
        if let requestID { logger[metadataKey: "request_id"] = "\(requestID)" }
        if case .client(let client) = caller { logger[metadataKey: "client"] = "\(client.name)" }
        return logger
    }

    /// A part of the path, in plain text.
    func parameter(_ name: String) throws -> String {
        let encoded = try parameters.require(name)
        return encoded.percentDecoded ?? encoded
    }
}

