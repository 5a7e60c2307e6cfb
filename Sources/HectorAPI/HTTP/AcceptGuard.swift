import Glibc
import HectorCore
import Logging
import NIOCore

/// Stops accepting for a moment when the system has no descriptor or memory for another connection: without it the event
/// loop would try again at once, for ever. Connections that have been idle for longest make room.
final class AcceptGuard: ChannelInboundHandler, Sendable {
    typealias InboundIn = any Channel

    private let connections: Connections
    private let pause: TimeAmount
    private let log: Logger

    init(connections: Connections, pause: TimeAmount = .milliseconds(250), log: Logger) {
        self.connections = connections
        self.pause = pause
        self.log = log
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        // Other errors are one client's, who went before it was accepted.
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else { return }
        log.debug("A connection cannot be accepted", metadata: ["error": "\(singleLine("\(error)"))"])
        connections.closeOldestIdle(16)
        let channel = context.channel
        // Not a `read` less, but no interest in the socket: NIO keeps a read that failed pending.
        channel.setOption(.autoRead, value: false).whenSuccess {
            channel.eventLoop.scheduleTask(in: self.pause) {
                channel.setOption(.autoRead, value: true).whenComplete { _ in }
            }
        }
    }
}
