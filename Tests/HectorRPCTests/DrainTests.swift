import HectorProto
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorRPC

/// A connection that drains gives every call under way its whole answer.
@Suite(.timeLimit(.minutes(1)))
struct DrainTests {
    /// The answer is larger than what the socket takes at once: the last of it must not be lost with the connection.
    @Test(arguments: [false, true]) func anAnswerThatIsStillBeingReadArrivesWhole(tls: Bool) async throws {
        let server = Mutex<RPCServer?>(nil)
        let large = Text(String(repeating: "x", count: 3_000_000))
        let leaving: (inout RPCServices) -> Void = { services in
            services.unary(Echo.hang) { _, _ in
                server.withLock { $0 }?.shutDown(grace: .seconds(50))
                return large
            }
        }
        for _ in 0..<10 {
            try await withEcho(tls: tls, services: leaving) { client, made in
                server.withLock { $0 = made }
                try await #expect(client.unary(Echo.hang, Text("")) == large)
            }
        }
    }

    /// The client says goodbye while the answer is on its way: the server closes when it has sent all, and not before that is read.
    @Test(arguments: [false, true]) func anAnswerToWhoSaidGoodbyeArrivesWhole(tls: Bool) async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let large = Text(String(repeating: "x", count: 3_000_000))
        let slow: (inout RPCServices) -> Void = { services in
            services.unary(Echo.hang) { _, _ in
                arrived.yield()
                return large
            }
        }
        for _ in 0..<10 {
            try await withEcho(tls: tls, services: slow) { client, _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await #expect(client.unary(Echo.hang, Text("")) == large) }
                    for await _ in arrivals { break }
                    await client.close(grace: .seconds(50))
                    try await group.waitForAll()
                }
            }
        }
    }

    /// A ping of keepalive may be under way when draining begins. Its answer does not say that all is here that the peer sent
    /// before it knew: a call that is on its way is still taken.
    @Test func theAnswerToAnEarlierPingIsNotTheEndOfWhatIsOnItsWay() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        var services = RPCServices()
        services.unary(Echo.onLoop, .onLoop) { request, _ in request }
        let path = "/tmp/hector-rpc-\(UInt32.random(in: 0 ... .max)).sock"
        let server = try RPCServer(
            .unix(path: path), security: .plaintext, services: services, on: loop,
            keepalive: KeepaliveConfiguration(interval: .milliseconds(20), timeout: .seconds(50)),
            random: { _ in 1 }, log: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
            tasks.addTask { try await server.run { listening.yield($0) } }
            for await _ in bound { break }
            let peer = try await RawPeer.connect(to: path, on: loop)
            await peer.send(Raw.greeting + Raw.settingsAck)
            @Sendable func pings(_ peer: RawPeer) -> [RawPeer.Frame] { peer.frames.filter { $0.kind == Raw.Kind.ping.rawValue && $0.flags == 0 } }
            @Sendable func answer(_ ping: RawPeer.Frame) -> [UInt8] { Raw.frame(.ping, flags: 1, stream: 0, ping.payload) }
            @Sendable func goAways(_ peer: RawPeer) -> Int { peer.frames.count { $0.kind == Raw.Kind.goAway.rawValue } }
            #expect(await peer.has { pings($0).count == 1 })
            server.shutDown(grace: .seconds(50))
            #expect(await peer.has { pings($0).count == 2 })
            let (keepalive, drain) = (pings(peer)[0], pings(peer)[1])
            #expect(keepalive.payload != drain.payload)
            #expect(goAways(peer) == 1)
            await peer.send(answer(keepalive) + Raw.request(1))
            #expect(await peer.has { $0.frames.contains { $0.kind == Raw.Kind.data.rawValue && $0.stream == 1 } })
            #expect(goAways(peer) == 1)
            await peer.send(answer(drain))
            #expect(await peer.has { goAways($0) == 2 })
            await peer.close()
            try await tasks.waitForAll()
        }
    }
}
