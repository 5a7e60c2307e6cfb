internal import COpenSSL
internal import NIOCore

/// One TLS connection without a socket: ciphertext in, plaintext out, and the other way round.
///
/// Not thread-safe: a connection's engine lives on that connection's event loop.
final class TLSEngine {
    enum Progress {
        case handshaking
        case open
        /// The peer said goodbye (close_notify).
        case closed
    }

    private enum State {
        case handshaking
        /// The handshake is over, and the peer is who it should be.
        case open(PeerCertificate?)
        /// One side has said goodbye.
        case closed(PeerCertificate?)
        /// OpenSSL must not be asked for anything any more.
        case failed
    }

    private var state = State.handshaking

    /// The peer, from the end of the handshake on; nil, too, where no certificate is asked for.
    var peer: PeerCertificate? {
        switch state {
        case .open(let peer), .closed(let peer): peer
        case .handshaking, .failed: nil
        }
    }

    /// Whether the handshake has ended well.
    private var isAdmitted: Bool {
        switch state {
        case .open, .closed: true
        case .handshaking, .failed: false
        }
    }

    /// Ciphertext waiting to be written to the socket.
    private(set) var output: ByteBuffer

    let context: TLSContext
    private let endpoint: Endpoint?
    let ssl: OpaquePointer
    private let plaintext: PlaintextBuffer

    /// Who was let in, and why nobody was: what `verify` found, during the handshake.
    var verdict: Result<PeerCertificate, any Error>?

    /// What the BIO reads from while `receive` runs.
    private var input = UnsafeRawBufferPointer(start: nil, count: 0)

    /// One TLS record holds at most 2^14 bytes of plaintext (RFC 8446 §5.1).
    static let recordSize = 16_384
    /// What header, nonce and tag add to a record, at most (RFC 8446 §5.2).
    private static let recordOverhead = 256

