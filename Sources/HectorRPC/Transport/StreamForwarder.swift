internal import NIOCore

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

/// The far leg of a forwarded call: what the caller sends goes out here, what comes back goes to the caller.
///
/// Both legs live on one event loop. Each credits its sender only when the other has sent the bytes on, so that
/// a slow reader at one end slows the writer at the other.
final class ForwardedCall: HTTP2Stream {
    private let connection: ConnectionHandler
    private let near: ServerCall
    private let onEnd: @Sendable () -> Void
    private var fields = HeaderFields()
    private var hasHead = false
    private var isOver = false

    init(_ connection: ConnectionHandler, near: ServerCall, onEnd: @escaping @Sendable () -> Void) {
        self.connection = connection
        self.near = near
        self.onEnd = onEnd
    }

    // MARK: from the caller to the replica

    func forward(_ bytes: UnsafeRawBufferPointer) {
        guard !isOver else { return near.connection.consume(bytes.count, streamID: near.id) }
        near.connection.session.hold(bytes.count, for: near)
        outgoing.append(bytes)
        connection.resume(self)
    }

    func forwardEnd() {
        guard !isOver else { return }
        outgoingEnded = true
        connection.resume(self)
        connection.wrote(calls: 1)
    }

    func forwardReset(_ code: HTTP2ErrorCode) {
        guard !isOver else { return }
        connection.reset(self, code == .noError ? .cancel : code)
        over()
    }

    override func drained(_ count: Int) {
        near.connection.session.release(count, of: near)
        near.connection.consume(count, streamID: near.id)
    }

    // MARK: from the replica to the caller

    override func headerReceived(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        // A status text that is longer than the caller may accept must not cost it the status.
        guard value.count > PercentEncoding.longestMessage, name.equals("grpc-message") else { return fields.append(name, value) }
        let count = PercentEncoding.place(toCut: value, at: PercentEncoding.longestMessage)
        fields.append(name, UnsafeBufferPointer(rebasing: value[..<count]))
    }

    override func headerOverflowed(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        if name.equals("grpc-status") || name.equals("grpc-message") { headerReceived(name, value) }
    }

    override func headersEnded(tooLarge: Bool) {
        guard !isOver else { return }
        if tooLarge, fields.withValue("grpc-status", { _ in true }) == nil {
            connection.reset(self, .cancel)
            near.end(RPCError(.resourceExhausted, "the plugin's response headers are too large to forward"))
            return over()
        }
        let isInterim = !hasHead && fields.withValue(":status") { $0.first == UInt8(ascii: "1") } == true
        if !isInterim {
            near.forwardHeaders(fields, areTrailers: hasHead, from: connection)
            hasHead = true
        }
        fields = HeaderFields()
    }

    override func dataReceived(_ bytes: UnsafeRawBufferPointer) {
        guard !isOver else { return connection.consume(bytes.count, streamID: id) }
        near.forwardData(bytes)
    }

    /// The caller's connection has sent `count` bytes of the response.
    func nearDrained(_ count: Int) {
        connection.consume(count, streamID: id)
    }

    override func remoteEnded() {
        guard !isOver else { return }
        near.forwardEnd()
        if !outgoingEnded { connection.reset(self, .noError) }
        over()
        near.connection.wrote(calls: 1)
    }

    override func closed(_ code: HTTP2ErrorCode) {
        guard !isOver else { return }
        near.reset(code)
        over()
    }

    override func connectionLost(_ error: ConnectionError) {
        guard !isOver else { return }
        if session.isUnsent(self) { near.reset(.refusedStream) } else { near.forwardLoss(error) }
        over()
    }

    private func over() {
        guard !isOver else { return }
        isOver = true
        near.forwardingEnded()
        onEnd()
    }
}

extension ClientConnection {
    /// Opens the far leg of a forwarded call. Nil where the connection takes no more calls; then nothing was sent.
    func openForwarded(_ target: ForwardingTarget, _ fields: HeaderFields, from near: ServerCall) -> ForwardedCall? {
        guard let connection = try? liveHandler(), connection.isReady else { return nil }
        precondition(connection.eventLoop === near.connection.eventLoop, "both legs of a forwarded call live on one event loop")
        let call = ForwardedCall(connection, near: near, onEnd: target.onEnd)
        guard (try? connection.session.submitRequest(fields, call)) != nil else { return nil }
        connection.setNeedsFlush()
        return call
    }
}
