/// Where a program listens.
package enum Endpoint: Sendable, Hashable, CustomStringConvertible {
    case unix(path: String)
    /// A host name or address, IPv6 without brackets and with its scope where it is link-local.
    case tcp(host: String, port: Int)

    package var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}

/// How a connection is protected.
package enum ConnectionSecurity: Sendable {
    /// For unix sockets and loopback only.
    case plaintext
    case mutualTLS(TLSConfiguration)

    /// What connections share; nil for plaintext.
    func context(_ role: TLSContext.Role) throws(ConnectionError) -> TLSContext? {
        guard case .mutualTLS(let configuration) = self else { return nil }
        do {
            return try TLSContext(role, configuration)
        } catch {
            throw ConnectionError(.security, error.message, cause: error)
        }
    }
}
