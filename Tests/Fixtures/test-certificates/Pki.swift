import Foundation

/// A folder of certificates of any making, by the openssl command; goes with the test.
package final class Pki: Sendable {
    package let path = "/tmp/hector-pki-\(UUID().uuidString.prefix(8))"

    package init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    package func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

    package func write(_ name: String, _ text: String, mode: Int = 0o600) throws {
        try text.write(toFile: file(name), atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file(name))
    }

    package func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(filePath: path)
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let said = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "openssl \(arguments): \(String(decoding: said, as: UTF8.self))")
        }
    }

    /// `NAME.pem` and `NAME.key`: an authority, a root where no issuer is given.
    ///
    /// - Parameter path: How many authorities may stand between it and a member; nil: any number.
    package func authority(_ name: String, by issuer: String? = nil, days: Int = 3650, path: Int? = nil) throws {
        let constraint = path.map { ",pathlen:\($0)" } ?? ""
        try certificate(
            name, by: issuer, days: days, extensions: "basicConstraints=critical,CA:TRUE\(constraint)\nkeyUsage=critical,keyCertSign,cRLSign")
    }

    /// `NAME.pem` and `NAME.key`: a member.
    ///
    /// - Parameter key: As `openssl genpkey` takes it.
    package func member(
        _ name: String, by issuer: String, identity: String = "spiffe://home/agent/a1", days: Int = 90,
        purposes: String? = "serverAuth,clientAuth", usage: String? = "digitalSignature", key: [String] = ["EC", "ec_paramgen_curve:P-256"]
    ) throws {
        let lines = [
            "basicConstraints=critical,CA:FALSE", purposes.map { "extendedKeyUsage=\($0)" }, usage.map { "keyUsage=critical,\($0)" },
            "subjectAltName=URI:\(identity),DNS:*.plugins.home.hector.internal",
        ]
        try certificate(name, by: issuer, days: days, key: key, extensions: lines.compactMap(\.self).joined(separator: "\n"))
    }

    /// `NAME.pem` and `NAME.key`: an HTTP server on this machine, `localhost` and 127.0.0.1.
    package func server(_ name: String, by issuer: String, days: Int = 90, purposes: String = "serverAuth") throws {
        try certificate(name, by: issuer, days: days, extensions: """
            basicConstraints=critical,CA:FALSE
            extendedKeyUsage=\(purposes)
            keyUsage=critical,digitalSignature
            subjectAltName=DNS:localhost,IP:127.0.0.1
            """)
    }

    private func certificate(
        _ name: String, by issuer: String?, days: Int, key: [String] = ["EC", "ec_paramgen_curve:P-256"], extensions: String
    ) throws {
        try write("\(name).ext", extensions + "\n")
        try openssl("genpkey", "-algorithm", key[0], "-pkeyopt", key[1], "-out", "\(name).key")
        try openssl("req", "-new", "-config", "/dev/null", "-key", "\(name).key", "-subj", "/CN=\(name)", "-out", "\(name).csr")
        if let issuer {
            try openssl(
                "x509", "-req", "-in", "\(name).csr", "-CA", "\(issuer).pem", "-CAkey", "\(issuer).key", "-days", "\(days)",
                "-set_serial", "\(Int.random(in: 1...1 << 40))", "-extfile", "\(name).ext", "-out", "\(name).pem")
        } else {
            try openssl(
                "x509", "-req", "-in", "\(name).csr", "-signkey", "\(name).key", "-days", "\(days)", "-extfile", "\(name).ext",
                "-out", "\(name).pem")
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file("\(name).key"))
    }
}
