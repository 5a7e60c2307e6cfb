internal import CNghttp2
internal import NIOCore

/// What a session tells the connection that it belongs to.
protocol HTTP2SessionOwner: AnyObject {
    /// The peer opens a stream, with this request. To be answered by `accept` or `refuse`, before anything else.
    func requestReceived(_ head: consuming CallHead, _ id: Int32)
    /// The last stream that was open is over.
    func callsEnded()
    /// The peer closes after the streams that it has begun to process.
    func goAwayReceived(_ code: HTTP2ErrorCode, debugData: String)
    func pingAcknowledged(_ purpose: PingPurpose)
    func pingReceived()
    /// The peer's first SETTINGS are here: HTTP/2 stands.
    func settingsReceived()
    /// Whether `sendInPlace` is there for large frames; otherwise `fill` has everything.
    var sendsInPlace: Bool { get }
    /// Sends what `fill` has so far, leaving nothing of it, and then a frame. Its bytes are valid during the call.
    func sendInPlace(_ frame: UnsafeRawBufferPointer, after output: inout ByteBuffer)
}

/// What a ping is for; its answer carries the same.
enum PingPurpose: UInt8 {
    /// Whether the peer still answers.
    case keepalive
    /// Whether all is here that the peer sent before it knew that we close.
    case drain
}

/// The HTTP/2 state of one connection (RFC 9113), without a socket: bytes in, events out, bytes out on demand.
///
/// Not thread-safe: it lives on its connection's event loop, which is why the fields touched for every call do without
/// the run-time check of exclusive access.
final class HTTP2Session {
    enum Role {
        case client
        case server
    }

    let role: Role
    unowned(unsafe) let owner: any HTTP2SessionOwner // The owner holds the session, and drops it first.
    let limits: RPCLimits
    /// Every stream that is not over, in no order.
    @exclusivity(unchecked) private(set) var streams: ContiguousArray<HTTP2Stream> = []
    /// Parts of messages and header blocks that have come on streams, those in the background excepted.
    @exclusivity(unchecked) private(set) var answers: UInt64 = 0
    /// What `fill` has so far.
    @exclusivity(unchecked) private var output = ByteBuffer()
    @exclusivity(unchecked) private var outputLimit = 0
    /// Bytes that have left `output` since `fill` began.
    @exclusivity(unchecked) private var sentInPlace = 0
    @exclusivity(unchecked) private var turns = BulkTurns()
    /// Bytes of whole answers that have begun to come; kept for `UnaryClientCall`.
    @exclusivity(unchecked) var answerBytes = 0
    /// Streams opened so far, by either side.
    private(set) var streamsOpened = 0
    private let session: OpaquePointer
    private let pool: UnsafeMutablePointer<hector_pool>
    private var receivedSettings = false
    /// The stream whose header block is being received: blocks never interleave (RFC 9113 §4.3). `streams` holds it.
    @exclusivity(unchecked) private var headerStream: Unmanaged<HTTP2Stream>?
    /// The request that is being received, and its stream; 0 between requests.
    @exclusivity(unchecked) private var incomingHead: CallHead?
    @exclusivity(unchecked) private var incomingID: Int32 = 0
    /// What all our requests begin with: nghttp2 reads it where it is.
    private var sharedFields: SharedHeaderFields?
    /// What rule the peer broke, where that made nghttp2 end the session.
    private var violation: String?
    /// Whether HEADERS or DATA went out since a ping was last looked at; kept for `PingPolicing`.
    var hasSentSincePing = false
    private var floodGuard = FloodGuard()
    @exclusivity(unchecked) private var credit: ConnectionCredit
    private let now: () -> NIODeadline
    /// What the peer sends too many of.
    private(set) var flood: String?
    /// Why nghttp2 can go on no more: the connection is over then.
    private var failure: ConnectionError?

