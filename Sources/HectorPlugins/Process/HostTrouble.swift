import Glibc
import HectorRPC
import NIOCore
import NIOPosix

/// Something that this process or machine lacks. It is the reason why a plugin cannot be started or reached now, and no
/// fault of the plugin.
struct HostTrouble: Sendable, Equatable, CustomStringConvertible {
    private let number: CInt

    /// Nil for an errno that says something else.
    init?(_ number: CInt) {
        guard Self.advice[number] != nil else { return nil }
        self.number = number
    }

    /// Why a connection could not be made; nil where the reason lies with the peer.
    init?(_ failure: ConnectionError) {
        let cause = (failure.cause as? NIOConnectionError)?.connectionErrors.first?.error ?? failure.cause
        // A plugin whose queue of connections is full looks like this, too.
        guard let number = (cause as? IOError)?.errnoCode, number != EAGAIN else { return nil }
        self.init(number)
    }

    var description: String {
        "this machine is out of a resource: \(String(cString: strerror(number))). \(Self.advice[number, default: ""])"
    }

    private static let advice: [CInt: String] = [
        EMFILE: "Raise its limit of open files (LimitNOFILE=, ulimit -n)",
        ENFILE: "Raise the machine's limit of open files (sysctl fs.file-max)",
        EAGAIN: "Raise its limit of processes (TasksMax=, ulimit -u, the container's pids limit)",
        ENOMEM: "Free memory, or raise its limit",
        ENOBUFS: "Free memory, or raise its limit",
        ENOSPC: "Free disk space",
        EDQUOT: "Free disk space, or raise its user's quota",
        EADDRNOTAVAIL: "No local port is free",
    ]
}
