internal import Glibc
internal import NIOCore

extension Channel {
    /// TCP finds out whether the peer's machine is there: a connection to one that is not ends within three seconds, idle or with data
    /// on its way. Of no effect on a unix socket, which needs none of it.
    func watchPeerByTCP() {
        let options: [(level: CInt, name: CInt, value: SocketOptionValue)] = [
            (SOL_SOCKET, SO_KEEPALIVE, 1),
            // Seconds of silence before the first probe, between two, and how many may go unanswered (tcp(7)).
            (CInt(IPPROTO_TCP), TCP_KEEPIDLE, 1), (CInt(IPPROTO_TCP), TCP_KEEPINTVL, 1), (CInt(IPPROTO_TCP), TCP_KEEPCNT, 2),
            // Milliseconds for what was sent to be acknowledged.
            (CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, 3_000),
        ]
        for option in options {
            let socketOption = ChannelOptions.Types.SocketOption(
                level: SocketOptionLevel(option.level), name: SocketOptionName(option.name))
            setOption(socketOption, value: option.value).whenComplete { _ in }
        }
    }
}
