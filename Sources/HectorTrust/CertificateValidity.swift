package import HectorCore
package import HectorRPC

/// The period in which a certificate is valid, in seconds since 1970, and the warning that is due at a time.
package struct CertificateValidity: Sendable, Equatable {
    let notBefore: Int64
    let notAfter: Int64

    /// - Parameter renewedUntil: When the one ends that its owner has meanwhile, which lives as long; 0: it has no other.
    package init(_ certificate: PeerCertificate, renewedUntil: Int64 = 0) {
        let renewal = renewedUntil > certificate.notAfter ? renewedUntil - certificate.notAfter : 0
        notBefore = certificate.notBefore.addingReportingOverflow(renewal).partialValue
        notAfter = certificate.notAfter.addingReportingOverflow(renewal).partialValue
    }

    /// What is worth saying at a time.
    package struct Warning: Sendable {
        let code: CertificateReport.Code
        /// What is so and what to do; the certificate's name stands before it.
        package let message: String

        package var condition: ConditionKind { code == .expiresSoon ? .certificateEnding : .certificateUnusable }
    }

    /// Seconds since 1970: when the warning of its end begins. What gives people two weeks gives programs that renew by themselves a
    /// third of the certificate's life.
    var warned: Int64 {
        let life = max(0, notAfter.subtractingReportingOverflow(notBefore).partialValue)
        return notAfter - (life <= Self.shortLife ? life / 3 : Self.notice)
    }

    private static let notice: Int64 = 14 * 86_400
    private static let shortLife: Int64 = 7 * 86_400

    /// The warning that is due; nil while no warning is due.
    package func due(now: Int64) -> Warning? {
        if now > notAfter {
            return Warning(
                code: .expired,
                message: "has expired: it was valid until \(date(notAfter)), and the time here is \(date(now)); renew it, and check the clock")
        }
        if now < notBefore {
            return Warning(
                code: .notYetValid,
                message: "is not valid yet: it is valid from \(date(notBefore)), and the time here is \(date(now)); check the clocks of this machine and of the authority")
        }
        return now >= warned ? Warning(code: .expiresSoon, message: "expires soon, on \(date(notAfter)): renew it") : nil
    }
}
