/// An alert by which one side of a TLS connection tells the other why it ends (RFC 8446 §6).
package struct TLSAlert: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    package var rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    static let handshakeFailure = TLSAlert(rawValue: 40)
    static let badCertificate = TLSAlert(rawValue: 42)
    static let unsupportedCertificate = TLSAlert(rawValue: 43)
    static let certificateRevoked = TLSAlert(rawValue: 44)
    static let certificateExpired = TLSAlert(rawValue: 45)
    static let certificateUnknown = TLSAlert(rawValue: 46)
    static let unknownCA = TLSAlert(rawValue: 48)
    static let accessDenied = TLSAlert(rawValue: 49)
    static let protocolVersion = TLSAlert(rawValue: 70)
    static let inappropriateFallback = TLSAlert(rawValue: 86)
    static let certificateRequired = TLSAlert(rawValue: 116)
    static let noApplicationProtocol = TLSAlert(rawValue: 120)

    /// What a peer that sends it finds wrong with our certificate; nil where the alert speaks of something else.
    var fault: TLSFault? {
        switch self {
        // What OpenSSL sends for a certificate that is not valid yet, and for several other faults.
        case .badCertificate: .unclear
        case .unsupportedCertificate: .wrongPurpose
        case .certificateRevoked: .revoked
        case .certificateExpired: .expired
        case .certificateUnknown, .accessDenied: .notAuthorized
        case .unknownCA: .unknownAuthority
        case .certificateRequired: .missing
        default: nil
        }
    }

    /// The name of RFC 8446 with its number, as other programs log it.
    package var description: String {
        let name: String? =
            switch self {
            case .handshakeFailure: "handshake_failure"
            case .badCertificate: "bad_certificate"
            case .unsupportedCertificate: "unsupported_certificate"
            case .certificateRevoked: "certificate_revoked"
            case .certificateExpired: "certificate_expired"
            case .certificateUnknown: "certificate_unknown"
            case .unknownCA: "unknown_ca"
            case .accessDenied: "access_denied"
            case .protocolVersion: "protocol_version"
            case .inappropriateFallback: "inappropriate_fallback"
            case .certificateRequired: "certificate_required"
            case .noApplicationProtocol: "no_application_protocol"
            default: nil
            }
        return name.map { "\($0) (\(rawValue))" } ?? "\(rawValue)"
    }
}
