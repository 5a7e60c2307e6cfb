/// How a plugin was started, read from its environment.
package enum PluginSide: Sendable, Hashable {
    /// No host: print the explanation on stderr and exit with status 1.
    case byHand(explanation: String)
    case underHost(Settings)

    package struct Settings: Sendable, Hashable {
        /// The version of the plugin protocol to speak, and to print in the handshake line.
        package var appVersion: Int
        /// Where to put the socket.
        package var socketDirectory: String
        /// AutoMTLS: the only client certificate to accept.
        package var clientCertificatePEM: String?

        package init(
            appVersion: Int, socketDirectory: String, clientCertificatePEM: String? = nil
        ) {
            self.appVersion = appVersion
            self.socketDirectory = socketDirectory
            self.clientCertificatePEM = clientCertificatePEM
        }
    }

    package init(environment: [String: String], supportedVersions: Set<Int> = Handshake.supportedVersions) {
        guard environment[Handshake.cookieKey] == Handshake.cookieValue else {
            self = .byHand(
                explanation: """
                    This program is a Hector plugin: it is not meant to be started by hand.
                    Name it in hector.yaml (plugins: …, path: THIS FILE) and run: hector serve --config hector.yaml
                    """)
            return
        }
        let offered = (environment[Handshake.Variable.versions] ?? "").split(separator: ",").compactMap { Int($0.trimmed) }
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        self = .underHost(
            Settings(
                // Without a common version the plugin names its own lowest one, and the host says why it refuses.
                appVersion: supportedVersions.intersection(offered).max() ?? supportedVersions.min() ?? Handshake.coreVersion,
                socketDirectory: value(Handshake.Variable.socketDirectory)
                    ?? value(Handshake.Variable.temporaryDirectory) ?? "/tmp",
                clientCertificatePEM: value(Handshake.Variable.clientCertificate)))
    }
}
