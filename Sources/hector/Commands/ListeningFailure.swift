import Glibc
import HectorConfig
import HectorCore
import NIOCore

/// Why `hector serve` cannot listen, and what to do.
struct ListeningFailure: CustomStringConvertible {
    let description: String

    /// - Parameter error: What the front threw before it listened; one of another origin is only put into words.
    init(_ error: any Error, at address: HostPort) {
        let advice: String
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            advice = "already in use: is another `hector serve` running? Stop it, or set server.listen to another port"
        case EACCES, EPERM:
            advice = address.port < 1024 && address.port > 0
                ? "permission denied: ports below 1024 are reserved for root; set server.listen to a higher one"
                : "permission denied: a security policy of this machine forbids it"
        case EADDRNOTAVAIL:
            advice = "this machine has no such address: set server.listen to one of its own, or to 127.0.0.1:\(address.port)"
        case EAFNOSUPPORT:
            advice = address.isIPv6
                ? "IPv6 is off on this machine: set server.listen to 127.0.0.1:\(address.port), or to 0.0.0.0:\(address.port)"
                : "this machine does not support that address family"
        case let code?:
            advice = String(cString: strerror(code))
        case nil:
            guard error is SocketAddressError.UnknownHost else {
                description = "\(error)"
                return
            }
            advice = "the name cannot be resolved: correct server.listen, or add the name to /etc/hosts or DNS"
        }
        description = "cannot listen on \(address): \(advice)"
    }
}