    init(_ role: Role, owner: any HTTP2SessionOwner, limits: RPCLimits, now: @escaping () -> NIODeadline) {
        self.role = role
        self.owner = owner
        self.limits = limits
        credit = ConnectionCredit(limit: limits.maximumUnreadBytes)
        self.now = now
        guard let pool = hector_pool_new() else { preconditionFailure("no memory for a connection") }
        self.pool = pool
        session = Self.makeSession(role, hector_pool_memory(pool))
        nghttp2_session_set_user_data(session, Unmanaged.passUnretained(self).toOpaque())
        func setting(_ id: nghttp2_settings_id, _ value: Int) -> nghttp2_settings_entry {
            nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: UInt32(clamping: value))
        }
        var settings = [
            setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.streamWindow),
            setting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.maximumHeaderListSize),
        ]
        switch role {
        case .client: settings.append(setting(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
        case .server:
            settings.append(setting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.maximumConcurrentStreams))
        }
        mustSucceed(nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), settings, settings.count))
        mustSucceed(nghttp2_session_set_local_window_size(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, Int32(clamping: limits.connectionWindow)))
    }

    /// A step failed without which the connection cannot go on: `failure` says so from now on.
    private func mustSucceed(_ status: Int32) {
        guard status < 0, failure == nil else { return }
        failure = ConnectionError(.closed, "the HTTP/2 session failed: " + String(cString: nghttp2_strerror(status)))
    }

    /// Gives nghttp2 no more memory, as a machine that has none: for tests of what follows.
    func exhaustMemory() { hector_pool_exhaust(pool) }

    deinit {
        nghttp2_session_del(session)
        hector_pool_delete(pool)
    }

    // MARK: bytes

    /// Takes bytes from the peer, all of them.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(ConnectionError) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        let count = nghttp2_session_mem_recv(session, base.assumingMemoryBound(to: UInt8.self), bytes.count)
        if let flood { throw ConnectionError(.protocolViolation, "HTTP/2: the peer sends too many \(flood)") }
        guard count < 0 else { return }
        if count == Int(NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue) {
            throw ConnectionError(.protocolViolation, "the peer does not speak HTTP/2")
        }
        // nghttp2 counts the answers that wait, and may come to its end first.
        if count == Int(NGHTTP2_ERR_FLOODED.rawValue) { flood = "frames that want an answer" }
        throw ConnectionError(.protocolViolation, "HTTP/2: " + String(cString: nghttp2_strerror(Int32(count))))
    }

    /// Appends frames to the buffer until it contains `count` bytes or nothing is left to send. Large frames are passed to the
    /// owner's `sendInPlace`, if it has one, after everything before them.
    ///
    /// - Returns: Whether that was all.
    func fill(_ buffer: inout ByteBuffer, atLeast count: Int) -> Bool {
        // While nghttp2 runs, DATA goes from its stream straight into the buffer.
        swap(&buffer, &output)
        defer { swap(&buffer, &output) }
        outputLimit = count
        sentInPlace = 0
        while sentInPlace + output.readableBytes < count {
            if turns.isDue { _ = passTurn() }
            var bytes: UnsafePointer<UInt8>?
            let taken = nghttp2_session_mem_send(session, &bytes)
            if taken > 0, let bytes {
                output.writeBytes(UnsafeRawBufferPointer(start: bytes, count: taken))
            } else if taken < 0 {
                mustSucceed(Int32(taken))
                return true
            } else if sentInPlace + output.readableBytes < count {
                guard passTurn() else { return true }
            }
        }
        return false
    }

    /// Lets the next stream send that waits for its turn; false: none does.
    private func passTurn() -> Bool {
        while let next = turns.pass() {
            if let stream = stream(next), stream.isDeferred {
                resume(stream)
                return true
            }
        }
        return false
    }

    enum End {
        case failed(ConnectionError)
        /// There is nothing more to read or to write, since both have said goodbye, or a rule was broken.
        case finished(violation: String?)
    }

    /// The session's end, where it has come to it: to be asked for when all has been sent.
    var end: End? {
        if let failure { return .failed(failure) }
        return isFinished ? .finished(violation: violation) : nil
    }

    private var isFinished: Bool { nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0 }

    // MARK: streams

    /// Opens a stream with a request. Its DATA is what `stream.outgoing` holds, now and later.
    func submitRequest(_ head: RequestHead, _ stream: HTTP2Stream) throws(ConnectionError) {
        if sharedFields !== head.shared {
            precondition(sharedFields == nil, "the requests of a connection begin alike")
            sharedFields = head.shared
        }
        try opened(stream, head.withNameValues { submitRequest($0, $1, stream) })
    }

    /// Opens a stream with a request that came from elsewhere.
    func submitRequest(_ fields: HeaderFields, _ stream: HTTP2Stream) throws(ConnectionError) {
        try opened(stream, fields.withNameValues { submitRequest($0, $1, stream) })
    }

    private func submitRequest(_ fields: UnsafePointer<nghttp2_nv>?, _ count: Int, _ stream: HTTP2Stream) -> Int32 {
        let pointer = Unmanaged.passUnretained(stream).toOpaque()
        guard !stream.outgoingEnded || !stream.outgoing.isEmpty else {
            return nghttp2_submit_request(session, nil, fields, count, nil, pointer)
        }
        var provider = Self.provider(pointer)
        return nghttp2_submit_request(session, nil, fields, count, &provider, pointer)
    }

    private func opened(_ stream: HTTP2Stream, _ id: Int32) throws(ConnectionError) {
        guard id > 0 else {
            throw ConnectionError(.closed, "no new stream can be opened: " + String(cString: nghttp2_strerror(id)))
        }
        stream.id = id
        insert(stream)
    }

    /// Takes the stream that a request opens.
    func accept(_ stream: HTTP2Stream, _ id: Int32) {
        stream.id = id
        insert(stream)
        headerStream = .passUnretained(stream)
        nghttp2_session_set_stream_user_data(session, id, Unmanaged.passUnretained(stream).toOpaque())
    }

    /// Does not take it: the peer may send the request elsewhere, since nothing was done.
    func refuse(_ id: Int32) { submitReset(id, .refusedStream) }

    /// Begins the response to a stream that the peer opened. Its DATA is what `stream.outgoing` holds.
    ///
    /// - Parameter headers: Shared ones must last as long as the session.
    func submitResponse(_ headers: some FieldSource, _ stream: HTTP2Stream) {
        let isWhole = stream.outgoingEnded && stream.outgoing.isEmpty && stream.trailers.isNone
        let status = headers.withNameValues { fields, count in
            guard !isWhole else { return nghttp2_submit_response(session, stream.id, fields, count, nil) }
            var provider = Self.provider(Unmanaged.passUnretained(stream).toOpaque())
            return nghttp2_submit_response(session, stream.id, fields, count, &provider)
        }
        // Without a response the caller would wait to its deadline.
        if status < 0 { reset(stream, .internalError) }
    }

    /// There is something to send on the stream again, or its end.
    func resume(_ stream: HTTP2Stream) {
        // nghttp2 has it in its queue already.
        guard stream.isDeferred else { return }
        stream.isDeferred = false
        nghttp2_session_resume_data(session, stream.id)
    }

    /// Resets the stream with this code. The stream receives no further events.
    func reset(_ stream: HTTP2Stream, _ code: HTTP2ErrorCode) {
        // It was closed, or given up, by somebody else in the same turn.
        guard stream.index >= 0, !stream.isReset else { return }
        stream.isReset = true
        submitReset(stream.id, code)
    }

    private func submitReset(_ id: Int32, _ code: HTTP2ErrorCode) {
        mustSucceed(nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, code.rawValue))
    }

    /// The stream's reader has taken `count` bytes: the peer may send that many more on it.
    ///
    /// `ConnectionCredit` decides when the connection's window is credited.
    func consume(_ count: Int, streamID: Int32) {
        guard count > 0 else { return }
        nghttp2_session_consume_stream(session, streamID, count)
    }

    /// Records `count` received bytes as buffered and not yet consumed by the stream's reader.
    func hold(_ count: Int, for stream: HTTP2Stream) {
        stream.unread += count
        credit.held(count)
    }

    /// So many of them were read. Those of a stream that has let go of all are counted no more.
    func release(_ count: Int, of stream: HTTP2Stream) {
        let count = min(count, stream.unread)
        guard count > 0 else { return }
        stream.unread -= count
        creditConnection(credit.released(count))
    }

    private func creditConnection(_ count: Int) {
        if count > 0 { nghttp2_session_consume_connection(session, count) }
    }

    // MARK: connection

    func ping(_ purpose: PingPurpose) {
        let data: [UInt8] = [purpose.rawValue, 0, 0, 0, 0, 0, 0, 0]
        mustSucceed(nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), data))
    }

    /// Asks the peer for a sign of life, as a ping does: it must acknowledge SETTINGS at once (RFC 9113 §6.5.3), even those that change nothing.
    func askWithSettings() {
        mustSucceed(nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil, 0))
    }

    /// Says that the connection will close: streams that the peer opens from now on may still be processed.
    func announceShutdown() {
        mustSucceed(nghttp2_submit_shutdown_notice(session))
    }

    /// Says that the connection closes: later streams are not processed.
    ///
    /// - Parameter debugData: Why, for the peer's log.
    func goAway(_ code: HTTP2ErrorCode, debugData: StaticString = "") {
        mustSucceed(nghttp2_submit_goaway(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), lastStreamID, code.rawValue, debugData.utf8Start, debugData.utf8CodeUnitCount))
    }

    /// The last stream of the peer that was begun to be processed; 0 before the first.
    var lastStreamID: Int32 { nghttp2_session_get_last_proc_stream_id(session) }

    /// Tells every stream that the connection is over.
    func connectionLost(_ error: ConnectionError) {
        while let stream = streams.last {
            nghttp2_session_set_stream_user_data(session, stream.id, nil)
            remove(stream)
            if !stream.isReset { stream.connectionLost(error) }
        }
    }

    /// Whether a stream is open, or being opened.
    var hasCalls: Bool { !streams.isEmpty || incomingID != 0 }

    /// Whether the stream's request never left for the peer.
    func isUnsent(_ stream: HTTP2Stream) -> Bool {
        role == .client && nghttp2_session_find_stream(session, stream.id) == nil
    }

    // MARK: -

    private func insert(_ stream: HTTP2Stream) {
        streamsOpened += 1
        stream.index = streams.count
        streams.append(stream)
    }

    private func remove(_ stream: HTTP2Stream) {
        let index = stream.index
        guard index >= 0 else { return }
        stream.index = -1
        turns.ended(stream.id)
        if headerStream?.toOpaque() == Unmanaged.passUnretained(stream).toOpaque() { headerStream = nil }
        let last = streams.removeLast()
        if last !== stream {
            streams[index] = last
            last.index = index
        }
        lookForEnd()
    }

    private func lookForEnd() {
        if !hasCalls { owner.callsEnded() }
    }

    private func stream(_ id: Int32) -> HTTP2Stream? {
        nghttp2_session_get_stream_user_data(session, id).map {
            Unmanaged<HTTP2Stream>.fromOpaque($0).takeUnretainedValue()
        }
    }

    /// Lends the stream, without counting references: `streams` holds it until nghttp2 says that it is closed.
    @inline(__always)
    private func withStream(_ id: Int32, _ body: (HTTP2Stream) -> Void) {
        guard let pointer = nghttp2_session_get_stream_user_data(session, id) else { return }
        Unmanaged<HTTP2Stream>.fromOpaque(pointer)._withUnsafeGuaranteedRef(body)
    }

    fileprivate func headersBegin(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
        let id = frame.pointee.hd.stream_id
        headerStream = nil
        if role == .server, frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST {
            incomingHead = CallHead(limit: limits.maximumHeaderListSize)
            incomingID = id
            return 0
        }
        withStream(id) {
            $0.headerListSize = 0
            headerStream = .passUnretained($0)
        }
        return 0
    }

    fileprivate func header(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        if incomingID != 0 {
            incomingHead?.append(name, value)
            return
        }
        headerStream?._withUnsafeGuaranteedRef { stream in
            guard !stream.isReset else { return }
            stream.headerListSize += name.count + value.count + 32
            guard stream.headerListSize > limits.maximumHeaderListSize else { return stream.headerReceived(name, value) }
            stream.headerOverflowed(name, value)
        }
    }

    fileprivate func frameReceived(_ frame: UnsafePointer<nghttp2_frame>) {
        let header = frame.pointee.hd
        switch nghttp2_frame_type(UInt32(header.type)) {
        case NGHTTP2_HEADERS:
            let isRequest = incomingID != 0
            if isRequest { takeRequest() }
            // A request that was refused, or a frame that arrived late on a finished stream.
            guard let stream = headerStream else { return }
            headerStream = nil
            stream._withUnsafeGuaranteedRef { stream in
                guard !stream.isReset else { return }
                if !stream.isBackground { answers &+= 1 }
                if !isRequest { stream.headersEnded(tooLarge: stream.headerListSize > limits.maximumHeaderListSize) }
                if header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0, !stream.isReset { stream.remoteEnded() }
            }
        case NGHTTP2_DATA:
            if header.length == frame.pointee.data.padlen, header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) == 0 {
                spend("empty DATA frames")
            }
            guard header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0 else { return }
            withStream(header.stream_id) { if !$0.isReset { $0.remoteEnded() } }
        case NGHTTP2_SETTINGS:
            spend("SETTINGS frames")
            guard header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0, !receivedSettings else { return }
            receivedSettings = true
            owner.settingsReceived()
        case NGHTTP2_PRIORITY: spend("PRIORITY frames")
        case NGHTTP2_WINDOW_UPDATE: spend("WINDOW_UPDATE frames")
        case NGHTTP2_PING:
            spend("PING frames")
            guard header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0 else { return owner.pingReceived() }
            // Answers to pings that were never sent do not count.
            if let purpose = PingPurpose(rawValue: frame.pointee.ping.opaque_data.0) { owner.pingAcknowledged(purpose) }
        case NGHTTP2_GOAWAY:
            spend("GOAWAY frames")
            let goAway = frame.pointee.goaway
            let text = String(
                decoding: UnsafeBufferPointer(start: goAway.opaque_data, count: min(goAway.opaque_data_len, 256)),
                as: UTF8.self)
            owner.goAwayReceived(HTTP2ErrorCode(rawValue: goAway.error_code), debugData: text)
        default:
            break
        }
    }

    /// The head of a request is whole.
    private func takeRequest() {
        guard let head = incomingHead.take() else { return }
        let id = incomingID
        incomingID = 0
        owner.requestReceived(head, id)
        if headerStream == nil { lookForEnd() }
    }

    private func spend(_ frames: String) {
        if flood == nil, !floodGuard.spend(now: now()) { flood = frames }
    }

    fileprivate func data(_ id: Int32, _ bytes: UnsafeRawBufferPointer) {
        creditConnection(credit.arrived(bytes.count))
        withStream(id) { stream in
            guard !stream.isReset else { return }
            if !stream.isBackground { answers &+= 1 }
            stream.dataReceived(bytes)
        }
    }

    fileprivate func streamClosed(_ id: Int32, _ code: UInt32) {
        // We reset it because the peer broke a rule on it: resets that it makes us send are as dear as its own.
        switch HTTP2ErrorCode(rawValue: code) {
        case .protocolError, .flowControlError, .streamClosed: spend("broken streams")
        default: break
        }
        if id == incomingID {
            // Its head was broken, and is never whole.
            incomingHead = nil
            incomingID = 0
            lookForEnd()
        }
        // One that was refused, or told its end before.
        guard let stream = stream(id) else { return }
        nghttp2_session_set_stream_user_data(session, id, nil)
        remove(stream)
        if !stream.isReset { stream.closed(HTTP2ErrorCode(rawValue: code)) }
    }

    fileprivate func frameSent(_ frame: UnsafePointer<nghttp2_frame>) {
        let header = frame.pointee.hd
        switch nghttp2_frame_type(UInt32(header.type)) {
        case NGHTTP2_HEADERS, NGHTTP2_DATA:
            hasSentSincePing = true
            if header.type == NGHTTP2_DATA.rawValue { floodGuard.dataSent() }
            // The rest of a request that was answered before its end is not wanted (RFC 9113 §8.1).
            guard role == .server, header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0,
                nghttp2_session_get_stream_remote_close(session, header.stream_id) == 0
            else { return }
            submitReset(header.stream_id, .noError)
        case NGHTTP2_GOAWAY: goAwaySent(frame.pointee.goaway)
        default: break
        }
    }

    private func goAwaySent(_ frame: nghttp2_goaway) {
        guard frame.error_code != NGHTTP2_NO_ERROR.rawValue else { return }
        // nghttp2 puts its reason there, where it has one.
        let reason = String(decoding: UnsafeBufferPointer(start: frame.opaque_data, count: frame.opaque_data_len), as: UTF8.self)
        violation = "HTTP/2: " + (reason.isEmpty ? String(cString: nghttp2_http2_strerror(frame.error_code)) : reason)
    }

    /// A request that could not be sent, because the peer has said goodbye in the meantime.
    fileprivate func requestNotSent(_ id: Int32) {
        guard let stream = streams.first(where: { $0.id == id }) else { return }
        // nghttp2 closes it right after this; the object may be gone by then.
        nghttp2_session_set_stream_user_data(session, id, nil)
        remove(stream)
        if !stream.isReset { stream.closed(.refusedStream) }
    }

    /// Says how long the next DATA frame is. Returns its length, or an nghttp2 error.
    fileprivate func read(_ stream: HTTP2Stream, _ room: Int, _ flags: UnsafeMutablePointer<UInt32>) -> Int {
        let waiting = stream.outgoing.count
        let count = min(room, waiting, Self.longestPayload)
        // What is still being written is not known to be much.
        if stream.outgoingEnded, waiting > BulkTurns.least {
            guard turns.admits(stream.id) else {
                stream.isDeferred = true
                return Int(NGHTTP2_ERR_DEFERRED.rawValue)
            }
        } else {
            turns.ended(stream.id)
        }
        // Taken by `send`, which nghttp2 calls right after.
        if count > 0 { flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue }
        if count == waiting, stream.outgoingEnded {
            flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            let status: Int32
            switch stream.trailers {
            case .none: status = 0
            case .shared(let fields): status = submitTrailers(fields, stream.id, flags)
            case .own(let fields): status = submitTrailers(fields, stream.id, flags)
            }
            // Without its trailers the call would never end: nghttp2 resets the stream.
            if status < 0 { return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) }
        } else if count == 0 {
            stream.isDeferred = true
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        return count
    }

    private func submitTrailers(_ fields: some FieldSource, _ id: Int32, _ flags: UnsafeMutablePointer<UInt32>) -> Int32 {
        flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
        return fields.withNameValues { nghttp2_submit_trailer(session, id, $0, $1) }
    }

    /// Puts a DATA frame into the output: its header, which nghttp2 made, and bytes of the stream. Where the output is
    /// full, nghttp2 comes back with the frame later.
    fileprivate func send(_ stream: HTTP2Stream, _ header: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
        let before = output.readableBytes
        guard sentInPlace + before < outputLimit else { return Int32(NGHTTP2_ERR_WOULDBLOCK.rawValue) }
        let header = UnsafeRawBufferPointer(start: header, count: Self.frameHeaderLength)
        if count > Self.longestPayload / 2, owner.sendsInPlace,
            stream.outgoing.take(count, behind: header, { owner.sendInPlace($0, after: &output) })
        {
            sentInPlace += before + header.count + count
        } else {
            output.writeBytes(header)
            stream.outgoing.take(count, to: &output)
        }
        turns.sent(count)
        stream.drained(count)
        return 0
    }

    private static let frameHeaderLength = 9
    /// The size of a frame that fills a TLS record.
    private static let longestPayload = TLSEngine.recordSize - frameHeaderLength
}

