/// What a host tells the plugin that it starts.
package struct HostSide: Sendable, Hashable {
    package var versions: Set<Int>
    package var ports: ClosedRange<UInt16>
    /// A directory that belongs to this one plugin; its sockets go there.
    package var socketDirectory: String
    /// Another one, for its temporary files. Older plugins put their socket there.
    package var temporaryDirectory: String
    /// The host's certificate under AutoMTLS.
    package var clientCertificatePEM: String?

    package init(
        socketDirectory: String, temporaryDirectory: String? = nil, clientCertificatePEM: String? = nil,
        versions: Set<Int> = Handshake.supportedVersions, ports: ClosedRange<UInt16> = 10_000...25_000
    ) {
        self.versions = versions
        self.ports = ports
        self.socketDirectory = socketDirectory
        self.temporaryDirectory = temporaryDirectory ?? socketDirectory
        self.clientCertificatePEM = clientCertificatePEM
    }

    /// The environment of the plugin: what it inherits, with the handshake's own variables replaced.
    package func environment(inheriting inherited: [String: String]) -> [String: String] {
        var environment = inherited
        environment[Handshake.Variable.multiplex] = nil
        environment[Handshake.cookieKey] = Handshake.cookieValue
        environment[Handshake.Variable.versions] = versions.sorted().map(String.init).joined(separator: ",")
        environment[Handshake.Variable.minimumPort] = String(ports.lowerBound)
        environment[Handshake.Variable.maximumPort] = String(ports.upperBound)
        environment[Handshake.Variable.socketDirectory] = socketDirectory
        environment[Handshake.Variable.temporaryDirectory] = temporaryDirectory
        environment[Handshake.Variable.clientCertificate] = clientCertificatePEM
        return environment
    }
}
