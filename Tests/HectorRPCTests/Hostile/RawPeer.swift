import HectorRPC
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization

/// A peer that sends whatever it is told to, and notes what comes back.
final class RawPeer: Sendable {
    struct Frame: Sendable {
        var kind: UInt8
        var flags: UInt8
        var stream: UInt32
        var payload: [UInt8]

        /// The error code of RST_STREAM or GOAWAY.
        var code: UInt32? {
            let at = kind == Raw.Kind.goAway.rawValue ? 4 : 0
            guard payload.count >= at + 4 else { return nil }
            return payload[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    let channel: any Channel
    private let notes: Notes

    private init(_ channel: any Channel, _ notes: Notes) {
        self.channel = channel
        self.notes = notes
    }

    static func connect(to path: String, on group: any EventLoopGroup, reads: Bool = true) async throws -> RawPeer {
        let notes = Notes()
        let channel = try await ClientBootstrap(group: group)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { $0.pipeline.addHandler(notes) }
            .connect(unixDomainSocketPath: path).get()
        return RawPeer(channel, notes)
    }

    /// Waits for whoever connects first.
    static func listen(at path: String, on group: any EventLoopGroup, _ body: @escaping @Sendable (RawPeer) -> Void) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                let notes = Notes()
                return channel.pipeline.addHandler(notes).map { body(RawPeer(channel, notes)) }
            }
            .bind(unixDomainSocketPath: path).get()
    }

    /// Sends, and returns when the kernel has taken it. False once the other side has closed.
    @discardableResult
    func send(_ bytes: [UInt8]) async -> Bool {
        do {
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
            return true
        } catch {
            return false
        }
    }

    /// Sends again and again until the other side has closed, or until so many bytes are sent.
    func flood(_ bytes: [UInt8], atMost: Int = 64 << 20) async -> Int {
        var sent = 0
        while sent < atMost, channel.isActive {
            guard await send(bytes) else { break }
            sent += bytes.count
        }
        return sent
    }

    var frames: [Frame] { notes.frames }

    func goAwayCode() -> UInt32? { frames.last { $0.kind == Raw.Kind.goAway.rawValue }?.code }

    func resets(of stream: UInt32) -> [UInt32] {
        frames.filter { $0.kind == Raw.Kind.reset.rawValue && $0.stream == stream }.compactMap(\.code)
    }

    /// Waits until what has come is as asked for; false when that takes more than ten seconds.
    func has(_ condition: @Sendable (RawPeer) -> Bool) async -> Bool {
        for _ in 0..<2000 {
            if condition(self) { return true }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return condition(self)
    }

    /// Whether the other side closes within ten seconds.
    func isClosed() async -> Bool { await has { !$0.channel.isActive } }

    func close() async { try? await channel.close() }

    private final class Notes: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        private let received = Mutex<(bytes: ByteBuffer, frames: [Frame])>((ByteBuffer(), []))
        var frames: [Frame] { received.withLock { $0.frames } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var buffer = unwrapInboundIn(data)
            received.withLock { state in
                state.bytes.writeBuffer(&buffer)
                // What a client says before its frames.
                if state.frames.isEmpty, state.bytes.readableBytesView.starts(with: Raw.preface) {
                    state.bytes.moveReaderIndex(forwardBy: Raw.preface.count)
                }
                while let head = state.bytes.getBytes(at: state.bytes.readerIndex, length: 9) {
                    let length = head[..<3].reduce(0) { $0 << 8 | Int($1) }
                    guard state.bytes.readableBytes >= 9 + length else { break }
                    state.bytes.moveReaderIndex(forwardBy: 9)
                    let payload = state.bytes.readBytes(length: length) ?? []
                    // Floods bring millions back.
                    guard state.frames.count < 20_000 else { continue }
                    state.frames.append(Frame(kind: head[3], flags: head[4], stream: head[5...].reduce(0) { $0 << 8 | UInt32($1) }, payload: payload))
                }
                state.bytes.discardReadBytes()
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
