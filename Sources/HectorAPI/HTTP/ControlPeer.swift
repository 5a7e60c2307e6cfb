import Glibc
import HectorCore
import NIOCore

extension ControlPeer {
    /// Fails with `Refused` where the user at the other end is neither this process's nor root.
    static func check(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let options = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        return options.unsafeGetSocketOption(level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)).flatMapThrowing { (peer: ControlPeer) in
            try peer.check()
        }
    }
}
