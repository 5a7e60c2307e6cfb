internal import FoundationEssentials
internal import Glibc
internal import HectorCore
internal import HectorRPC

/// The PEM files of a member, read and judged.
struct CertificateFiles {
    private(set) var report = CertificateReport()
    /// All of these are there when nothing in the report keeps a program from its start.
    private(set) var identity: MeshIdentity?
    private(set) var tls: TLSIdentity?
    private(set) var authorities: String?
    private(set) var leaf: PeerCertificate?

    private typealias File = CertificateReport.File
    private typealias Code = CertificateReport.Code

    private let paths: [CertificateReport.File: String]
    private let section: String

    /// - Parameter now: Seconds since 1970; nil: dates are not looked at.
    init(mesh: String, role: MeshIdentity.Role, ca: String, certificate: String, key: String, now: Int64?) {
        paths = [.ca: ca, .certificate: certificate, .key: key]
        section = "mesh.tls"
        let caText = text(of: .ca)
        let certificateText = text(of: .certificate)
        let keyText = text(of: .key)
        let anchors = caText.flatMap { checkAuthorities($0, now: now) }
        let shown = certificateText.flatMap { certificates(in: $0, .certificate) }
        guard let keyText, holdsKey(keyText) else { return }
        checkMode()
        guard let certificateText, let shown else { return }
        let tls = TLSIdentity(certificatePEM: certificateText, privateKeyPEM: keyText)
        let details: IdentityDetails
        do throws(TLSError) {
            details = try IdentityDetails(tls, authorities: anchors == nil ? nil : caText)
        } catch {
            if error.fault != .keyMismatch || !shown.allSatisfy(\.isAuthority) || isMember(shown[0]) {
                problem(Self.code(error), .key, error.fault == .keyMismatch ? "cannot be used: \(error) \(certificate)" : "cannot be used: \(error)")
            }
            return
        }
        guard isMember(details.leaf) else { return }
        checkIdentity(details, mesh: mesh, role: role)
        checkPurpose(details.leaf, role: role)
        if let now { checkDates(details, now: now) }
        checkChain(details, anchors ?? [])
        guard report.problems.isEmpty, let caText else { return }
        do throws(TLSError) {
            try TLSConfiguration(identity: tls, trust: .authorities(pem: caText)).check()
        } catch {
            problem(.unusable, .certificate, "cannot be used: \(error)")
            return
        }
        (self.tls, authorities, leaf) = (tls, caText, details.leaf.certificate)
    }

    /// The files of a server whose clients know it by its host name, whatever authority signed its certificate.
    ///
    /// - Parameter now: Seconds since 1970; nil: dates are not looked at.
    init(server certificate: String, key: String, now: Int64?) {
        paths = [.certificate: certificate, .key: key]
        section = "server.tls"
        let certificateText = text(of: .certificate)
        let keyText = text(of: .key)
        let shown = certificateText.flatMap { certificates(in: $0, .certificate) }
        guard let keyText, holdsKey(keyText) else { return }
        checkMode()
        guard let certificateText, shown != nil else { return }
        let tls = TLSIdentity(certificatePEM: certificateText, privateKeyPEM: keyText)
        do throws(TLSError) {
            let details = try IdentityDetails(tls, authorities: nil)
            if !details.leaf.mayServe {
                problem(.wrongPurpose, .certificate, "is refused by clients: a server needs extendedKeyUsage serverAuth, and keyUsage digitalSignature; issue a new one")
            }
            if let now { checkDates(details, now: now) }
            _ = try WebTLS(tls)
            (self.tls, leaf) = (tls, details.leaf.certificate)
        } catch {
            problem(Self.code(error), .key, "cannot be used: \(error)\(error.fault == .keyMismatch ? " \(certificate)" : "")")
        }
    }

    // MARK: parts

    private mutating func checkAuthorities(_ text: String, now: Int64?) -> [CertificateDetails]? {
        guard let anchors = certificates(in: text, .ca) else { return nil }
        if (try? labels(ofPEM: text))?.contains(where: { $0.hasSuffix("PRIVATE KEY") }) == true {
            warning(.keyOfAuthority, .ca, "also holds a private key: an authority's key can impersonate every member; keep it on a machine where no member runs")
        }
        // A certificate that signed itself may be trusted as it is.
        if !anchors.contains(where: { $0.isAuthority || $0.subject == $0.issuer }) {
            problem(.wrongFile, .ca, "holds the certificate of \(anchors[0].subject), which is not an authority: use the certificate of the authority that signed it (\(anchors[0].issuer))")
            return nil
        }
        if let now {
            for anchor in anchors {
                guard let due = CertificateValidity(anchor.certificate).due(now: now) else { continue }
                warning(due.code, .ca, "\(due.message) (\(anchor.subject))")
            }
        }
        return anchors
    }

