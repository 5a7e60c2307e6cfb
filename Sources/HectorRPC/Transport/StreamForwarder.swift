/// What a forwarder sees of a call: never its messages.
package struct ForwardedRequest: Sendable {
    package var path: String
    package var authority: String
    package var metadata: Metadata
    package var peer: PeerCertificate?
}

/// How the response of a forwarded call ends, before anything is added.
package struct ForwardedEnd: Sendable {
    /// What the caller is told.
    package let status: StatusCode
    /// What the connection that the call was forwarded to sent; empty where it broke.
    let fields: HeaderFields

    /// The first value of a `-bin` name among the trailers; nil where it is absent, not base64, or longer than `limit` bytes.
    package func bytes(_ name: String, atMost limit: Int) -> [UInt8]? {
        fields.withValue(named: name) { Base64.decode($0, atMost: limit) } ?? nil
    }
}

/// Where a call is forwarded to.
package struct ForwardingTarget: Sendable {
    package var connection: ClientConnection
    /// Sent with the request, in place of what the caller sent under the same names.
    package var metadata: Metadata
    /// Added to the status that the caller gets where this connection breaks under the call.
    package var whenLost: Metadata
    /// Asked once, on the event loop, when the response's trailers are there, before `onEnd`: what is added to them. Of
    /// fields with the same name this one counts. Responses without a status get none.
    package var trailers: (@Sendable (ForwardedEnd) -> Metadata)?
    /// Called once, when the call is over.
    package var onEnd: @Sendable () -> Void

    package init(
        _ connection: ClientConnection, metadata: Metadata = [:], whenLost: Metadata = [:], trailers: (@Sendable (ForwardedEnd) -> Metadata)? = nil,
        onEnd: @escaping @Sendable () -> Void
    ) {
        self.connection = connection
        self.metadata = metadata
        self.whenLost = whenLost
        self.trailers = trailers
        self.onEnd = onEnd
    }
}

package enum ForwardingDecision: Sendable {
    case to(ForwardingTarget)
    /// The call is answered with this status.
    case refuse(RPCError)
    /// The call never reaches anybody: RST_STREAM REFUSED_STREAM, so that the caller may try elsewhere.
    case notHere
}

/// Decides where calls go that a server passes on as HTTP/2 streams, without decoding their messages: by path, metadata,
/// the caller's certificate, or `:authority`. Virtual hosts are
///
///     func route(_ request: ForwardedRequest) -> ForwardingDecision {
///         guard let host = hosts[request.authority] else { return .refuse(RPCError(.unimplemented, "no such host")) }
///         return .to(ForwardingTarget(host) {})
///     }
///
/// Methods that the server offers itself come first.
package protocol StreamForwarder: Sendable {
    /// The services that calls may be passed on to at present: what `ReflectionService` lists beside the server's own.
    var services: Set<String> { get }

    /// Called on an event loop: it must not block.
    func route(_ request: ForwardedRequest) -> ForwardingDecision
}

extension StreamForwarder {
    package var services: Set<String> { [] }
}