// MARK: nghttp2's callbacks

extension HTTP2Session {
    /// Lends the session that nghttp2 was given in `init`. Without counting references: the caller of nghttp2 holds one.
    @inline(__always)
    private static func with<R>(_ pointer: UnsafeMutableRawPointer?, _ body: (HTTP2Session) -> R) -> R {
        Unmanaged<HTTP2Session>.fromOpaque(pointer.unsafelyUnwrapped)._withUnsafeGuaranteedRef(body)
    }

    private static func provider(_ stream: UnsafeMutableRawPointer) -> nghttp2_data_provider {
        nghttp2_data_provider(source: nghttp2_data_source(ptr: stream)) { _, _, _, room, flags, source, user in
            guard let flags, let pointer = source?.pointee.ptr else {
                return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
            }
            // The session's list of streams holds it.
            return Unmanaged<HTTP2Stream>.fromOpaque(pointer)._withUnsafeGuaranteedRef { stream in
                HTTP2Session.with(user) { $0.read(stream, room, flags) }
            }
        }
    }

    private static func makeSession(_ role: Role, _ memory: nghttp2_mem) -> OpaquePointer {
        var memory = memory
        var callbacks: OpaquePointer?
        nghttp2_session_callbacks_new(&callbacks)
        defer { nghttp2_session_callbacks_del(callbacks) }
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, user in
            guard let frame else { return 0 }
            return HTTP2Session.with(user) { $0.headersBegin(frame) }
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) { _, _, name, nameCount, value, valueCount, _, user in
            HTTP2Session.with(user) {
                $0.header(UnsafeBufferPointer(start: name, count: nameCount), UnsafeBufferPointer(start: value, count: valueCount))
            }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
            if let frame { HTTP2Session.with(user) { $0.frameReceived(frame) } }
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, id, bytes, count, user in
            HTTP2Session.with(user) { $0.data(id, UnsafeRawBufferPointer(start: bytes, count: count)) }
            return 0
        }
        nghttp2_session_callbacks_set_send_data_callback(callbacks) { _, _, header, count, source, user in
            guard let header, let pointer = source?.pointee.ptr else { return Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }
            return Unmanaged<HTTP2Stream>.fromOpaque(pointer)._withUnsafeGuaranteedRef { stream in
                HTTP2Session.with(user) { $0.send(stream, header, count) }
            }
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, user in
            HTTP2Session.with(user) { $0.streamClosed(id, code) }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { _, frame, _, user in
            guard let frame, frame.pointee.hd.type == NGHTTP2_HEADERS.rawValue,
                frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
            else { return 0 }
            HTTP2Session.with(user) { $0.requestNotSent(frame.pointee.hd.stream_id) }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, user in
            if let frame { HTTP2Session.with(user) { $0.frameSent(frame) } }
            return 0
        }
        var option: OpaquePointer?
        nghttp2_option_new(&option)
        defer { nghttp2_option_del(option) }
        nghttp2_option_set_no_auto_window_update(option, 1)
        nghttp2_option_set_no_closed_streams(option, 1)
        // Callers whose time is up reset, and a busy hour makes many of those; a thousand at once is no honest caller.
        nghttp2_option_set_stream_reset_rate_limit(option, 1000, 200)
        var session: OpaquePointer?
        let status =
            role == .client
            ? nghttp2_session_client_new3(&session, callbacks, nil, option, &memory)
            : nghttp2_session_server_new3(&session, callbacks, nil, option, &memory)
        // It fails for lack of memory only.
        guard status == 0, let session else { preconditionFailure("nghttp2: \(String(cString: nghttp2_strerror(status)))") }
        return session
    }
}
