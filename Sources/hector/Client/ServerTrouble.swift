import AsyncHTTPClient
import Glibc
import HectorCore
import NIOCore
import NIOHTTP1
import NIOPosix

/// Why a server did not answer at all, and what to do.
struct ServerTrouble: CustomStringConvertible {
    let description: String

    /// - Parameters:
    ///   - server: Its address, as it was given.
    ///   - timeout: How long it had.
    init(_ error: any Error, from server: String, within timeout: TimeAmount) {
        let isTLS = server.lowercased().hasPrefix("https:")
        description =
            switch error {
            case let error as NIOConnectionError: Self.unconnected(error, server)
            case let error as IOError: Self.refused(error.errnoCode, server)
            case let error as HTTPClientError where error == .connectTimeout: Self.silent(server)
            case let error as HTTPClientError where [.deadlineExceeded, .readTimeout].contains(error):
                "\(server) accepts connections, but has not answered within \(timeout.nanoseconds / 1_000_000_000) s: is it overloaded or stopped?"
            case let error as HTTPClientError where error == .remoteConnectionClosed:
                "\(server) closed the connection without an answer: is it `hector serve`\(isTLS ? "" : ", and not an address that needs https://")?"
            case is HTTPParserError:
                "\(server) does not speak HTTP: is it the address of another program\(isTLS ? "" : ", or one that needs https://")?"
            default:
                isTLS
                    ? "no TLS connection to \(server): \(Self.reason("\(error)"))"
                    : "the request to \(server) failed: \(singleLine("\(error)"))"
            }
    }

    /// The readable part of BoringSSL's errors; the rest is about its source files.
    private static func reason(_ error: String) -> String {
        guard let code = error.firstMatch(of: /OPENSSL_internal:([A-Z0-9_]+)/)?.output.1 else { return singleLine(error) }
        return switch code {
        case "WRONG_VERSION_NUMBER", "HTTP_REQUEST": "it does not speak TLS: use http://, or set server.tls there"
        case "CERTIFICATE_VERIFY_FAILED": "its certificate is not trusted here, or has another name: name the file of its authority with --ca or HECTOR_CA"
        default: code.lowercased().replacing("_", with: " ")
        }
    }

    private static func silent(_ server: String) -> String {
        "\(server) does not answer: check that the machine is on, that the address is right, and that no firewall blocks it"
    }

    private static func unconnected(_ error: NIOConnectionError, _ server: String) -> String {
        if error.connectionErrors.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
            return "the host name in \(server) cannot be resolved: correct --server or HECTOR_SERVER"
        }
        // One of several addresses that refuses says more than one that is silent.
        let codes = error.connectionErrors.compactMap { ($0.error as? IOError)?.errnoCode }
        guard let code = codes.first(where: { $0 == ECONNREFUSED }) ?? codes.first else { return silent(server) }
        return refused(code, server)
    }

    private static func refused(_ code: CInt, _ server: String) -> String {
        code == ECONNREFUSED
            ? "hector serve is not reachable at \(server): nothing listens there. Start it with `hector serve`, or pass --server."
            : "\(server) cannot be reached: \(String(cString: strerror(code)))"
    }
}
