import Glibc
import HectorCore
import NIOCore

/// The user at the other end of a control socket: the kernel's word (SO_PEERCRED, unix(7)), as it was when the client connected.
struct ControlPeer: Sendable {
    /// `struct ucred` of the kernel.
    private struct Credentials: Sendable {
        var process: Int32 = 0
        var user: UInt32 = 0
        var group: UInt32 = 0
    }

    struct Refused: Error {
        let user: UInt32
    }

    /// Fails with `Refused` where the user at the other end is neither this process's nor root.
    static func check(_ channel: any Channel, user: UInt32 = geteuid()) -> EventLoopFuture<Void> {
        guard let options = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        return options.unsafeGetSocketOption(level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)).flatMapThrowing { (peer: Credentials) in
            guard peer.user == user || peer.user == 0 else { throw Refused(user: peer.user) }
        }
    }
}
