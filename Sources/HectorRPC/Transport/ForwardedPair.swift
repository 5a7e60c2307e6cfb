internal import NIOCore

/// A call that is passed on: its near leg, on the caller's connection, and its far one, on the connection that it is
/// forwarded to. What the caller sends goes out there, what comes back goes to the caller, unread.
///
/// Both legs live on one event loop. Each credits its sender only when the other has sent the bytes on, so that a slow
/// reader at one end slows the writer at the other.
final class ForwardedPair: HTTP2Stream {
    private let connection: ConnectionHandler
    private let farConnection: ConnectionHandler
    private let far: FarLeg
    private let target: ForwardingTarget
    private let metrics: RPCMetrics?
    /// Where the call is counted, and since when.
    private let counted: (slot: Int, since: NIODeadline)?

    /// The response's header block that is being received.
    private var fields = HeaderFields()

    /// What the caller has been told.
    private enum Answer {
        /// Nothing; interim responses are not passed on.
        case awaited
        /// Nothing yet: the response's head has come in the present read, which may bring its end as well. Then it is all.
        case held(HeaderFields)
        case begun
        case over
    }

    private var answer = Answer.awaited

    /// - Returns: Nil where the target takes no more calls; then nothing was sent.
    init?(
        _ head: borrowing CallHead, from connection: ConnectionHandler, to target: ForwardingTarget, metrics: RPCMetrics?,
        counted: (slot: Int, since: NIODeadline)?
    ) {
        far = FarLeg()
        guard let farConnection = target.connection.open(far, head.fields.replacing(target.metadata), beside: connection) else { return nil }
        self.connection = connection
        self.farConnection = farConnection
        self.target = target
        self.metrics = metrics
        self.counted = counted
        super.init()
        far.pair = self
    }

    // MARK: near leg: from the caller

    override func dataReceived(_ bytes: UnsafeRawBufferPointer) {
        // The rest of a request that has its answer already: an expected race. Its stream is reset once the answer is out.
        guard far.isOpen else { return }
        connection.hold(bytes.count, for: self)
        far.outgoing.append(bytes)
        farConnection.resume(far)
    }

    override func remoteEnded() {
        // As above.
        guard far.isOpen else { return }
        far.outgoingEnded = true
        farConnection.resume(far)
        farConnection.wrote(calls: 1)
    }

    override func closed(_ code: HTTP2ErrorCode) { leave(code == .noError ? .cancel : code) }

    override func connectionLost(_ error: ConnectionError) { leave(.cancel) }

    /// The caller is gone. One that has its answer leaves the far leg closed behind it.
    private func leave(_ code: HTTP2ErrorCode) {
        if far.isOpen {
            farConnection.reset(far, code)
            farEnded()
        }
        finish(.cancelled)
    }

    /// The caller's connection has sent `count` bytes of the response.
    override func drained(_ count: Int) {
        // The last bytes of a response drain when its far leg is over: nobody there waits for credit.
        if far.isOpen { farConnection.consume(count, streamID: far.id) }
    }

    override func batchEnded() { submitHeld() }

    // MARK: far leg: to the caller

    /// The far connection has sent `count` bytes of the request.
    fileprivate func farDrained(_ count: Int) {
        connection.release(count, of: self)
        connection.consume(count, streamID: id)
    }

    fileprivate func farHeaderReceived(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        // A status text that is longer than the caller may accept must not cost it the status.
        guard value.count > PercentEncoding.longestMessage, name.equals("grpc-message") else { return fields.append(name, value) }
        let count = PercentEncoding.place(toCut: value, at: PercentEncoding.longestMessage)
        fields.append(name, UnsafeBufferPointer(rebasing: value[..<count]))
    }

    fileprivate func farHeadersEnded(tooLarge: Bool) {
        if tooLarge, fields.withValue("grpc-status", { _ in true }) == nil {
            farConnection.reset(far, .cancel)
            fail(RPCError(.resourceExhausted, "the plugin's response headers are too large to forward"))
            return farEnded()
        }
        defer { fields = HeaderFields() }
        switch answer {
        case .awaited:
            // Interim responses (RFC 9110 §15.2) are not passed on.
            guard fields.withValue(":status", { $0.first == UInt8(ascii: "1") }) != true else { return }
            answer = .held(fields)
            farConnection.batch(self)
        case .held, .begun: trailers = .own(fields)
        case .over: assertionFailure("the far leg ends with the answer")
        }
    }

    fileprivate func farDataReceived(_ bytes: UnsafeRawBufferPointer) {
        submitHeld()
        outgoing.append(bytes)
        connection.resume(self)
    }

    fileprivate func farRemoteEnded() {
        let status = endOfResponse { $0.withValue("grpc-status", StatusCode.init(wire:)) } ?? nil
        if let status, let trailers = target.trailers {
            endOfResponse { ResponseFields.add(trailers(ForwardedEnd(status: status, fields: $0)), toForwarded: &$0) }
        }
        outgoingEnded = true
        submitHeld()
        connection.resume(self)
        finish(status ?? .unknown)
        if !far.outgoingEnded { farConnection.reset(far, .noError) }
        farEnded()
        connection.wrote(calls: 1)
    }

    fileprivate func farClosed(_ code: HTTP2ErrorCode) {
        reset(code)
        farEnded()
    }

