internal import HectorCore

/// The sockets of TCP that this machine's kernel lists in `/proc/net/tcp` and `/proc/net/tcp6` (proc_net(5)). A pure value.
struct SocketTable: Sendable, Equatable {
    /// An address and a port, IPv4 also where a socket of IPv6 has it (`::ffff:127.0.0.1`).
    struct End: Sendable, Hashable {
        /// In network order: 4 or 16 bytes.
        let address: [UInt8]
        let port: UInt16

        var isAnyAddress: Bool { address.allSatisfy { $0 == 0 } }
        /// 127.0.0.0/8, or ::1.
        var isLoopback: Bool { address.count == 4 ? address[0] == 127 : address.dropLast().allSatisfy { $0 == 0 } && address.last == 1 }
    }

    struct Socket: Sendable, Hashable {
        let local: End
        let remote: End
        let isListening: Bool
        let user: UInt32
        /// 0 for a connection that its server has not accepted yet: it has no owner then, and `user` says nothing.
        let inode: UInt64
    }

    private(set) var sockets: [Socket] = []

    init() {}

    /// Adds what one of the files lists; lines of another form are passed over.
    mutating func read(_ file: [UInt8]) {
        for line in file.split(separator: UInt8(ascii: "\n")) {
            if let socket = Self.socket(line) { sockets.append(socket) }
        }
    }

    /// Those that wait for connections at the port, at addresses that this machine itself can reach.
    func listeners(at port: UInt16) -> [Socket] {
        sockets.filter { $0.isListening && $0.local.port == port && ($0.local.isAnyAddress || $0.local.isLoopback) }
    }

    /// The server's side of a connection.
    func accepted(by server: End, from client: End) -> Socket? {
        sockets.first { !$0.isListening && $0.local == server && $0.remote == client && $0.inode != 0 }
    }

    /// `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`
    private static func socket(_ line: ArraySlice<UInt8>) -> Socket? {
        let fields = line.split(separator: UInt8(ascii: " "))
        guard fields.count >= 10, fields[0].last == UInt8(ascii: ":"), let local = end(fields[1]), let remote = end(fields[2]),
            let state = number(fields[3], radix: 16), let user = number(fields[7]).flatMap(UInt32.init(exactly:)), let inode = number(fields[9])
        else { return nil }
        return Socket(local: local, remote: remote, isListening: state == 0x0A, user: user, inode: inode)
    }

    /// `0100007F:1F90`: words of 32 bits in the order of this machine, and the port.
    private static func end(_ field: ArraySlice<UInt8>) -> End? {
        let parts = field.split(separator: UInt8(ascii: ":"))
        guard parts.count == 2, parts[0].count == 8 || parts[0].count == 32, let port = number(parts[1], radix: 16).flatMap(UInt16.init(exactly:)) else {
            return nil
        }
        var address: [UInt8] = []
        var word = parts[0].startIndex
        while word < parts[0].endIndex {
            guard let value = number(parts[0][word..<word + 8], radix: 16).flatMap(UInt32.init(exactly:)) else { return nil }
            withUnsafeBytes(of: value) { address.append(contentsOf: $0) }
            word += 8
        }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        return End(address: address.starts(with: mapped) && address.count == 16 ? Array(address.suffix(4)) : address, port: port)
    }

    private static func number(_ digits: ArraySlice<UInt8>, radix: Int = 10) -> UInt64? {
        UInt64(String(decoding: digits, as: UTF8.self), radix: radix)
    }
}
