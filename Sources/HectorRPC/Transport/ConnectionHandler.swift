internal import NIOCore

/// What a connection tells its client or server.
protocol ConnectionDelegate: AnyObject {
    /// TLS and HTTP/2 stand. The certificate is nil on a plaintext connection.
    func connectionReady(_ connection: ConnectionHandler, peer: PeerCertificate?)
    /// The peer begins a call: the session is to `accept` or to `refuse` its stream.
    func requestReceived(_ connection: ConnectionHandler, _ head: consuming CallHead, _ id: Int32)
    /// The peer takes no more calls.
    func goAwayReceived(_ connection: ConnectionHandler)
    /// What is known of a peer that does not answer: told before its calls fail.
    func silenceChanged(_ connection: ConnectionHandler, _ silence: PeerSilence)
    /// The peer pings, and has been answered.
    func pingReceived(_ connection: ConnectionHandler)
    /// Called once, at the end.
    func connectionClosed(_ connection: ConnectionHandler, _ error: ConnectionError)
}

/// One connection on its event loop: moves bytes between the socket, TLS and the HTTP/2 session.
final class ConnectionHandler: ChannelInboundHandler, HTTP2SessionOwner, @unchecked Sendable { // Confined to its event loop.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let eventLoop: any EventLoop
    let executor: EventLoopExecutor
    private(set) var session: HTTP2Session!
    private var delegate: (any ConnectionDelegate)?
    private let limits: RPCLimits
    private var keepaliveConfiguration: KeepaliveConfiguration?

    @exclusivity(unchecked) private var life: ConnectionLife
    private let tls: TLSEngine?
    /// Whether HTTP/2 may go out: TLS stands, where there is any.
    @exclusivity(unchecked) private var isSecure: Bool
    private var context: ChannelHandlerContext?
    @exclusivity(unchecked) private var needsFlush = false
    /// Bytes written by handlers and callers since the last flush, and calls begun, ended or passed on.
    @exclusivity(unchecked) private var unflushed = (bytes: 0, calls: 0)
    /// What of ours is on the stack: neither begins inside the other.
    @exclusivity(unchecked) private var work = Work.none

    private enum Work {
        case none
        case receiving
        case flushing
    }

    /// When bytes last came.
    @exclusivity(unchecked) private(set) var lastRead = NIODeadline.distantPast
    /// Where the calls of the last method called are counted.
    @exclusivity(unchecked) private var lastSlot: (path: String, slot: Int)?
    private var counters = ConnectionCounters()
    private var greetingTimer: Scheduled<Void>?
    @exclusivity(unchecked) private var keepalive: KeepaliveState?
    private var keepaliveTimer: Scheduled<Void>?
    /// Whether keepalive has stopped, to go on with the next call.
    @exclusivity(unchecked) private var keepaliveRests = false
    private(set) var silence = PeerSilence.heard
    /// Whether `silence` is another than `heard`: looked at with every read and call.
    @exclusivity(unchecked) private var isUnheard = false
    /// What new calls fail with while the peer is silent.
    private var refusalOfSilence: ConnectionError?
    private var deadlineTimer: (at: NIODeadline, timer: Scheduled<Void>)?
    /// Runs while we wait for the calls under way to finish.
    private var drainTimer: (at: NIODeadline, timer: Scheduled<Void>)?
    /// Streams that got data in this read, and hand it on at its end in one piece.
    @exclusivity(unchecked) private var batchedStreams: [HTTP2Stream] = []

    /// Bytes taken from the session before the socket gets them: four full records.
    private static let bytesPerFlush = 65_536
    /// With 64 or 256 calls in flight both ends then work in parallel, at twice the rate of one flush for all. Flushing after 16 calls
    /// costs more than it gains: each flush is a TLS record and a system call.
    private static let callsPerFlush = 32

    init(
        role: HTTP2Session.Role, tls: TLSContext?, limits: RPCLimits, keepalive: KeepaliveConfiguration?,
        on eventLoop: any EventLoop, delegate: any ConnectionDelegate, endpoint: Endpoint? = nil
    ) throws(TLSError) {
        self.eventLoop = eventLoop
        executor = EventLoopExecutor.of(eventLoop)
        self.delegate = delegate
        self.limits = limits
        keepaliveConfiguration = keepalive
        if let tls { self.tls = try TLSEngine(tls, endpoint: endpoint, plaintext: executor.plaintext) } else { self.tls = nil }
        isSecure = tls == nil
        life = ConnectionLife(isServer: role == .server)
        session = HTTP2Session(role, owner: self, limits: limits) { eventLoop.now }
    }

