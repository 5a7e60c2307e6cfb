import Foundation
import HectorRPC
import HectorTrust
import TestCertificates
import Testing

/// Certificates of every common making: what is good is taken, what is not is named with its file.
@Suite(.timeLimit(.minutes(1))) struct CertificateReportTests {
    /// Two authorities, one below the other, and a member of each.
    private static func pki() throws -> Pki {
        let pki = try Pki()
        try pki.authority("root")
        try pki.authority("middle", by: "root")
        try pki.member("a1", by: "root")
        try pki.member("far", by: "middle")
        return pki
    }

    private static func now(_ days: Double = 0) -> Int64 { Int64(Date().timeIntervalSince1970 + days * 86_400) }

    private func report(
        _ pki: Pki, ca: String = "root.pem", certificate: String = "a1.pem", key: String = "a1.key", role: MeshIdentity.Role = .node,
        mesh: String = "home", now: Int64 = now()
    ) -> CertificateReport {
        MeshCredentials.check(
            mesh: mesh, role: role, ca: pki.file(ca), certificate: pki.file(certificate), key: pki.file(key), now: now)
    }

    private func codes(_ findings: [CertificateReport.Finding]) -> [CertificateReport.Code] { findings.map(\.code) }

    /// Nothing to say, and a context can be made of it.
    private func expectGood(_ pki: Pki, ca: String = "root.pem", certificate: String = "a1.pem", key: String = "a1.key", _ remark: String = "") throws {
        let report = report(pki, ca: ca, certificate: certificate, key: key)
        #expect(report.problems.isEmpty && report.warnings.isEmpty, "\(remark) \(report)")
        let credentials = try MeshCredentials(
            mesh: "home", role: .node, ca: pki.file(ca), certificate: pki.file(certificate), key: pki.file(key))
        #expect(credentials.identity.name == "a1")
    }

    @Test(arguments: [["EC", "ec_paramgen_curve:P-384"], ["RSA", "rsa_keygen_bits:2048"]])
    func `Keys of every common kind and form are taken`(key: [String]) throws {
        let pki = try Self.pki()
        try pki.member("other", by: "root", key: key)
        try expectGood(pki, certificate: "other.pem", key: "other.key")
        // PKCS #1 and SEC 1, the forms of before PKCS #8.
        try pki.openssl(key[0] == "EC" ? "ec" : "rsa", "-in", "other.key", "-out", "old.key", key[0] == "EC" ? "-param_enc" : "-traditional",
            key[0] == "EC" ? "named_curve" : "-traditional")
        #expect(try pki.text("old.key").contains("BEGIN \(key[0]) PRIVATE KEY"))
        try expectGood(pki, certificate: "other.pem", key: "old.key")
        if key[0] == "EC" {
            try pki.openssl("ecparam", "-name", "secp384r1", "-out", "parameters.pem")
            try pki.write("with-parameters.key", pki.text("parameters.pem") + pki.text("old.key"))
            try expectGood(pki, certificate: "other.pem", key: "with-parameters.key")
        }
    }

    @Test func `A chain is taken in any order, and what is trusted may be a root, an intermediate authority or a bundle`() throws {
        let pki = try Self.pki()
        let (leaf, middle, root) = (try pki.text("far.pem"), try pki.text("middle.pem"), try pki.text("root.pem"))
        for (number, chain) in [leaf + middle, middle + leaf, leaf + middle + root, root + middle + leaf].enumerated() {
            try pki.write("chain\(number).pem", chain)
            try expectGood(pki, certificate: "chain\(number).pem", key: "far.key", "chain \(number)")
        }
        // As step-ca gives it out: the root is not on the machine.
        try expectGood(pki, ca: "middle.pem", certificate: "far.pem", key: "far.key")
        try pki.authority("other")
        try pki.write("bundle.pem", "Other\n=====\n" + pki.text("other.pem") + "\n# ours\n" + root)
        try expectGood(pki, ca: "bundle.pem", certificate: "chain0.pem", key: "far.key")
        try expectGood(pki, ca: "bundle.pem")
    }

    @Test func `Byte order marks, carriage returns, other encodings and text around blocks do no harm`() throws {
        let pki = try Self.pki()
        let pem = try pki.text("a1.pem")
        try pki.write("bom.pem", "\u{FEFF}" + pem.replacing("\n", with: "\r\n"))
        try expectGood(pki, certificate: "bom.pem")
        try pki.openssl("x509", "-in", "a1.pem", "-text", "-out", "text.pem")
        try expectGood(pki, certificate: "text.pem")
        try pem.write(toFile: pki.file("wide.pem"), atomically: true, encoding: .utf16)
        try expectGood(pki, certificate: "wide.pem")
        // One file with both, as some programs want it.
        try pki.write("both.pem", pki.text("a1.key") + pem)
        try expectGood(pki, certificate: "both.pem", key: "both.pem")
    }

    @Test func `Wrong files are told by what they are`() throws {
        let pki = try Self.pki()
        try pki.openssl("x509", "-in", "a1.pem", "-outform", "der", "-out", "der.pem")
        try pki.openssl("pkey", "-in", "a1.key", "-outform", "der", "-out", "der.key")
        try pki.openssl("pkcs12", "-export", "-in", "a1.pem", "-inkey", "a1.key", "-passout", "pass:x", "-out", "a1.p12")
        try pki.openssl("pkey", "-in", "a1.key", "-aes256", "-passout", "pass:secret", "-out", "locked.key")
        try pki.openssl("ec", "-in", "a1.key", "-aes256", "-passout", "pass:secret", "-out", "locked-old.key")
        try pki.openssl("pkey", "-in", "a1.key", "-pubout", "-out", "public.key")
        try pki.write("ssh.key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")
        try pki.write("empty", "")
        let cut = try pki.text("a1.pem").split(separator: "\n").dropLast().joined(separator: "\n")
        try pki.write("cut.pem", cut)
        let root = try pki.text("root.pem")
        try pki.write("cut-bundle.pem", root + cut)
        try pki.write("with-key.pem", root + pki.text("root.key"))

        let cases: [(CertificateReport, CertificateReport.Code, CertificateReport.File, String)] = [
            (report(pki, certificate: "der.pem"), .binary, .certificate, "openssl x509 -inform der -in"),
            (report(pki, certificate: "a1.p12"), .binary, .certificate, "openssl pkcs12"),
            (report(pki, key: "der.key"), .binary, .key, "openssl pkey -inform der -in"),
            (report(pki, key: "locked.key"), .encryptedKey, .key, "passphrase"),
            (report(pki, key: "locked-old.key"), .encryptedKey, .key, "passphrase"),
            (report(pki, key: "public.key"), .wrongFile, .key, "no private key"),
            (report(pki, key: "ssh.key"), .wrongFile, .key, "an SSH key"),
            (report(pki, key: "a1.pem"), .wrongFile, .key, "mixed up"),
            (report(pki, key: "empty"), .wrongFile, .key, "-----BEGIN PRIVATE KEY-----"),
            (report(pki, key: "missing"), .unreadable, .key, "no such file"),
            (report(pki, certificate: "a1.key"), .wrongFile, .certificate, "mixed up"),
            (report(pki, certificate: "a1.csr"), .wrongFile, .certificate, "have an authority sign it"),
            (report(pki, certificate: "root.pem", key: "root.key"), .wrongFile, .certificate, "use it as mesh.tls.ca"),
            (report(pki, certificate: "root.pem"), .wrongFile, .certificate, "use it as mesh.tls.ca"),
            (report(pki, certificate: "cut.pem"), .brokenBlock, .certificate, "no END line"),
            (report(pki, certificate: "far.pem"), .keyMismatch, .key, "does not belong to the certificate"),
            (report(pki, ca: "a1.pem"), .wrongFile, .ca, "which is not an authority"),
            (report(pki, ca: "root.key"), .wrongFile, .ca, "private key and no certificate"),
            (report(pki, ca: "cut-bundle.pem"), .brokenBlock, .ca, "block 2"),
            (report(pki, ca: "empty"), .wrongFile, .ca, "no certificate"),
            (report(pki, mesh: "work"), .otherMesh, .certificate, "is for the mesh 'home', but the configuration says 'work'"),
            (report(pki, role: .host), .wrongRole, .certificate, "this program needs spiffe://home/host/"),
        ]
        for (report, code, file, words) in cases {
            #expect(codes(report.problems) == [code], "\(words): \(report.problems)")
            #expect(report.problems.first?.file == file)
            #expect(report.problems.first?.description.contains(words) == true, "\(report.problems)")
            #expect(report.problems.first?.description.hasPrefix("mesh.tls.\(file.rawValue): \(pki.path)/") == true, "\(report.problems)")
            #expect(report.problems.first?.description.contains("\n") == false)
        }
        #expect(codes(report(pki, ca: "with-key.pem").warnings) == [.keyOfAuthority])
        // All that is wrong is told at once.
        #expect(codes(report(pki, ca: "empty", certificate: "a1.csr", key: "missing").problems) == [.unreadable, .wrongFile, .wrongFile])
    }

    @Test func `Purposes that others would refuse are named`() throws {
        let pki = try Self.pki()
        let host = "spiffe://home/host/h1"
        for (name, identity, purposes) in [("server", host, "serverAuth"), ("client", "spiffe://home/agent/a1", "clientAuth"), ("mail", host, "emailProtection")] {
            try pki.member(name, by: "root", identity: identity, purposes: purposes)
            let report = report(pki, certificate: "\(name).pem", key: "\(name).key", role: identity == host ? .host : .node)
            #expect(codes(report.problems) == [.wrongPurpose])
            // No program starts with it, as its check says.
            let refused = #expect(throws: UnusableCertificates.self) {
                try MeshCredentials(
                    mesh: "home", role: identity == host ? .host : .node, ca: pki.file("root.pem"), certificate: pki.file("\(name).pem"),
                    key: pki.file("\(name).key"))
            }
            #expect(refused?.problems == report.problems)
            #expect(report.problems.first?.message.contains("extendedKeyUsage serverAuth and clientAuth") == true, "\(report.problems)")
        }
        // What does for now.
        try pki.member("half", by: "root", purposes: "serverAuth")
        let half = report(pki, certificate: "half.pem", key: "half.key")
        #expect(half.problems.isEmpty)
        #expect(codes(half.warnings) == [.otherPurpose])
        for (name, purposes, usage) in [("free", nil, nil), ("usage", "serverAuth,clientAuth", "digitalSignature,keyEncipherment")] as [(String, String?, String?)] {
            try pki.member(name, by: "root", purposes: purposes, usage: usage)
            try expectGood(pki, certificate: "\(name).pem", key: "\(name).key")
        }
        try pki.member("signer", by: "root", usage: "keyCertSign")
        #expect(codes(report(pki, certificate: "signer.pem", key: "signer.key").problems) == [.wrongPurpose])
    }

    @Test func `Dates are told before and after they matter`() throws {
        let pki = try Self.pki()
        #expect(report(pki, now: Self.now(74)).warnings.isEmpty)
        let soon = report(pki, now: Self.now(77))
        #expect(codes(soon.warnings) == [.expiresSoon] && soon.problems.isEmpty, "\(soon)")
        let late = report(pki, now: Self.now(91))
        #expect(codes(late.warnings) == [.expired] && late.problems.isEmpty)
        #expect(late.warnings.first?.message.contains("check the clock") == true)
        let early = report(pki, now: Self.now(-1))
        #expect(early.warnings.contains { $0.code == .notYetValid && $0.file == .certificate && $0.message.contains("check the clocks") }, "\(early)")
        // What is renewed by a program every few hours is not told of every day.
        try pki.member("short", by: "root", days: 1)
        try expectGood(pki, certificate: "short.pem", key: "short.key")
        #expect(codes(report(pki, certificate: "short.pem", key: "short.key", now: Self.now(0.8)).warnings) == [.expiresSoon])
        try pki.authority("ending", days: 3)
        try pki.member("below", by: "ending")
        let below = report(pki, ca: "ending.pem", certificate: "below.pem", key: "below.key", now: Self.now(4))
        #expect(below.warnings.contains { $0.code == .expired && $0.file == .ca }, "\(below)")
    }

    @Test func `A chain that does not reach the authority is told with the issuer that is missing`() throws {
        let pki = try Self.pki()
        let report = report(pki, certificate: "far.pem", key: "far.key")
        #expect(report.problems.isEmpty)
        #expect(codes(report.warnings) == [.unknownAuthority])
        #expect(report.warnings.first?.message.contains("/CN=middle") == true, "\(report)")
        // Another one of that name, as after its key was made anew.
        try pki.authority("middle")
        let other = self.report(pki, ca: "middle.pem", certificate: "far.pem", key: "far.key")
        #expect(codes(other.warnings) == [.unknownAuthority])
        #expect(other.warnings.first?.message.contains("a different authority of the same name") == true, "\(other)")
        try pki.write("stray.pem", pki.text("a1.pem") + pki.text("far.pem"))
        #expect(codes(self.report(pki, certificate: "stray.pem").warnings) == [.unusedCertificate])
    }

    @Test func `A path that is too long is told as such`() throws {
        let pki = try Pki()
        try pki.authority("root", path: 0)
        try pki.authority("middle", by: "root")
        try pki.member("far", by: "middle")
        try pki.write("chain.pem", pki.text("far.pem") + pki.text("middle.pem"))
        let report = report(pki, certificate: "chain.pem", key: "far.key")
        #expect(codes(report.warnings) == [.unknownAuthority] && report.problems.isEmpty, "\(report)")
        #expect(report.warnings.first?.message.contains("may not sign other authorities") == true, "\(report)")
        #expect(report.warnings.first?.message.contains("add the issuer's certificate") == false)
    }

    @Test func `A key that is too short is told with what to make`() throws {
        let pki = try Self.pki()
        try pki.member("short", by: "root", key: ["RSA", "rsa_keygen_bits:1024"])
        let report = report(pki, certificate: "short.pem", key: "short.key")
        #expect(codes(report.problems) == [.unusable])
        #expect(report.problems.first?.message.contains("its key is too short; issue a new certificate here, with a P-256 or RSA-2048 key (or stronger)") == true, "\(report)")
    }

    @Test func `A key that everybody can read is told`() throws {
        let pki = try Self.pki()
        for (mode, isTold) in [(0o600, false), (0o640, false), (0o644, true)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: pki.file("a1.key"))
            #expect(codes(report(pki).warnings) == (isTold ? [.keyReadableByOthers] : []))
        }
    }

    @Test func `Credentials of unusable files throw everything that is wrong`() throws {
        let pki = try Self.pki()
        let error = #expect(throws: UnusableCertificates.self) {
            try MeshCredentials(mesh: "work", role: .host, ca: pki.file("root.pem"), certificate: pki.file("a1.pem"), key: pki.file("a1.key"))
        }
        #expect(error?.problems.map(\.code) == [.otherMesh, .wrongRole])
        #expect(error?.description.split(separator: "\n").count == 2)
    }
}
