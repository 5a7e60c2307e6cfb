import Glibc
import HectorConfig
import HectorCore
import NIOCore

/// Why `hector serve` cannot listen, and what to do.
struct ListeningFailure: CustomStringConvertible {
    let description: String

    /// - Parameters:
    ///   - error: What the front threw before it listened; one of another origin is only put into words.
    ///   - key: The key of the configuration that has the address.
    init(_ error: any Error, at address: HostPort, key: String = "server.listen") {
        let advice: String
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            advice = key == "server.ollama"
                ? "already in use: is Ollama running? Stop it, or set \(key) to another port"
                : "already in use: is another `hector serve` running? Stop it, or set \(key) to another port"
        case EACCES, EPERM:
            advice = address.port < 1024 && address.port > 0
                ? "permission denied: ports below 1024 are reserved for root; set \(key) to a higher one"
                : "permission denied: a security policy of this machine forbids it"
        case EADDRNOTAVAIL:
            advice = "this machine has no such address: set \(key) to one of its own, or to 127.0.0.1:\(address.port)"
        case EAFNOSUPPORT:
            advice = address.isIPv6
                ? "IPv6 is off on this machine: set \(key) to 127.0.0.1:\(address.port), or to 0.0.0.0:\(address.port)"
                : "this machine does not support that address family"
        case let code?:
            advice = String(cString: strerror(code))
        case nil:
            guard error is SocketAddressError.UnknownHost else {
                description = "\(error)"
                return
            }
            advice = "the name cannot be resolved: correct \(key), or add the name to /etc/hosts or DNS"
        }
        description = "cannot listen on \(address): \(advice)"
    }
}
