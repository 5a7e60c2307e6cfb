internal import COpenSSL

/// A TLS failure: whose fault it is and what OpenSSL says of it.
package struct TLSError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// Our own certificate, key or trust is unusable.
        case badConfiguration
        /// The peer's certificate was not accepted, or it did not accept ours.
        case untrusted
        /// The peer does not speak TLS, or breaks its rules.
        case protocolViolation
        /// The two sides allow no version of TLS in common.
        case unsupportedVersion
        /// TLS stands, but the peer does not speak HTTP/2 (ALPN `h2`).
        case noHTTP2
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// Empties OpenSSL's error queue of this thread, whole: what is left in it would be blamed on
    /// the next call that fails.
    static func drain(_ code: Code, _ what: String) -> TLSError {
        var reasons: [String] = []
        var code = code
        while true {
            let error = ERR_get_error()
            if error == 0 { break }
            let reason = Int32(error & 0x7F_FFFF)
            let isSSL = (error >> 23) & 0xFF == UInt(ERR_LIB_SSL)
            if isSSL, reason == SSL_R_CERTIFICATE_VERIFY_FAILED || reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE
                || (reason >= 1000 && certificateAlerts.contains(reason - 1000))
            {
                code = .untrusted
            } else if isSSL, versionReasons.contains(reason) {
                code = .unsupportedVersion
            }
            if let text = ERR_reason_error_string(error) { reasons.append(String(cString: text)) }
        }
        let detail = reasons.isEmpty ? "" : ": " + reasons.joined(separator: ", ")
        return TLSError(code, what + detail)
    }

    /// Ours, and the alerts protocol_version and inappropriate_fallback of the peer.
    private static let versionReasons: Set<Int32> = [
        SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_VERSION_TOO_HIGH, SSL_R_NO_PROTOCOLS_AVAILABLE,
        SSL_R_INAPPROPRIATE_FALLBACK, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_TLSV1_ALERT_INAPPROPRIATE_FALLBACK,
    ]

    /// bad_certificate, unsupported_certificate, certificate_revoked, certificate_expired,
    /// certificate_unknown, unknown_ca, access_denied, certificate_required (RFC 8446 §6.2).
    private static let certificateAlerts: Set<Int32> = [42, 43, 44, 45, 46, 48, 49, 116]
}
