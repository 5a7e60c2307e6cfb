import struct FoundationEssentials.Data
package import HectorCore

/// The one line that a plugin prints on stdout: where it listens and what it speaks.
///
/// `1|APP_VERSION|unix or tcp|ADDRESS|grpc|CERT`, and further fields, which are ignored.
package struct HandshakeLine: Sendable, Hashable {
    package enum Address: Sendable, Hashable {
        case unix(path: String)
        case tcp(HostPort)

        package static func tcp(host: String, port: UInt16) -> Address { .tcp(HostPort(host: host, port: port)) }
    }

    /// The version of the plugin protocol that the plugin chose.
    package var appVersion: Int
    package var address: Address
    /// The DER of the plugin's leaf certificate under AutoMTLS.
    package var certificateDER: [UInt8]?

    package init(appVersion: Int, address: Address, certificateDER: [UInt8]? = nil) {
        self.appVersion = appVersion
        self.address = address
        self.certificateDER = certificateDER
    }

    /// Reads what a plugin printed. Surrounding white space is ignored.
    package init(
        parsing line: some StringProtocol, supportedVersions: Set<Int> = Handshake.supportedVersions
    ) throws(HandshakeError) {
        let line = line.trimmed
        guard line.utf8.count <= Handshake.Limits.lineBytes else {
            throw HandshakeError(.lineTooLong, "the first line on stdout is longer than \(Handshake.Limits.lineBytes) bytes")
        }
        let fields = line.split(separator: "|", maxSplits: 6, omittingEmptySubsequences: false)
        guard fields.count >= 4, let core = Int(fields[0]) else {
            throw HandshakeError(
                .notAHandshake,
                "the first line on stdout is not a plugin handshake: \(quoted(line)). "
                    + "Print nothing on stdout before the handshake line; log on stderr")
        }
        guard core == Handshake.coreVersion else {
            throw HandshakeError(
                .coreVersion,
                "the plugin's handshake has version \(core), this host understands \(Handshake.coreVersion). "
                    + "Rebuild the plugin with a matching plugin library")
        }
        let supported = supportedVersions.sorted().map(String.init).joined(separator: ", ")
        guard let appVersion = Int(fields[1]), supportedVersions.contains(appVersion) else {
            throw HandshakeError(
                .appVersion,
                "the plugin speaks plugin protocol \(quoted(fields[1])), this host speaks \(supported). "
                    + "Use a plugin built for this version of Hector")
        }
        let spoken = fields.count > 4 ? fields[4].trimmed : "netrpc"
        guard spoken == "grpc" else {
            throw HandshakeError(
                .notGRPC,
                "the plugin speaks \(quoted(spoken)), Hector supports only gRPC. "
                    + "Set GRPCServer: plugin.DefaultGRPCServer in the plugin's ServeConfig")
        }
        self.appVersion = appVersion
        address = try Address(network: fields[2], fields[3])
        certificateDER = fields.count > 5 ? try Self.certificate(fields[5]) : nil
    }

    /// The line as a plugin prints it, without its newline.
    package var text: String {
        let certificate = certificateDER.map { Data($0).base64EncodedString().prefix { $0 != "=" } } ?? ""
        return "\(Handshake.coreVersion)|\(appVersion)|\(address.network)|\(address)|grpc|\(certificate)"
    }

    private static func certificate(_ field: Substring) throws(HandshakeError) -> [UInt8]? {
        let field = field.trimmed
        // As go-plugin has it: anything this short is no certificate.
        guard field.utf8.count > 50 else { return nil }
        let padding = String(repeating: "=", count: (4 - field.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: field + padding), data.count <= Handshake.Limits.certificateBytes else {
            throw HandshakeError(
                .certificate,
                "the certificate in the plugin's handshake is not unpadded base64 of a DER certificate: \(quoted(field))")
        }
        return [UInt8](data)
    }
}

extension HandshakeLine.Address: CustomStringConvertible {
    fileprivate init(network: Substring, _ text: Substring) throws(HandshakeError) {
        switch network.trimmed {
        case "unix":
            let path = String(text)
            // sun_path holds 108 bytes with the terminating zero.
            guard path.hasPrefix("/"), path.utf8.count < 108, !path.utf8.contains(0) else {
                throw HandshakeError(
                    .address,
                    "the plugin listens on the unix socket \(quoted(path)), which is not an absolute path under 108 bytes")
            }
            self = .unix(path: path)
        case "tcp":
            let text = text.trimmed
            guard let address = HostPort(text), address.port > 0 else {
                let form = text.first == ":" ? "names no host. Print 127.0.0.1\(singleLine(text, limit: 120))" : "is not HOST:PORT or [IPV6]:PORT"
                throw HandshakeError(.address, "the plugin listens on \(quoted(text)), which \(form)")
            }
            self = .tcp(address)
        case let other:
            throw HandshakeError(.address, "the plugin listens on a \(quoted(other)) network; Hector supports unix and tcp")
        }
    }

    fileprivate var network: String {
        switch self {
        case .unix: "unix"
        case .tcp: "tcp"
        }
    }

    package var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let address): "\(address)"
        }
    }
}