    /// - Parameters:
    ///   - endpoint: Client only: the server, whose last session is resumed where there is one.
    ///   - plaintext: May be shared by engines that are never used at the same time.
    init(
        _ context: TLSContext, endpoint: Endpoint? = nil, plaintext: PlaintextBuffer = PlaintextBuffer()
    ) throws(TLSError) {
        guard let ssl = SSL_new(context.pointer) else { throw .drain(.badConfiguration, "making a TLS connection") }
        self.context = context
        self.endpoint = endpoint
        self.ssl = ssl
        output = ByteBuffer()
        self.plaintext = plaintext
        guard let method = EngineBIO.method, let bio = BIO_new(method) else { throw .drain(.badConfiguration, "making a BIO") }
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(bio, 1)
        SSL_set_bio(ssl, bio, bio)
        if let now = context.now { X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl), time_t(now())) }
        clearErrorQueue()
        try require(
            Self.slot >= 0 && SSL_set_ex_data(ssl, Self.slot, Unmanaged.passUnretained(self).toOpaque()) == 1,
            "making a TLS connection")
        switch context.role {
        case .client:
            SSL_set_connect_state(ssl)
            if let name = context.configuration.serverName {
                try require(hector_ssl_set_server_name(ssl, name) == 1, "setting the server's name")
                if context.configuration.verifiesServerName {
                    try require(SSL_set1_host(ssl, name) == 1, "setting the server's name to look for")
                }
            }
            // Without it the handshake is a full one.
            if let session = endpoint.flatMap(context.sessions.take), SSL_set_session(ssl, session.pointer) != 1 { ERR_clear_error() }
        case .server:
            SSL_set_accept_state(ssl)
        }
    }

    deinit {
        // A network that broke is no reason to forget the session; OpenSSL would without this.
        if isAdmitted { SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN) }
        SSL_free(ssl)
    }

    /// Whether the handshake went on from an earlier connection's session.
    var isResumed: Bool { SSL_session_reused(ssl) == 1 }

    /// Begins the handshake: a client's first flight is in `output` afterwards.
    func start() throws {
        _ = try handshake()
    }

    /// Takes ciphertext from the peer, all of it.
    ///
    /// - Parameter deliver: Called with each piece of plaintext; the bytes are valid during the call.
    /// - Returns: How far the connection is now.
    func receive(
        _ ciphertext: UnsafeRawBufferPointer, deliver: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Progress {
        input = ciphertext
        defer { input = UnsafeRawBufferPointer(start: nil, count: 0) }
        switch state {
        case .handshaking:
            guard try handshake() else { return .handshaking }
            do {
                state = .open(try authenticatedPeer())
            } catch {
                state = .failed
                throw error
            }
            // TLS 1.2 has its ticket by now; a resumed session may be resumed again.
            if SSL_version(ssl) == TLS1_2_VERSION, let session = SSL_get1_session(ssl), !ticketReceived(session) { SSL_SESSION_free(session) }
        case .open, .closed: break
        case .failed: throw Self.isOver
        }
        return try deliverPlaintext(deliver) ? .closed : .open
    }

    /// Encrypts all of it into `output`.
    ///
    /// - Parameter total: How many bytes there may be before the output is taken, where more can follow.
    func send(_ bytes: UnsafeRawBufferPointer, of total: Int = 0) throws(TLSError) {
        if case .failed = state { throw Self.isOver }
        var rest = bytes
        // Room for all records at once, rather than by doubling.
        let count = output.readableBytes == 0 ? max(total, bytes.count) : bytes.count
        output.reserveCapacity(minimumWritableBytes: count + (count / Self.recordSize + 1) * Self.recordOverhead)
        while !rest.isEmpty {
            clearErrorQueue()
            let count = SSL_write(ssl, rest.baseAddress, Int32(clamping: rest.count))
            guard count > 0 else {
                state = .failed
                throw .drain(.protocolViolation, "encrypting")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[Int(count)...])
        }
    }

    /// Says goodbye; the alert is in `output` afterwards.
    func close() {
        guard case .open(let peer) = state else { return }
        state = .closed(peer)
        clearErrorQueue()
        // A goodbye that cannot be said changes nothing: the connection ends.
        if SSL_shutdown(ssl) < 0 { ERR_clear_error() }
    }

    /// Hands over the ciphertext to be written, leaving none.
    func takeOutput() -> ByteBuffer {
        let taken = output
        output = ByteBuffer()
        return taken
    }

    /// Keeps a session for the next connection. Returns whether it took over the reference.
    ///
    /// Only a peer that is accepted as it is now has its sessions kept.
    func ticketReceived(_ session: OpaquePointer) -> Bool {
        guard context.role == .client, peer != nil, let endpoint else { return false }
        context.sessions.keep(TLSSession(owning: session), for: endpoint)
        return true
    }

    // MARK: -

    private static let isOver = TLSError(.protocolViolation, "the TLS connection has failed before")

    private func handshake() throws -> Bool {
        clearErrorQueue()
        let result = SSL_do_handshake(ssl)
        if result == 1 { return true }
        let error = SSL_get_error(ssl, result)
        if error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE { return false }
        state = .failed
        // OpenSSL says of it no more than that the certificate was not accepted.
        if case .failure(let reason) = verdict {
            ERR_clear_error()
            throw (reason as? TLSError).map(marked) ?? reason
        }
        throw marked(.drain(.protocolViolation, "TLS handshake"))
    }

    private func marked(_ error: TLSError) -> TLSError {
        var error = error
        if case .exactly = context.configuration.trust { error.isPinned = true }
        return error
    }

    private func authenticatedPeer() throws -> PeerCertificate? {
        if case .anyone = context.configuration.trust { return nil }
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &count)
        let wanted = context.configuration.applicationProtocol
        guard UnsafeBufferPointer(start: name, count: Int(count)).elementsEqual(wanted.rawValue.utf8) else {
            throw TLSError(.noHTTP2, "the peer does not offer HTTP/2 (ALPN h2): is it a gRPC endpoint?")
        }
        guard let x509 = SSL_get1_peer_certificate(ssl) else {
            throw TLSError(.untrusted, "the peer presented no certificate", fault: .missing)
        }
        let certificate = X509Certificate(owning: x509)
        if isResumed {
            try Self.verifyAgain(certificate, of: ssl, in: context)
            return try admit(certificate)
        }
        // Who was let in during the handshake, and nobody else.
        guard case .success(let peer) = verdict, peer.der == certificate.der else {
            throw TLSError(.untrusted, "the peer's certificate was not checked", fault: .unclear)
        }
        return peer
    }

    /// - Returns: Whether the peer has closed.
    private func deliverPlaintext(_ deliver: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        let plaintext = plaintext.bytes
        var filled = 0
        while true {
            let room = UnsafeMutableRawBufferPointer(rebasing: plaintext[filled...])
            clearErrorQueue()
            let count = SSL_read(ssl, room.baseAddress, Int32(room.count))
            if count > 0 {
                filled += Int(count)
                // Several small records go up in one piece, a full one while it is in the processor's first cache.
                if filled >= Self.recordSize {
                    try deliver(UnsafeRawBufferPointer(rebasing: plaintext[..<filled]))
                    filled = 0
                }
                continue
            }
            let error = SSL_get_error(ssl, count)
            // Before others run, who may use OpenSSL, too.
            let isFailure = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_ZERO_RETURN
            let failure: TLSError? = isFailure ? marked(.drain(.protocolViolation, "decrypting")) : nil
            if filled > 0 { try deliver(UnsafeRawBufferPointer(rebasing: plaintext[..<filled])) }
            switch error {
            case SSL_ERROR_WANT_READ: return false
            case SSL_ERROR_ZERO_RETURN: return true
            default:
                state = .failed
                throw failure ?? Self.isOver
            }
        }
    }

    fileprivate func bioRead(_ bytes: UnsafeMutablePointer<CChar>, _ count: Int) -> Int {
        let count = min(count, input.count)
        guard count > 0, let base = input.baseAddress else { return 0 }
        UnsafeMutableRawPointer(bytes).copyMemory(from: base, byteCount: count)
        input = UnsafeRawBufferPointer(rebasing: input[count...])
        return count
    }

    fileprivate func bioWrite(_ bytes: UnsafePointer<CChar>, _ count: Int) {
        output.writeBytes(UnsafeRawBufferPointer(start: bytes, count: count))
    }
}

