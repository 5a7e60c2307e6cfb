import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import HectorRPC

/// TLS under an HTTP server, against a client's engine, without a socket.
struct WebTLSTests {
    /// One connection of a server that gives back what it gets, in capitals.
    private final class Connection {
        let channel: EmbeddedChannel
        let client: Side
        /// What the server sends as it stands, before the client decrypts it.
        private(set) var raw: [UInt8] = []

        init(_ client: TLSConfiguration, server: TLSIdentity) throws {
            let loop = EmbeddedEventLoop()
            let handler = try WebTLS(server).handler(on: loop, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            channel = EmbeddedChannel(loop: loop)
            try channel.pipeline.syncOperations.addHandlers([handler, Capitals()])
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
            self.client = try Side(.client, client)
        }

        /// Carries bytes both ways, in pieces, until both sides are silent.
        func converse(pieces: Int = .max) throws {
            while true {
                var there = Array(client.engine.takeOutput().readableBytesView)[...]
                let isSilent = there.isEmpty
                while !there.isEmpty {
                    try channel.writeInbound(ByteBuffer(bytes: there.prefix(pieces)))
                    there = there.dropFirst(pieces)
                }
                let back = try takeOutput()
                if isSilent, back.isEmpty { return }
                var rest = back[...]
                while !rest.isEmpty {
                    try client.take(rest.prefix(pieces))
                    rest = rest.dropFirst(pieces)
                }
            }
        }

        func takeOutput() throws -> [UInt8] {
            var bytes: [UInt8] = []
            while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += Array(buffer.readableBytesView) }
            raw += bytes
            return bytes
        }
    }

    private final class Capitals: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = IOData

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data)).uppercased()
            // In two writes, as an answer with its head and body.
            context.write(wrapOutboundOut(.byteBuffer(ByteBuffer(string: String(text.prefix(1))))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer(string: String(text.dropFirst())))), promise: nil)
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard case ChannelEvent.inputClosed = event else { return }
            context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer(string: "BYE"))), promise: nil)
            context.close(promise: nil)
        }
    }

    private let server: TLSIdentity
    private let configuration: TLSConfiguration

    init() throws {
        server = try TLSIdentity.selfSigned(now: 1_780_000_000)
        var configuration = TLSConfiguration(
            identity: try TLSIdentity.selfSigned(now: 1_780_000_000), trust: .exactly(der: try server.leafDER()), serverName: "localhost",
            verifiesServerName: true)
        configuration.applicationProtocol = .http1
        self.configuration = configuration
    }

    @Test(arguments: [Int.max, 1, 7]) func `What a client sends arrives, and what it gets is encrypted`(pieces: Int) throws {
        let connection = try Connection(configuration, server: server)
        try connection.client.engine.start()
        try connection.converse(pieces: pieces)
        #expect(connection.client.progress == .open)
        let text = (0..<20_000).map { _ in UInt8(ascii: "h") }
        try connection.client.send(text)
        try connection.converse(pieces: pieces)
        #expect(connection.client.received == text.map { $0 - 32 })
        #expect(!connection.raw.contains(sequence: Array("HHHHHH".utf8)))
        #expect(connection.channel.isActive)
    }

    @Test func `A client that says goodbye still gets its answer`() throws {
        let connection = try Connection(configuration, server: server)
        try connection.client.engine.start()
        try connection.converse()
        connection.client.engine.close()
        // As a socket: the goodbye, then the end of the stream.
        try connection.channel.writeInbound(connection.client.engine.takeOutput())
        connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!connection.channel.isActive)
        // One answer, although the end was told twice.
        let back = try connection.takeOutput()
        #expect(try #require(back.first) == 23)
        #expect(back.count < 100)
    }

    @Test(arguments: ["GET / HTTP/1.1\r\n\r\n", "POST", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "get"])
    func `A client without TLS is told so, and let go a second later`(text: String) throws {
        let connection = try Connection(configuration, server: server)
        try connection.channel.writeInbound(ByteBuffer(string: text))
        let answer = String(decoding: try connection.takeOutput(), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        let parts = answer.split(separator: "\r\n\r\n", omittingEmptySubsequences: false)
        #expect(parts.count == 2)
        #expect(parts.last?.contains("\"message\":\"This address needs TLS: use https.\"") == true)
        #expect(answer.contains("content-length: \(parts.last?.utf8.count ?? 0)\r\n"))
        // What else it sends is thrown away.
        try connection.channel.writeInbound(ByteBuffer(string: "host: localhost\r\n\r\n"))
        connection.channel.embeddedEventLoop.advanceTime(by: WebTLSHandler.lingerTime)
        #expect(!connection.channel.isActive)
        #expect(try connection.takeOutput().isEmpty)
    }

    @Test(arguments: [[], [22], [22, 3, 1, 2, 0], [22, 3, 1, 0x40, 0, 1]] as [[UInt8]])
    func `A handshake that does not go on ends the connection in its time`(bytes: [UInt8]) throws {
        let connection = try Connection(configuration, server: server)
        if !bytes.isEmpty { try connection.channel.writeInbound(ByteBuffer(bytes: bytes)) }
        let limit = TimeAmount(RPCLimits().handshakeTimeout)
        connection.channel.embeddedEventLoop.advanceTime(by: limit - .nanoseconds(1))
        #expect(connection.channel.isActive)
        connection.channel.embeddedEventLoop.advanceTime(by: .nanoseconds(1))
        #expect(!connection.channel.isActive)
    }

    @Test(arguments: [[0], [22, 9, 9, 9, 9, 9], [0x80, 0x2e, 1, 3, 1], [255, 255]] as [[UInt8]])
    func `What is neither TLS nor HTTP is refused, and harms nobody`(bytes: [UInt8]) throws {
        let connection = try Connection(configuration, server: server)
        try connection.channel.writeInbound(ByteBuffer(bytes: bytes + Array(repeating: 0, count: 64)))
        connection.channel.embeddedEventLoop.advanceTime(by: TimeAmount(RPCLimits().handshakeTimeout))
        #expect(!connection.channel.isActive)
        #expect(!String(decoding: try connection.takeOutput(), as: UTF8.self).contains("HTTP/1.1 200"))
    }

    @Test func `A client that speaks HTTP/2 only is refused in the handshake`() throws {
        var client = configuration
        client.applicationProtocol = .http2
        let connection = try Connection(client, server: server)
        try connection.client.engine.start()
        let error = #expect(throws: TLSError.self) { try connection.converse() }
        #expect("\(error.map(String.init(describing:)) ?? "")".contains("protocol"))
        #expect(!connection.channel.isActive)
    }

    @Test func `A broken record ends the connection with an alert`() throws {
        let connection = try Connection(configuration, server: server)
        try connection.client.engine.start()
        try connection.converse()
        try connection.client.send(Array("hello".utf8))
        var bytes = Array(connection.client.engine.takeOutput().readableBytesView)
        bytes[bytes.count - 1] ^= 1
        try connection.channel.writeInbound(ByteBuffer(bytes: bytes))
        #expect(!connection.channel.isActive)
        let back = try connection.takeOutput()
        let error = #expect(throws: TLSError.self) { try connection.client.take(back[...]) }
        #expect("\(error.map(String.init(describing:)) ?? "")".contains("bad record mac"))
        #expect(connection.client.received.isEmpty)
    }
}

extension Array where Element == UInt8 {
    fileprivate func contains(sequence: [UInt8]) -> Bool {
        guard count >= sequence.count else { return false }
        return (0...(count - sequence.count)).contains { self[$0..<($0 + sequence.count)].elementsEqual(sequence) }
    }
}
