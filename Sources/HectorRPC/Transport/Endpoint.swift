package import HectorCore

/// Where a program listens.
package enum Endpoint: Sendable, Hashable, CustomStringConvertible {
    case unix(path: String)
    case tcp(HostPort)

    package static func tcp(host: String, port: UInt16) -> Endpoint { .tcp(HostPort(host: host, port: port)) }

    package var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let address): "\(address)"
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