    fileprivate func farLost(_ error: ConnectionError) {
        if farConnection.session.isUnsent(far) {
            reset(.refusedStream)
        } else {
            fail(RPCError(.unavailable, "the plugin disconnected: \(error.message)", metadata: target.whenLost))
        }
        farEnded()
    }

    fileprivate func farIsSilent(_ error: ConnectionError, endsBegun: Bool) {
        switch answer {
        case .awaited: break
        case .held, .begun: guard endsBegun else { return }
        case .over: return
        }
        let isUnsent = farConnection.session.isUnsent(far)
        farConnection.reset(far, .cancel)
        if isUnsent {
            reset(.refusedStream)
        } else {
            fail(RPCError(.unavailable, "the plugin does not respond: \(error.message)", metadata: target.whenLost))
        }
        farEnded()
    }

    // MARK: -

    /// Lends the fields that end the response: its trailers, or its head, where that is all; nil where there are none.
    @discardableResult
    private func endOfResponse<R>(_ body: (inout HeaderFields) -> R) -> R? {
        if case .own(var fields) = trailers {
            defer { trailers = .own(fields) }
            return body(&fields)
        }
        // Data goes out behind the head.
        guard case .held(var head) = answer else { return nil }
        defer { answer = .held(head) }
        return body(&head)
    }

    /// Sends the response's head that was held back to see whether its stream ends with it: when the read that brought it
    /// has ended, and not the response, the head goes out alone.
    private func submitHeld() {
        guard case .held(let head) = answer else { return }
        answer = .begun
        connection.respond(self, head)
    }

    /// Ends the call with a status of our own.
    private func fail(_ failure: RPCError) {
        var hasHead = true
        if case .awaited = answer { hasHead = false }
        var fields = hasHead ? HeaderFields() : ResponseFields.head
        ResponseFields.append(failure, to: &fields)
        ResponseFields.append(failure.metadata, to: &fields, limit: ResponseFields.longestTrailers)
        if let trailers = target.trailers {
            ResponseFields.add(trailers(ForwardedEnd(status: failure.code, fields: HeaderFields())), toForwarded: &fields)
        }
        if hasHead {
            submitHeld()
            trailers = .own(fields)
            outgoingEnded = true
            connection.resume(self)
        } else {
            outgoingEnded = true
            connection.respond(self, fields)
        }
        finish(failure.code)
        connection.wrote(calls: 1)
    }

    /// Ends the call without a status. After `refusedStream` the caller may try again elsewhere: nothing was done.
    private func reset(_ code: HTTP2ErrorCode) {
        finish(StatusCode(http2Error: code))
        connection.reset(self, code)
    }

    /// The call is over for the caller; that counts once.
    private func finish(_ code: StatusCode) {
        // Its stream is closed, or its connection lost, behind the answer.
        if case .over = answer { return }
        answer = .over
        if unread > 0 { connection.release(unread, of: self) }
        if let counted {
            metrics?.record(counted.slot, code, nanoseconds: (connection.eventLoop.now - counted.since).nanoseconds)
        }
    }

    /// The far leg is over: it hears of nothing more, and lets go. Each leg holds the other.
    private func farEnded() {
        far.pair = nil
        target.onEnd()
    }
}

/// The stream of a forwarded call on the connection that it is forwarded to.
private final class FarLeg: HTTP2Stream {
    /// Nil once the leg is over: what still comes is the rest of a call that was given up, or has its end.
    var pair: ForwardedPair?

    var isOpen: Bool { pair != nil }

    override func headerReceived(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        pair?.farHeaderReceived(name, value)
    }

    override func headerOverflowed(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        if name.equals("grpc-status") || name.equals("grpc-message") { pair?.farHeaderReceived(name, value) }
    }

    override func headersEnded(tooLarge: Bool) { pair?.farHeadersEnded(tooLarge: tooLarge) }
    override func dataReceived(_ bytes: UnsafeRawBufferPointer) { pair?.farDataReceived(bytes) }
    override func drained(_ count: Int) { pair?.farDrained(count) }
    override func remoteEnded() { pair?.farRemoteEnded() }
    override func closed(_ code: HTTP2ErrorCode) { pair?.farClosed(code) }
    override func connectionLost(_ error: ConnectionError) { pair?.farLost(error) }
    override func peerIsSilent(_ error: ConnectionError, endsBegun: Bool) { pair?.farIsSilent(error, endsBegun: endsBegun) }
}

extension ClientConnection {
    /// Opens a stream for a call that came from elsewhere.
    ///
    /// - Parameter near: The connection that the call came on: on the same event loop.
    /// - Returns: Nil where this one takes no more calls; then nothing was sent.
    fileprivate func open(_ stream: HTTP2Stream, _ fields: HeaderFields, beside near: ConnectionHandler) -> ConnectionHandler? {
        // It may have been lost since the forwarder looked: an expected race.
        guard let connection = try? liveHandler(), connection.isReady, connection.refusal == nil else { return nil }
        precondition(connection.eventLoop === near.eventLoop, "both legs of a forwarded call live on one event loop")
        guard (try? connection.session.submitRequest(fields, stream)) != nil else { return nil }
        connection.watchPeer()
        connection.setNeedsFlush()
        return connection
    }
}