/// Where engines put what they have decrypted, until it has been delivered.
final class PlaintextBuffer {
    fileprivate let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * TLSEngine.recordSize, alignment: 16)

    deinit { bytes.deallocate() }
}

/// OpenSSL's view of the engine's two buffers.
private enum EngineBIO {
    /// Made once, never freed.
    nonisolated(unsafe) static let method: OpaquePointer? = { // Immutable once made.
        let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "hector")
        BIO_meth_set_read(method) { bio, bytes, count in
            hector_bio_clear_retry(bio)
            guard let bytes, let data = BIO_get_data(bio) else { return -1 }
            let read = EngineBIO.with(data) { $0.bioRead(bytes, Int(count)) }
            if read == 0 {
                hector_bio_set_retry_read(bio)
                return -1
            }
            return Int32(read)
        }
        BIO_meth_set_write(method) { bio, bytes, count in
            hector_bio_clear_retry(bio)
            guard let bytes, let data = BIO_get_data(bio) else { return -1 }
            EngineBIO.with(data) { $0.bioWrite(bytes, Int(count)) }
            return count
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return method
    }()

    /// Lends the engine that the BIO belongs to. Without counting references: the caller of OpenSSL holds one.
    @inline(__always)
    private static func with<R>(_ data: UnsafeMutableRawPointer, _ body: (TLSEngine) -> R) -> R {
        Unmanaged<TLSEngine>.fromOpaque(data)._withUnsafeGuaranteedRef(body)
    }
}
