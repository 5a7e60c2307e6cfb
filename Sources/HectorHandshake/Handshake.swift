/// What both sides of the go-plugin handshake agree on before they talk.
package enum Handshake {
    /// The environment variable that tells a plugin that a Hector host started it.
    package static let cookieKey = "HECTOR_PLUGIN"
    package static let cookieValue = "hector_plugin_v1"
    /// The version of the handshake line itself: its first field.
    package static let coreVersion = 1
    /// The versions of the plugin protocol that this code speaks, each the second field of a line.
    package static let supportedVersions: Set<Int> = [1]

    package enum Variable {
        package static let versions = "PLUGIN_PROTOCOL_VERSIONS"
        package static let minimumPort = "PLUGIN_MIN_PORT"
        package static let maximumPort = "PLUGIN_MAX_PORT"
        package static let socketDirectory = "PLUGIN_UNIX_SOCKET_DIR"
        package static let temporaryDirectory = "TMPDIR"
        package static let clientCertificate = "PLUGIN_CLIENT_CERT"
        /// Never set by us; removed from what a plugin inherits.
        package static let multiplex = "PLUGIN_MULTIPLEX_GRPC"
    }

    /// The bounds of what a foreign program may make us keep.
    package enum Limits {
        /// A line holds a path, an address and one certificate: 2 KiB in practice.
        package static let lineBytes = 16 * 1024
        /// A leaf certificate; the longest seen (P-521) is under 1 KiB.
        package static let certificateBytes = 8 * 1024
    }
}
