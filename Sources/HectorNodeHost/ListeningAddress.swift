internal import Glibc
internal import HectorConfig
internal import HectorCore
internal import HectorRPC
internal import NIOCore

/// Where the node listens, on a machine that may have one family of addresses only.
struct ListeningAddress: Sendable, Equatable {
    /// Never empty; several for `localhost`, which is one address in each family.
    let endpoints: [Endpoint]
    /// Whether only programs of this machine reach it.
    let isThisMachineOnly: Bool

    /// What this machine's network can do.
    struct System: Sendable {
        /// Whether a socket can be bound to an IPv6 address, `::` or `::1`.
        let hasIPv6: @Sendable (String) -> Bool
        /// The numeric addresses of a name; none where it has none.
        let addresses: @Sendable (String) -> [String]
    }

    /// - Parameter isStandard: Whether the address is the default, which may be replaced by another.
    /// - Throws: `ListeningError` where an IPv6 address is asked for and the machine has none.
    init(_ configured: HostPort, isStandard: Bool, system: System) throws(ListeningError) {
        let port = configured.port
        switch configured.host.lowercased() {
        case let host where host.contains(":"):
            let probe = host == "::" ? "::" : "::1"
            if system.hasIPv6(probe) {
                endpoints = [.tcp(host: host, port: port)]
            } else if isStandard {
                endpoints = [.tcp(host: "0.0.0.0", port: port)]
            } else {
                throw ListeningError("IPv6 is off here, so the node cannot listen on \(configured): use \(host == "::1" ? "127.0.0.1" : "0.0.0.0"):\(port)")
            }
        case "localhost":
            // The two must have the same port: where the system chooses it, only one gets it.
            let both = port != 0 && system.hasIPv6("::1")
            endpoints = [.tcp(host: "127.0.0.1", port: port)] + (both ? [.tcp(host: "::1", port: port)] : [])
        case let host: endpoints = [.tcp(host: host, port: port)]
        }
        // Debian's 127.0.1.1: a machine's own name may be loopback.
        let hosts = configured.isLoopback ? [] : system.addresses(configured.host)
        isThisMachineOnly = configured.isLoopback || !hosts.isEmpty && hosts.allSatisfy { HostPort(host: $0, port: port).isLoopback }
    }
}

/// The node cannot listen: why, and what to do.
struct ListeningError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = "agent.listen: \(description)" }

    /// What a failed bind means; nil where it was something else.
    init?(_ error: any Error, at endpoint: Endpoint) {
        guard let cause = (error as? ConnectionError)?.cause as? IOError else { return nil }
        switch cause.errnoCode {
        case EADDRINUSE: self.init("cannot listen on \(endpoint): the port is in use. Is another hector-plugin-agent running? Stop it, or choose another port")
        case EACCES: self.init("cannot listen on \(endpoint): ports below 1024 need the right to bind them (CAP_NET_BIND_SERVICE); choose another")
        case EADDRNOTAVAIL: self.init("cannot listen on \(endpoint): this machine has no such address; use one that it has, or [::] or 0.0.0.0 for all of them")
        case EAFNOSUPPORT: self.init("cannot listen on \(endpoint): this machine does not support that address family")
        default: return nil
        }
    }
}

extension ListeningAddress.System {
    static let real = Self(
        hasIPv6: { host in
            let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            guard inet_pton(AF_INET6, host, &address.sin6_addr) == 1 else { return false }
            return withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
                }
            }
        },
        addresses: { name in
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var first: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(name, nil, &hints, &first) == 0 else { return [] }
            defer { freeaddrinfo(first) }
            var found: [String] = []
            var next = first
            while let entry = next?.pointee {
                var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
                if getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
                    found.append(text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" })
                }
                next = entry.ai_next
            }
            return found
        })
}
