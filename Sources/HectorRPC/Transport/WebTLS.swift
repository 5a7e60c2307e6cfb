internal import HectorCore
package import Logging
package import NIOCore

/// TLS of an HTTP/1.1 server whose clients show no certificate: TLS 1.2 or later, ALPN `http/1.1`.
package struct WebTLS: Sendable {
    private let context: TLSContext

    /// - Throws: `badConfiguration` where certificate and key do not make a usable whole.
    package init(_ identity: TLSIdentity) throws(TLSError) {
        var configuration = TLSConfiguration(identity: identity, trust: .anyone, minimumVersion: .tls12)
        configuration.applicationProtocol = .http1
        context = try TLSContext(.server, configuration)
    }

    /// What stands between the socket of one connection and HTTP. Made on the connection's event loop.
    package func handler(on eventLoop: any EventLoop, log: Logger) throws -> any ChannelHandler {
        WebTLSHandler(try TLSEngine(context, plaintext: EventLoopExecutor.of(eventLoop).plaintext), log: log)
    }
}

/// Decrypts what comes and encrypts what goes, on one connection of a server.
final class WebTLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = ByteBuffer

    private enum State {
        case handshaking
        case open
        /// Nothing more is read or written.
        case over
    }

    /// After the answer to a client without TLS: closing at once would reset the connection, and the client would lose it.
    static let lingerTime = TimeAmount.seconds(1)
    /// What a client gets that does not speak TLS: an error in the form that most of them read.
    static let refusal = {
        let body = #"{"error":{"code":"tls_required","message":"This address needs TLS: use https.","param":null,"type":"invalid_request_error"}}"#
        return """
            HTTP/1.1 400 Bad Request\r
            content-type: application/json\r
            content-length: \(body.utf8.count)\r
            connection: close\r
            \r
            \(body)
            """
    }()

    private let engine: TLSEngine
    private let log: Logger
    private var state = State.handshaking
    private var hasReceived = false
    private var peerHasClosed = false
    private var timer: Scheduled<Void>?
    /// Written and not flushed yet: encrypted together, in full records.
    private var pending: [ByteBuffer] = []
    private var promises: [EventLoopPromise<Void>] = []

    init(_ engine: TLSEngine, log: Logger) {
        self.engine = engine
        self.log = log
    }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = schedule(context, after: TimeAmount(RPCLimits().handshakeTimeout)) { handler, context in
            handler.end(context, "the TLS handshake took too long")
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { over() }

    func channelInactive(context: ChannelHandlerContext) {
        over()
        context.fireChannelInactive()
    }

    private func over() {
        state = .over
        timer?.cancel()
        let waiting = promises
        (pending, promises) = ([], [])
        for promise in waiting { promise.fail(ChannelError.ioOnClosedChannel) }
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state != .over else { return }
        let bytes = unwrapInboundIn(data)
        if !hasReceived, let first = bytes.readableBytesView.first {
            hasReceived = true
            // Of TLS the first record is a handshake's (RFC 8446 §5.1); HTTP's methods are letters.
            if (UInt8(ascii: "A")...UInt8(ascii: "z")).contains(first) { return refuse(context) }
        }
        var plain = ByteBuffer()
        let progress: TLSEngine.Progress
        do {
            progress = try bytes.withUnsafeReadableBytes { try engine.receive($0) { plain.writeBytes($0) } }
        } catch {
            // Nothing can be answered any more, not even what came before.
            return end(context, "\(error)")
        }
        if engine.output.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(engine.takeOutput()), promise: nil) }
        if state == .handshaking, progress != .handshaking {
            state = .open
            timer?.cancel()
            timer = nil
        }
        if plain.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plain)) }
        if progress == .closed { closedByPeer(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else { return context.fireUserInboundEventTriggered(event) }
        if state == .handshaking { return end(context, "the client left during the TLS handshake") }
        closedByPeer(context)
    }

    /// A client that says goodbye may close its side of the connection afterwards: it has gone once.
    private func closedByPeer(_ context: ChannelHandlerContext) {
        guard !peerHasClosed else { return }
        peerHasClosed = true
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    private func refuse(_ context: ChannelHandlerContext) {
        log.info("a client speaks HTTP without TLS to a port with TLS: it was told to use https")
        over()
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: Self.refusal)), promise: nil)
        context.close(mode: .output, promise: nil)
        timer = schedule(context, after: Self.lingerTime) { _, context in context.close(promise: nil) }
    }

    private func end(_ context: ChannelHandlerContext, _ reason: String) {
        log.debug("a TLS connection of a client ended", metadata: ["error": "\(singleLine(reason, limit: 300))"])
        over()
        if engine.output.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(engine.takeOutput()), promise: nil) }
        context.close(promise: nil)
    }

    // MARK: Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard state == .open, case .byteBuffer(let bytes) = unwrapOutboundIn(data) else {
            return promise?.fail(ChannelError.ioOnClosedChannel) ?? ()
        }
        pending.append(bytes)
        if let promise { promises.append(promise) }
    }

    func flush(context: ChannelHandlerContext) {
        encrypt(context)
        context.flush()
    }

    /// Hands over what was written, as ciphertext.
    private func encrypt(_ context: ChannelHandlerContext) {
        guard !pending.isEmpty else { return }
        let (buffers, waiting) = (pending, promises)
        (pending, promises) = ([], [])
        do {
            var all = buffers[0]
            // Records are filled: what is written together goes into few.
            for var buffer in buffers.dropFirst() { all.writeBuffer(&buffer) }
            try all.withUnsafeReadableBytes { bytes throws(TLSError) in try engine.send(bytes, of: bytes.count) }
        } catch {
            for promise in waiting { promise.fail(error) }
            return end(context, "\(error)")
        }
        let written = waiting.isEmpty ? nil : context.eventLoop.makePromise(of: Void.self)
        for promise in waiting { written?.futureResult.cascade(to: promise) }
        context.write(wrapOutboundOut(engine.takeOutput()), promise: written)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if state == .open, mode != .input {
            encrypt(context)
            engine.close()
            if engine.output.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(engine.takeOutput()), promise: nil) }
        }
        context.close(mode: mode, promise: promise)
    }

    private func schedule(
        _ context: ChannelHandlerContext, after time: TimeAmount, _ action: @escaping (WebTLSHandler, ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in
            guard let self else { return }
            action(self, context)
        }
    }
}
