/// What a forwarder sees of a call: never its messages.
package struct ForwardedRequest: Sendable {
    package var path: String
    package var authority: String
    package var metadata: Metadata
    package var peer: PeerCertificate?
}

/// Where a call is forwarded to.
package struct ForwardingTarget: Sendable {
    package var connection: ClientConnection
    /// Called once, when the call is over.
    package var onEnd: @Sendable () -> Void

    package init(_ connection: ClientConnection, onEnd: @escaping @Sendable () -> Void) {
        self.connection = connection
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