    // MARK: calls into the connection (on the loop)

    var isReady: Bool { life.isOpen }
    /// Whether bytes of the peer are being taken in.
    var isReceiving: Bool { work == .receiving }
    /// Whether TLS went on from the session of an earlier connection.
    var isResumed: Bool { tls?.isResumed ?? false }
    /// Whether the peer goes away because we ping too often for it (gRFC A8).
    var hasPingedTooOften: Bool { life.hasPingedTooOften }

    /// Has what the session wants to send sent at the end of this turn of the loop.
    func setNeedsFlush() {
        guard !needsFlush else { return }
        needsFlush = true
        executor.setNeedsFlush(self)
    }

    /// Bytes were added to a stream, or a call was begun, ended or passed on: a good deal of either goes out at once, so that
    /// the peer works while we do.
    func wrote(bytes: Int = 0, calls: Int = 0) {
        unflushed.bytes += bytes
        unflushed.calls += calls
        guard work == .none, unflushed.bytes >= Self.bytesPerFlush || unflushed.calls >= Self.callsPerFlush else { return }
        flush()
    }

    /// The stream will be handed `batchEnded` when the present read has been taken in.
    func batch(_ stream: HTTP2Stream) {
        guard !stream.isBatched else { return }
        stream.isBatched = true
        batchedStreams.append(stream)
    }

    // What is to be sent on a stream, each in one step: the session takes it, and this turn of the loop sends it.

    /// Begins a response: see `HTTP2Session.submitResponse`.
    func respond(_ stream: HTTP2Stream, _ head: some FieldSource) {
        session.submitResponse(head, stream)
        setNeedsFlush()
    }

    /// Something was added to `outgoing`, or its end.
    func resume(_ stream: HTTP2Stream) {
        session.resume(stream)
        setNeedsFlush()
    }

    func reset(_ stream: HTTP2Stream, _ code: HTTP2ErrorCode) {
        session.reset(stream, code)
        setNeedsFlush()
    }

    func consume(_ count: Int, streamID: Int32) {
        session.consume(count, streamID: streamID)
        setNeedsFlush()
    }

    /// Records `count` received bytes as buffered and not yet consumed by the stream's reader.
    func hold(_ count: Int, for stream: HTTP2Stream) { session.hold(count, for: stream) }

    /// The reader has taken `count` bytes of those that are held for the stream.
    func release(_ count: Int, of stream: HTTP2Stream) {
        session.release(count, of: stream)
        setNeedsFlush()
    }

