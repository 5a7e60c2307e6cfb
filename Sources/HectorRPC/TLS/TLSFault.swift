internal import COpenSSL

/// What is wrong with a certificate or a key, found by either side.
package enum TLSFault: Sendable, Hashable, CaseIterable {
    // Of a certificate that was shown.
    case expired
    case notYetValid
    /// Its extendedKeyUsage or keyUsage does not allow what it is used for.
    case wrongPurpose
    /// No chain of signatures leads from it to an authority that is trusted.
    case unknownAuthority
    /// An authority in its chain may not sign as many authorities below it (pathLenConstraint).
    case pathTooLong
    /// It does not carry the name that was dialled.
    case otherName
    /// Right as such, but its owner may not do this here.
    case notAuthorized
    case revoked
    /// A key or hash that is too weak for OpenSSL's security level.
    case weak
    /// No certificate was shown.
    case missing
    /// Something else, or the peer does not say what.
    case unclear

    // Of our own PEM texts.
    case noCertificate
    case noKey
    /// A block has no end, or what is in it cannot be decoded.
    case brokenBlock
    /// The key asks for a passphrase.
    case encryptedKey
    case keyMismatch

    /// - Parameter code: One of OpenSSL's `X509_V_ERR_…`.
    init(verification code: Int32) {
        self =
            switch code {
            case X509_V_ERR_CERT_HAS_EXPIRED: .expired
            case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
            case X509_V_ERR_INVALID_PURPOSE: .wrongPurpose
            case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: .otherName
            case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
                X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE, X509_V_ERR_INVALID_CA,
                X509_V_ERR_CERT_UNTRUSTED, X509_V_ERR_CERT_CHAIN_TOO_LONG:
                .unknownAuthority
            case X509_V_ERR_PATH_LENGTH_EXCEEDED: .pathTooLong
            case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK: .weak
            case X509_V_ERR_CERT_REVOKED: .revoked
            default: .unclear
            }
    }

    /// What a person can do about it, for the program whose log it stands in.
    ///
    /// - Parameter isOurs: Whether it is our certificate that the peer does not accept, rather than the peer's.
    func advice(isOurs: Bool) -> String? {
        switch self {
        case .expired: "renew the certificate \(isOurs ? "here" : "there"), and check both machines' clocks"
        case .notYetValid: "check both machines' clocks: one is wrong, unless the certificate is meant for a later date"
        case .wrongPurpose:
            "issue a new certificate \(isOurs ? "here" : "there"): a member's needs extendedKeyUsage serverAuth and clientAuth"
        case .unknownAuthority:
            "both sides need certificates from one authority, and the authority's certificate as mesh.tls.ca; intermediate certificates belong in the file of the member's own certificate"
        case .pathTooLong:
            "an authority in the chain of the certificate \(isOurs ? "here" : "there") may not sign other authorities (pathlen): have the certificate signed by that authority itself, or issue a new authority with a greater pathlen"
        case .notAuthorized:
            isOurs ? "see the peer's log: our certificate must be for its mesh, and for this program (host or node)" : nil
        case .unclear:
            isOurs ? "see the peer's log, and check both machines' clocks as well: a certificate that is not valid yet is refused like this" : nil
        case .weak: "issue a new certificate \(isOurs ? "here" : "there"), with a P-256 or RSA-2048 key (or stronger) and SHA-256"
        case .missing: isOurs ? nil : "is it a member of the mesh? Every member needs mesh.tls.certificate and mesh.tls.key"
        case .revoked: "the certificate \(isOurs ? "here" : "there") was revoked: issue another"
        case .encryptedKey: "store it without a passphrase, readable by its owner only: openssl pkey -in KEY -out NEW"
        case .otherName, .noCertificate, .noKey, .brokenBlock, .keyMismatch: nil
        }
    }
}
