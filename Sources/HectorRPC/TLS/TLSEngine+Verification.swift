internal import COpenSSL

// The peer is verified during the handshake, first by OpenSSL and then by the configuration, so that a refused peer receives an
// alert instead of a closed connection. A resumed session exchanges no certificates: verification follows the handshake, and a
// refused peer gets the alert at its next attempt, which is a full handshake.
extension TLSEngine {
    /// Our slot among what programs attach to OpenSSL's connections; negative if OpenSSL has none to give.
    static let slot = hector_ssl_new_slot()

    /// The engine of a connection, which is alive while OpenSSL works for it.
    static func of(_ ssl: OpaquePointer?) -> TLSEngine? {
        guard let ssl, let engine = SSL_get_ex_data(ssl, slot) else { return nil }
        return Unmanaged<TLSEngine>.fromOpaque(engine).takeUnretainedValue()
    }

    /// OpenSSL's question whether the peer's certificate is good: 1 or 0.
    static func verify(_ check: OpaquePointer?) -> Int32 {
        guard let check else { return 0 }
        let ssl = X509_STORE_CTX_get_ex_data(check, SSL_get_ex_data_X509_STORE_CTX_idx())
        guard let ssl, let engine = of(OpaquePointer(ssl)) else {
            X509_STORE_CTX_set_error(check, X509_V_ERR_UNSPECIFIED)
            return 0
        }
        do {
            engine.verdict = .success(try engine.judge(check))
            return 1
        } catch {
            engine.verdict = .failure(error)
            return 0
        }
    }

    private func judge(_ check: OpaquePointer) throws -> PeerCertificate {
        guard X509_verify_cert(check) == 1 else {
            throw Self.refusal(of: check, "the peer's certificate is not accepted", now: context.now?())
        }
        guard let leaf = X509_STORE_CTX_get0_cert(check), X509_up_ref(leaf) == 1 else {
            X509_STORE_CTX_set_error(check, X509_V_ERR_UNSPECIFIED)
            throw TLSError(.untrusted, "the peer presented no certificate", fault: .missing)
        }
        do {
            return try admit(X509Certificate(owning: leaf))
        } catch {
            // Nothing is wrong with the certificate as such. OpenSSL has no error that it would tell the peer as
            // access_denied; this one it tells as certificate_unknown.
            X509_STORE_CTX_set_error(check, X509_V_ERR_PERMITTED_VIOLATION)
            throw error
        }
    }

    /// The configuration's word on a peer whose certificate is right as such.
    func admit(_ certificate: X509Certificate) throws -> PeerCertificate {
        let peer = PeerCertificate(certificate)
        if case .exactly(let der) = context.configuration.trust, der != peer.der {
            throw TLSError(.untrusted, "the peer presented a certificate other than the announced one", fault: .notAuthorized)
        }
        try context.configuration.authorize(peer)
        return peer
    }

    /// Why a check failed, with the times where they are the reason.
    ///
    /// - Parameter now: Seconds since 1970; nil: the system's clock, as OpenSSL reads it.
    static func refusal(of check: OpaquePointer, _ what: String, now: Int64?) -> TLSError {
        ERR_clear_error()
        var code = X509_STORE_CTX_get_error(check)
        if code == X509_V_OK {
            // Neither good nor bad: out of memory, for one. The peer must not get through by it.
            code = X509_V_ERR_UNSPECIFIED
            X509_STORE_CTX_set_error(check, code)
        }
        let fault = TLSFault(verification: code)
        var reason = String(cString: X509_verify_cert_error_string(Int(code)))
        if fault == .expired || fault == .notYetValid, let pointer = X509_STORE_CTX_get_current_cert(check), X509_up_ref(pointer) == 1 {
            let certificate = PeerCertificate(X509Certificate(owning: pointer))
            let bound = fault == .expired ? "it was valid until \(utc(certificate.notAfter))" : "it is valid from \(utc(certificate.notBefore))"
            reason += ": \(bound), and the time here is \(utc(now ?? Int64(time(nil))))"
        }
        if X509_STORE_CTX_get_error_depth(check) > 0, fault != .unknownAuthority { reason += " (an authority's certificate)" }
        return TLSError(.untrusted, "\(what): \(reason)", fault: fault)
    }
}

/// A time in the form of RFC 3339: `2026-11-27T04:00:00Z`.
func utc(_ secondsSince1970: Int64) -> String {
    var seconds = time_t(secondsSince1970)
    var fields = tm()
    guard gmtime_r(&seconds, &fields) != nil else { return "\(secondsSince1970)" }
    func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(fields.tm_year + 1900)-\(padded(fields.tm_mon + 1))-\(padded(fields.tm_mday))T\(padded(fields.tm_hour)):\(padded(fields.tm_min)):\(padded(fields.tm_sec))Z"
}
