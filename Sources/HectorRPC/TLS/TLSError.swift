internal import COpenSSL

/// A TLS failure: whose fault it is, what is wrong, and what to do. Decide by `code`, `fault` and `alert`; the texts are
/// for people.
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
    /// What is wrong with a certificate or key; nil where it is something else.
    package var fault: TLSFault?
    /// By which the peer said so; nil where we found it.
    package var alert: TLSAlert?
    /// Whether each side trusts one certificate alone, made for one run (AutoMTLS): nobody has files to correct.
    var isPinned = false

    package init(_ code: Code, _ message: String, fault: TLSFault? = nil, alert: TLSAlert? = nil) {
        self.code = code
        self.message = message
        self.fault = fault
        self.alert = alert
    }

    /// What a person can do about it.
    package var advice: String? {
        guard !isPinned || fault == .expired || fault == .notYetValid else { return nil }
        return fault?.advice(isOurs: alert != nil || code == .badConfiguration)
    }

    /// What is wrong and what to do, in one line.
    package var description: String { advice.map { "\(message); \($0)" } ?? message }

    /// Empties OpenSSL's error queue of this thread, whole: what is left in it would be blamed on
    /// the next call that fails.
    static func drain(_ code: Code, _ what: String) -> TLSError {
        var reasons: [String] = []
        var result = TLSError(code, what)
        while true {
            let error = ERR_get_error()
            if error == 0 { break }
            // Of the library and reason that ERR_GET_LIB and ERR_GET_REASON give.
            let reason = Int32(error & 0x7F_FFFF)
            let isSSL = (error >> 23) & 0xFF == UInt(ERR_LIB_SSL)
            if isSSL, let alert = UInt8(exactly: reason - SSL_AD_REASON_OFFSET).map(TLSAlert.init) {
                result.alert = alert
                if let fault = alert.fault {
                    (result.code, result.fault) = (.untrusted, fault)
                    reasons.append("the peer does not accept our certificate (alert \(alert))")
                    continue
                }
                if alert == .protocolVersion || alert == .inappropriateFallback { result.code = .unsupportedVersion }
                if alert == .noApplicationProtocol { result.code = .noHTTP2 }
            } else if isSSL, reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE {
                (result.code, result.fault) = (.untrusted, .missing)
            } else if isSSL, reason == SSL_R_CERTIFICATE_VERIFY_FAILED {
                (result.code, result.fault) = (.untrusted, result.fault ?? .unclear)
            } else if isSSL, versionReasons.contains(reason) {
                result.code = .unsupportedVersion
            } else if isSSL, let weakness = weaknesses[reason] {
                result.fault = .weak
                reasons.append(weakness)
                continue
            }
            if let text = ERR_reason_error_string(error) { reasons.append(String(cString: text)) }
        }
        if !reasons.isEmpty { result.message = what + ": " + reasons.joined(separator: ", ") }
        return result
    }

    private static let weaknesses: [Int32: String] = [
        SSL_R_EE_KEY_TOO_SMALL: "its key is too short", SSL_R_CA_KEY_TOO_SMALL: "an authority's key in its chain is too short",
        SSL_R_CA_MD_TOO_WEAK: "a signature in its chain has too weak a hash",
    ]

    private static let versionReasons: Set<Int32> = [
        SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_VERSION_TOO_HIGH, SSL_R_NO_PROTOCOLS_AVAILABLE,
        SSL_R_INAPPROPRIATE_FALLBACK,
    ]
}

/// What anything else has left in this thread's error queue would be blamed on the next call of OpenSSL that has no result
/// yet: `SSL_get_error` looks into the queue first.
@inline(__always)
func clearErrorQueue() {
    // To look costs a tenth of clearing.
    if ERR_peek_error() != 0 { ERR_clear_error() }
}

/// Fails closed: what did not come about is an error, never a weaker connection.
func require(_ holds: Bool, _ what: @autoclosure () -> String) throws(TLSError) {
    guard holds else { throw .drain(.badConfiguration, what()) }
}
