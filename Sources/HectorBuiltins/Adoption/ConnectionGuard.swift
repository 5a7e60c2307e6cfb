internal import HectorCore
internal import HectorPlugin
import NIOCore
#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Lets only programs of root, of this user, and of some others be talked to: who connects to a port of this machine may find anybody's
/// program there. Looked up is who has accepted the very connection, whatever listened before.
struct ConnectionGuard: Sendable {
    /// Users by their numbers.
    let allowed: Set<UInt32>
    private let timing: Timing
    private let limits: BuiltinLimits
    private let table: @Sendable () -> SocketTable

    init(allowed: Set<UInt32>, timing: Timing, limits: BuiltinLimits, table: @escaping @Sendable () -> SocketTable = { .now() }) {
        self.allowed = allowed
        self.timing = timing
        self.limits = limits
        self.table = table
    }

    /// Root, this program's own user, and those of the names that exist here.
    static func users(_ names: [String]) -> Set<UInt32> { Set([0, geteuid()] + names.compactMap(Self.user)) }

    private static func user(named name: String) -> UInt32? {
        var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.pw_uid
    }

    /// - Throws: `ProviderError` where somebody else has accepted the connection; it is closed then.
    func admit(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let server = channel.remoteAddress.flatMap(SocketTable.End.init), let client = channel.localAddress.flatMap(SocketTable.End.init) else {
            return channel.eventLoop.makeFailedFuture(ProviderError(.unavailable, "the connection has no addresses"))
        }
        let promise = channel.eventLoop.makePromise(of: Void.self)
        promise.completeWithTask { try await check(server, client) }
        promise.futureResult.whenFailure { _ in channel.close(promise: nil) }
        return promise.futureResult
    }

    func check(_ server: SocketTable.End, _ client: SocketTable.End) async throws {
        let end = timing.now().advanced(by: limits.acceptTime)
        while true {
            if let socket = table().accepted(by: server, from: client) {
                guard !allowed.contains(socket.user) else { return }
                throw ProviderError(
                    .permissionDenied,
                    "the program at port \(server.port) belongs to the user \(userName(socket.user)), who is not among adopt.users: it is not asked")
            }
            // A server that is busy accepts later; until then nobody knows whose it is.
            guard timing.now() < end else {
                throw ProviderError(.unavailable, "the program at port \(server.port) does not accept connections")
            }
            try await timing.sleep(for: limits.acceptPause)
        }
    }
}

/// For people: the name, or the number where it has none.
func userName(_ user: UInt32) -> String {
    var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
    var buffer = [CChar](repeating: 0, count: 16 << 10)
    guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name else { return "\(user)" }
    return String(cString: name)
}

extension SocketTable {
    /// What the kernel lists now.
    static func now() -> SocketTable {
        var table = SocketTable()
        for path in ["/proc/net/tcp", "/proc/net/tcp6"] {
            if let file = try? contents(ofFile: path, upTo: BuiltinLimits().socketTableBytes) { table.read(file) }
        }
        return table
    }

    /// The inodes of the sockets that the process has; of another user's process none can be seen.
    static func sockets(ofProcess process: String) -> Set<UInt64> {
        var inodes: Set<UInt64> = []
        for name in names(inFolder: "/proc/\(process)/fd") ?? [] {
            var target = [CChar](repeating: 0, count: 64)
            let length = readlink("/proc/\(process)/fd/\(name)", &target, target.count)
            guard length > 0 else { continue }
            let text = String(decoding: target[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
            guard text.hasPrefix("socket:["), let inode = UInt64(text.dropFirst("socket:[".count).dropLast()) else { continue }
            inodes.insert(inode)
        }
        return inodes
    }
}

extension SocketTable.End {
    init?(_ address: SocketAddress) {
        guard let port = address.port.flatMap(UInt16.init(exactly:)) else { return nil }
        // Where struct sockaddr_in (ip(7)) and struct sockaddr_in6 (ipv6(7)) have the address.
        let place: Range<Int>
        switch address {
        case .v4: place = 4..<8
        case .v6: place = 8..<24
        case .unixDomainSocket: return nil
        }
        let bytes = address.withSockAddr { start, size in
            place.upperBound <= size ? Array(UnsafeRawBufferPointer(start: start, count: size)[place]) : []
        }
        self.init(address: bytes, port: port)
    }
}