    private mutating func checkIdentity(_ details: IdentityDetails, mesh: String, role: MeshIdentity.Role) {
        do throws(TrustError) {
            let found = try MeshIdentity(details.leaf.certificate)
            identity = found
            if found.mesh != mesh {
                problem(
                    .otherMesh, .certificate,
                    "is for the mesh '\(found.mesh)', but the configuration says '\(mesh)': set mesh.name or use the right certificate")
            }
            if found.role != role {
                problem(.wrongRole, .certificate, "is \(found), but this program needs spiffe://\(mesh)/\(role.rawValue)/…")
            }
        } catch {
            problem(.noIdentity, .certificate, "has no identity: \(error.message)")
        }
    }

    /// Reports an authority's certificate where a member's belongs. A member may have signed itself, and says who it is.
    private mutating func isMember(_ leaf: CertificateDetails) -> Bool {
        if !leaf.isAuthority || (try? MeshIdentity(leaf.certificate)) != nil { return true }
        problem(.wrongFile, .certificate, "holds the certificate of an authority (\(leaf.subject)), not of a member: use it as mesh.tls.ca")
        return false
    }

    private mutating func checkPurpose(_ leaf: CertificateDetails, role: MeshIdentity.Role) {
        let has = leaf.purposes.map { "it has \($0.isEmpty ? "none" : $0.joined(separator: ", "))" } ?? "its keyUsage does not allow TLS"
        let needs = "a member needs extendedKeyUsage serverAuth and clientAuth, and keyUsage digitalSignature; \(has)"
        switch (role == .host ? leaf.mayCall : leaf.mayServe, role == .host ? leaf.mayServe : leaf.mayCall) {
        case (true, true): break
        case (true, false): warning(.otherPurpose, .certificate, "works for now, but \(needs): issue the next one accordingly")
        case (false, _): problem(.wrongPurpose, .certificate, "is refused by \(role == .host ? "nodes" : "hosts"): \(needs); issue a new one")
        }
    }

    private mutating func checkDates(_ details: IdentityDetails, now: Int64) {
        if let due = CertificateValidity(details.leaf.certificate).due(now: now) { warning(due.code, .certificate, due.message) }
        for issuer in details.chain {
            guard let due = CertificateValidity(issuer.certificate).due(now: now) else { continue }
            warning(due.code, .certificate, "has an intermediate certificate (\(issuer.subject)) that \(due.message)")
        }
    }

    private mutating func checkChain(_ details: IdentityDetails, _ anchors: [CertificateDetails]) {
        if let stray = details.strays.first {
            warning(.unusedCertificate, .certificate, "holds a certificate that is not part of its chain and is not sent: \(stray.subject)")
        }
        switch details.chainFault {
        case nil: break
        case .unknownAuthority:
            let last = details.chain.last(where: { $0.subject != $0.issuer }) ?? details.leaf
            let advice = anchors.contains { $0.subject == last.issuer }
                ? "mesh.tls.ca contains a different authority of the same name, with another key: replace it by the one that signed this certificate, or have it sign a new certificate"
                : "add the issuer's certificate to this file if it is an intermediate, otherwise to mesh.tls.ca"
            warning(
                .unknownAuthority, .certificate,
                "is not signed by an authority in mesh.tls.ca: members that trust the same file will refuse it. Its issuer is \(last.issuer): \(advice)")
        case .pathTooLong:
            warning(
                .unknownAuthority, .certificate,
                "has a chain that members will refuse: an authority in it may not sign other authorities (its basicConstraints have a pathlen). Have the certificate signed by that authority itself, or issue a new authority with a greater pathlen")
        case let fault?:
            warning(.unknownAuthority, .certificate, "has no valid chain to an authority in mesh.tls.ca (\(fault)): members that trust the same file will refuse it")
        }
    }

    private func mode(_ path: String) -> mode_t? {
        var found = stat()
        return stat(path, &found) == 0 ? found.st_mode : nil
    }

