import HectorCore
import Hummingbird
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

    /// A part of the path, in plain text.
    func parameter(_ name: String) throws -> String {
        let encoded = try parameters.require(name)
        return encoded.percentDecoded ?? encoded
    }
}

/// Hummingbird's router; the mesh has one of the same name.
typealias Routes = Router<APIContext>
typealias RouteGroup = RouterGroup<APIContext>
