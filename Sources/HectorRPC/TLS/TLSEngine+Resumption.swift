internal import COpenSSL

// A resumed connection skips the exchange and the signatures of certificates; TLS leaves the peer's certificate as it was
// found when the session was made. What has changed since then is looked for here: a session is a cheaper way in, not
// another one. Early data (0-RTT) is never offered or accepted.
extension TLSEngine {
    /// Verifies the certificate of a resumed session as a fresh one would be: signatures up to today's trust anchors,
    /// validity now, purpose and server name.
    static func verifyAgain(_ certificate: X509Certificate, of ssl: OpaquePointer, in context: TLSContext) throws(TLSError) {
        clearErrorQueue()
        guard let check = X509_STORE_CTX_new() else { throw .drain(.badConfiguration, "checking a resumed session") }
        defer { X509_STORE_CTX_free(check) }
        // The intermediate certificates that came with it are kept in the session.
        guard X509_STORE_CTX_init(check, SSL_CTX_get_cert_store(context.pointer), certificate.pointer, SSL_get_peer_cert_chain(ssl)) == 1,
            X509_STORE_CTX_set_default(check, context.role == .client ? "ssl_server" : "ssl_client") == 1,
            let parameters = X509_STORE_CTX_get0_param(check)
        else { throw .drain(.badConfiguration, "checking a resumed session") }
        X509_VERIFY_PARAM_set_auth_level(parameters, SSL_get_security_level(ssl))
        // With them comes the server's name: without, a session would be a way around it.
        try require(X509_VERIFY_PARAM_set1(parameters, SSL_get0_param(ssl)) == 1, "checking a resumed session")
        guard X509_verify_cert(check) == 1 else {
            throw refusal(of: check, "the session cannot be resumed, the peer's certificate is no longer accepted", now: context.now?())
        }
    }
}

extension TLSContext {
    /// The number of sessions that a server keeps, a few kilobytes each; the oldest is evicted first.
    static let serverSessions = 1024

    /// Servers keep sessions in memory and hand out their names. Sessions inside tickets would be longer to send, and
    /// lack the intermediate certificates that `verifyAgain` needs. Nothing outlives the context.
    func setResumption() throws(TLSError) {
        switch role {
        case .server:
            // Without it a server refuses to resume sessions of clients that showed a certificate.
            try require(SSL_CTX_set_session_id_context(pointer, Array("hector".utf8), 6) == 1, "naming our sessions")
            try require(hector_ssl_ctx_keep_server_sessions(pointer, Self.serverSessions) == 1, "keeping our sessions")
        case .client:
            hector_ssl_ctx_keep_client_sessions(pointer)
            // TLS 1.3: tickets come after the handshake, whenever the server likes.
            SSL_CTX_sess_set_new_cb(pointer) { ssl, session in
                guard let session, let engine = TLSEngine.of(ssl) else { return 0 }
                // 1: we have taken over the reference.
                return engine.ticketReceived(session) ? 1 : 0
            }
        }
    }
}