    /// Has `deadlineExpired` called when the stream's deadline has passed.
    ///
    /// One timer serves all streams: it stands at the earliest deadline known, and looks for the next one when it
    /// fires. Calls that end in time, nearly all, cost nothing.
    func watchDeadline(_ deadline: NIODeadline) {
        // Calls end with their connection: nobody waits for their deadlines any more.
        guard !life.isClosed else { return }
        if let current = deadlineTimer {
            guard deadline < current.at else { return }
            current.timer.cancel()
        }
        let timer = eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: deadline) { [self] in
            deadlineTimer = nil
            expireDeadlines(now: eventLoop.now)
        }
        deadlineTimer = (deadline, timer)
    }

    /// Finishes the calls under way, takes no new ones, and closes; after `grace` it closes anyway. Asked again, the
    /// shorter time counts.
    func drain(grace: TimeAmount) {
        let action = life.drain(grace: grace, now: eventLoop.now, hasCalls: session.hasCalls)
        switch action {
        case .none: return
        case .close: return endIfDecided()
        case .announce:
            // Calls on their way here are still processed: the ping's answer comes behind them.
            session.announceShutdown()
            session.ping(.drain)
        case .sayGoodbye: session.goAway(.noError)
        case .closeEarlier: break
        }
        if let time = action.time { startDrainTimer(at: time) }
        setNeedsFlush()
    }

    private func startDrainTimer(at time: NIODeadline) {
        // The peer may have closed while the last bytes went out.
        guard !life.isClosed else { return }
        drainTimer?.timer.cancel()
        let timer = eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: time) { [self] in
            life.drainTimedOut()
            endIfDecided()
        }
        drainTimer = (time, timer)
    }

    /// Closes on a peer that asks too much of us, and tells it why.
    func close(_ error: ConnectionError, telling code: HTTP2ErrorCode, _ reason: StaticString) {
        // It ends already, and the peer was told.
        guard life.reads else { return }
        session.goAway(code, debugData: reason)
        life.failed(error, tellingPeer: true)
        endIfDecided()
    }

    /// Closes now. Calls under way fail.
    func close(_ error: ConnectionError) {
        life.failed(error)
        endIfDecided()
    }

    /// Once the connection is over, sends what is left and closes the channel.
    private func endIfDecided() {
        // What is being received is taken in first.
        guard let ending = life.ending, work != .receiving else { return }
        guard let context else { return finish() }
        if isSecure {
            let code: HTTP2ErrorCode =
                session.flood != nil ? .enhanceYourCalm : ending.error.code == .protocolViolation ? .protocolError : .noError
            if !ending.hasSaidGoodbye { session.goAway(code) }
            writeOutput(context)
        }
        tls?.close()
        sendCiphertext(context)
        context.flush()
        guard life.handedOver() else { return leave(context.channel) }
        // The peer may have said goodbye, and not we.
        if drainTimer == nil { startDrainTimer(at: eventLoop.now + TimeAmount(clamping: limits.handshakeTimeout)) }
        // A channel that is closed drops what its socket has not taken, and a socket that is closed while the peer still sends
        // takes from it what it has not read.
        let taken = eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        taken.futureResult.assumeIsolatedUnsafeUnchecked().whenComplete { [self] _ in
            channel.close(mode: .output, promise: nil)
            startDrainTimer(at: min(drainTimer?.at ?? .distantFuture, eventLoop.now + TimeAmount(clamping: limits.handshakeTimeout)))
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: taken)
    }

    private func leave(_ channel: any Channel) {
        finish()
        channel.close(promise: nil)
    }

    // MARK: channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        greetingTimer = eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: TimeAmount(clamping: limits.handshakeTimeout)) { [self] in
            life.greetingTimedOut(ConnectionError(
                .unreachable, "the TLS and HTTP/2 handshakes did not finish within \(limits.handshakeTimeout)", unreachable: .timedOut))
            endIfDecided()
        }
        if context.channel.isActive { start() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        start()
        context.fireChannelActive()
    }

    /// Callable from anywhere.
    func readCounters() async -> ConnectionCounters {
        await withUnsafeContinuation { continuation in
            onLoop { [self] in
                counters.calls = session.streamsOpened
                continuation.resume(returning: counters)
            }
        }
    }

    private func start() {
        guard life.channelBecameActive() else { return }
        do {
            if let tls, session.role == .client { try tls.start() }
            setNeedsFlush()
        } catch {
            close(connectionError(error))
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What comes after the end: an expected race.
        guard life.reads else { return }
        let buffer = unwrapInboundIn(data)
        counters.bytesReceived += buffer.readableBytes
        lastRead = eventLoop.now
        keepalive?.heard(now: lastRead)
        if isUnheard { heardAgain() }
        work = .receiving
        var peerClosed = false
        do {
            try buffer.withUnsafeReadableBytes { bytes in
                guard let tls else { return try session.receive(bytes) }
                switch try tls.receive(bytes, deliver: { try session.receive($0) }) {
                case .handshaking: break
                case .open: isSecure = true
                case .closed: peerClosed = true
                }
            }
        } catch {
            life.failed(connectionError(error))
        }
        work = .none
        endBatches()
        if peerClosed { life.closedByPeer(knowsPeer: tls?.peer != nil) }
        if life.reads { setNeedsFlush() } else { endIfDecided() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        life.closedByPeer(knowsPeer: tls?.peer != nil)
        finish()
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { setNeedsFlush() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(ConnectionError(.closedByPeer, "the connection was lost: \(ClientConnection.reason(error))", cause: error))
    }

    /// Where a method's calls are counted: one connection has one `metrics`, and mostly calls one method.
    func slot(of path: String, in metrics: RPCMetrics) -> Int {
        if let lastSlot, lastSlot.path == path { return lastSlot.slot }
        let slot = metrics.slot(path)
        lastSlot = (path, slot)
        return slot
    }

    // MARK: output

    /// Sends pending data, as far as the socket accepts it. Called by the executor.
    func flush() {
        needsFlush = false
        unflushed = (0, 0)
        // It was to be flushed when it was closed, or left.
        guard life.writes, let context else { return }
        work = .flushing
        if isSecure { writeOutput(context) }
        sendCiphertext(context)
        context.flush()
        work = .none
        switch session.end {
        case nil: break
        case .failed(let error): life.failed(error)
        case .finished(let violation): life.sessionEnded(violation: violation)
        }
        endIfDecided()
    }

    private func writeOutput(_ context: ChannelHandlerContext) {
        while context.channel.isWritable {
            let isAll = session.fill(&executor.coalesced, atLeast: Self.bytesPerFlush)
            let count = executor.coalesced.readableBytes
            if let tls {
                encrypt(&executor.coalesced, with: tls)
                sendCiphertext(context)
            } else if count > 0 {
                counters.bytesSent += count
                context.write(wrapOutboundOut(executor.coalesced), promise: nil)
                executor.coalesced = ByteBuffer()
            }
            if isAll { return }
        }
    }

    private func encrypt(_ bytes: inout ByteBuffer, with tls: TLSEngine, of total: Int = 0) {
        guard bytes.readableBytes > 0 else { return }
        bytes.withUnsafeReadableBytes { encrypt($0, with: tls, of: total) }
        bytes.clear()
    }

    private func encrypt(_ bytes: UnsafeRawBufferPointer, with tls: TLSEngine, of total: Int = 0) {
        do {
            try tls.send(bytes, of: total)
        } catch {
            // What broke TLS before says more, and counts.
            life.failed(connectionError(error))
        }
    }

    private func sendCiphertext(_ context: ChannelHandlerContext) {
        guard let tls, tls.output.readableBytes > 0 else { return }
        counters.bytesSent += tls.output.readableBytes
        context.write(wrapOutboundOut(tls.takeOutput()), promise: nil)
    }

    // MARK: session's owner

    func requestReceived(_ head: consuming CallHead, _ id: Int32) {
        // It was on its way when the peer was told which call is the last one.
        guard life.takesStreams, let delegate else { return session.refuse(id) }
        delegate.requestReceived(self, head, id)
    }

    var sendsInPlace: Bool { tls != nil }

    func sendInPlace(_ frame: UnsafeRawBufferPointer, after output: inout ByteBuffer) {
        guard let tls else { return }
        encrypt(&output, with: tls, of: Self.bytesPerFlush)
        encrypt(frame, with: tls, of: Self.bytesPerFlush)
    }

    func callsEnded() { life.callsEnded() }

    func pingReceived() { delegate?.pingReceived(self) }

    func goAwayReceived(_ code: HTTP2ErrorCode, debugData: String) {
        if life.goAwayReceived(code, debugData: debugData) { delegate?.goAwayReceived(self) }
        setNeedsFlush()
    }

    func pingAcknowledged(_ purpose: PingPurpose) {
        switch purpose {
        // That something came is all that it says, and is known.
        case .keepalive: break
        case .drain:
            guard life.drainPingAnswered(hasCalls: session.hasCalls) else { return }
            session.goAway(.noError)
            setNeedsFlush()
        }
    }

    func settingsReceived() {
        guard life.settingsReceived() else { return }
        greetingTimer?.cancel()
        greetingTimer = nil
        if let keepaliveConfiguration { beginKeepalive(keepaliveConfiguration) }
        delegate?.connectionReady(self, peer: tls?.peer)
    }

    // MARK: -

    private func endBatches() {
        guard !batchedStreams.isEmpty else { return }
        let streams = batchedStreams
        batchedStreams.removeAll(keepingCapacity: true)
        for stream in streams {
            stream.isBatched = false
            stream.batchEnded()
        }
    }

    private func expireDeadlines(now: NIODeadline) {
        var next: NIODeadline?
        var expired: [HTTP2Stream] = []
        for stream in session.streams where !stream.isReset {
            guard let deadline = stream.deadline else { continue }
            if deadline <= now { expired.append(stream) } else { next = min(next ?? deadline, deadline) }
        }
        for stream in expired { stream.deadlineExpired() }
        if let next { watchDeadline(next) }
    }

    /// Pings as this says from now on, and lets TCP ask for the peer's machine: a server may forbid pings, but not that.
    func setKeepalive(_ configuration: KeepaliveConfiguration) {
        guard life.isUp, let channel = context?.channel else { return }
        beginKeepalive(configuration)
        channel.watchPeerByTCP()
    }

    private func beginKeepalive(_ configuration: KeepaliveConfiguration) {
        keepaliveTimer?.cancel()
        keepaliveConfiguration = configuration
        keepalive = KeepaliveState(configuration, now: eventLoop.now)
        scheduleKeepalive(in: TimeAmount(clamping: configuration.interval))
    }

    private func scheduleKeepalive(in amount: TimeAmount) {
        keepaliveRests = false
        keepaliveTimer = eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: amount) { [self] in keepaliveTick() }
    }

    /// A call has begun: the peer is watched while it lasts.
    func watchPeer() {
        guard keepaliveRests, let keepaliveConfiguration else { return }
        scheduleKeepalive(in: TimeAmount(clamping: keepaliveConfiguration.interval))
    }

    private func keepaliveTick() {
        // It was due when the connection ended.
        guard life.isUp, let configuration = keepaliveConfiguration else { return }
        let hasCalls = session.streams.contains { !$0.isBackground && !$0.isReset }
        switch keepalive?.tick(now: eventLoop.now, hasCalls: hasCalls) {
        case .wait(let amount): scheduleKeepalive(in: amount)
        case .ping(let amount):
            switch configuration.question {
            case .ping: session.ping(.keepalive)
            case .settings: session.askWithSettings()
            }
            setNeedsFlush()
            scheduleKeepalive(in: amount)
        case .silent(let amount):
            scheduleKeepalive(in: amount)
            if configuration.consequence == .tell { change(.quiet) } else { fallSilent(configuration.silence) }
        case .giveUp: close(ConnectionError(.unresponsive, "the peer no longer responds (keepalive)"))
        case .rest: keepaliveRests = true
        case nil: break
        }
    }

    /// Calls without a response fail, and new ones are refused, until something comes.
    func fallSilent(_ error: ConnectionError) {
        guard life.isUp, refusalOfSilence == nil else { return }
        refusalOfSilence = error
        // Calls that fail look for another replica at once: none that is reached by this connection.
        change(.silent(error.message))
        endCalls(error, begun: false)
    }

    /// Calls whose response has begun fail, too.
    func endBegunCalls() {
        // It may have been heard again meanwhile.
        guard let refusalOfSilence else { return }
        endCalls(refusalOfSilence, begun: true)
    }

    func endCalls(_ error: ConnectionError, begun: Bool) {
        for stream in Array(session.streams) where !stream.isReset && !stream.outlastsSilence { stream.peerIsSilent(error, endsBegun: begun) }
    }

    /// What new calls fail with now.
    var refusal: ConnectionError? { isUnheard ? refusalOfSilence : nil }

    private func heardAgain() {
        refusalOfSilence = nil
        change(.heard)
    }

    private func change(_ silence: PeerSilence) {
        self.silence = silence
        isUnheard = silence != .heard
        delegate?.silenceChanged(self, silence)
    }

    private func finish() {
        // Closed by us, and then found to be inactive or removed.
        guard let error = life.closed() else { return }
        greetingTimer?.cancel()
        keepaliveTimer?.cancel()
        deadlineTimer?.timer.cancel()
        drainTimer?.timer.cancel()
        batchedStreams.removeAll()
        session.connectionLost(error)
        delegate?.connectionClosed(self, error)
        delegate = nil
    }

    private func connectionError(_ error: any Error) -> ConnectionError {
        switch error {
        case let error as ConnectionError: error
        case let error as TLSError:
            ConnectionError(error.code == .protocolViolation ? .protocolViolation : .security, error.description, cause: error)
        default: ConnectionError(.security, "\(error)", cause: error)
        }
    }
}