    private mutating func checkMode() {
        guard let path = paths[.key], let mode = mode(path), mode & 0o007 != 0 else { return }
        warning(.keyReadableByOthers, .key, "can be read by every user of this machine: chmod o-rwx")
    }

    // MARK: files

    private mutating func certificates(in text: String, _ file: CertificateReport.File) -> [CertificateDetails]? {
        do throws(TLSError) {
            let found = try CertificateDetails.all(inPEM: text)
            if !found.isEmpty { return found }
            let labels = try labels(ofPEM: text)
            let what =
                if labels.contains(where: { $0.hasSuffix("CERTIFICATE REQUEST") }) {
                    "holds a certificate signing request: have an authority sign it, and use the certificate that it issues"
                } else if labels.contains(where: { $0.hasSuffix("PRIVATE KEY") }) {
                    "holds a private key and no certificate: were the files of \(section) mixed up?"
                } else {
                    "holds no certificate: it must contain a PEM block that begins with -----BEGIN CERTIFICATE-----"
                }
            problem(.wrongFile, file, what)
        } catch {
            problem(Self.code(error), file, "cannot be used: \(error)")
        }
        return nil
    }

    private mutating func holdsKey(_ text: String) -> Bool {
        guard let labels = try? labels(ofPEM: text) else { return true }
        if labels.contains("OPENSSH PRIVATE KEY") {
            problem(.wrongFile, .key, "is an SSH key: use the private key that belongs to \(section).certificate")
            return false
        }
        if labels.contains(where: { $0.hasSuffix("PRIVATE KEY") }) { return true }
        let what = labels.contains("CERTIFICATE") ? "holds a certificate and no private key: were the files of \(section) mixed up?"
            : "holds no private key: it must contain a PEM block that begins with -----BEGIN PRIVATE KEY-----"
        problem(.wrongFile, .key, what)
        return false
    }

    /// Nil where it cannot be read as text, which is reported.
    private mutating func text(of file: CertificateReport.File) -> String? {
        let path = paths[file] ?? ""
        do {
            let data = try contents(ofFile: path, upTo: Self.largestFile + 1)
            guard data.count <= Self.largestFile else {
                problem(.unreadable, file, "is larger than 1 MiB: is it a PEM file?")
                return nil
            }
            // As PowerShell writes by default.
            if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]), let text = String(bytes: data, encoding: .utf16) { return text }
            // A DER structure begins so, and is no text.
            guard data.first != 0x30 || data.allSatisfy({ $0 != 0 && $0 < 0x80 }) else {
                let kind = file == .key ? "pkey" : "x509"
                let hint = file == .key || CertificateDetails.isDER(data)
                    ? "openssl \(kind) -inform der -in \(path) -out NEW converts it to PEM"
                    : "openssl pkcs12 -in \(path) -nodes -out NEW converts a PKCS #12 file to PEM"
                problem(.binary, file, "is not PEM but binary (DER): \(hint)")
                return nil
            }
            return String(decoding: data, as: UTF8.self)
        } catch {
            problem(.unreadable, file, "cannot be read: \(error)")
            return nil
        }
    }

    /// CA bundles of operating systems have a quarter of it.
    static let largestFile = 1 << 20

    private static func code(_ error: TLSError) -> CertificateReport.Code {
        switch error.fault {
        case .keyMismatch: .keyMismatch
        case .encryptedKey: .encryptedKey
        case .brokenBlock: .brokenBlock
        case .noKey, .noCertificate: .wrongFile
        default: .unusable
        }
    }

    private mutating func problem(_ code: CertificateReport.Code, _ file: CertificateReport.File, _ message: String) {
        report.problems.append(finding(code, file, message))
    }

    private mutating func warning(_ code: CertificateReport.Code, _ file: CertificateReport.File, _ message: String) {
        report.warnings.append(finding(code, file, message))
    }

    private func finding(_ code: CertificateReport.Code, _ file: CertificateReport.File, _ message: String) -> CertificateReport.Finding {
        CertificateReport.Finding(code: code, section: section, file: file, path: singleLine(paths[file] ?? ""), message: singleLine(message, limit: 1_000))
    }
}

/// A time for people and their programs (RFC 3339).
func date(_ secondsSince1970: Int64) -> String {
    Date(timeIntervalSince1970: TimeInterval(secondsSince1970)).formatted(.iso8601)
}
