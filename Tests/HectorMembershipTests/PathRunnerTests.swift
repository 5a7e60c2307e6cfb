import Foundation
import HectorCore
import HectorDiscovery
import HectorMesh
import HectorProto
import HectorRPC
import HectorTrust
import Logging
import NIOPosix
import Synchronization
import TestCertificates
import Testing

@testable import HectorMembership

/// One path to a real server over mutual TLS.
@Suite(.timeLimit(.minutes(1))) struct PathRunnerTests {
    private struct Figures: ConnectionFigures {
        let metrics = RPCMetrics()
        func opened(_ peer: String, _ connection: ClientConnection) {}
        func closed(_ peer: String, _ connection: ClientConnection) {}
    }

    private struct Place: EndpointSource {
        let name = "static"
        let sighting: NodeSighting

        func run(publish: @escaping @Sendable (EndpointSet) async -> Void) async {
            await publish(EndpointSet(source: name, state: .running, nodes: [sighting]))
            try? await Task.sleep(for: .seconds(3600))
        }
    }

    /// Waits between attempts are noted and over at once; the rest of what waits, waits for ever.
    private final class Waits: Sendable {
        let noted = Mutex<[Duration]>([])
        let (changes, changed) = AsyncStream.makeStream(of: Int.self)

        var timing: Timing {
            Timing(
                now: { Instant() },
                sleepUntil: { [self] until in
                    let wait = Instant().duration(to: until)
                    guard (.milliseconds(300)...(.seconds(4))).contains(wait) else { return try await Task.sleep(for: .seconds(3600)) }
                    changed.yield(noted.withLock { noted in
                        noted.append(wait)
                        return noted.count
                    })
                    try Task.checkCancellation()
                },
                random: { _ in 1 })
        }
    }

    private static func credentials(_ role: MeshIdentity.Role, _ pki: Pki) throws -> LiveCredentials {
        let name = role == .host ? "h1" : "a1"
        try pki.member(name, by: "root", identity: "spiffe://home/\(role == .host ? "host" : "agent")/\(name)")
        return try LiveCredentials(
            mesh: "home", role: role, ca: pki.file("root.pem"), certificate: pki.file("\(name).pem"), key: pki.file("\(name).key"),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, timing: Timing(
                now: { Instant() }, sleepUntil: { _ in try await Task.sleep(for: .seconds(3600)) }, random: { $0.lowerBound }, wallClock: { .seconds(Date().timeIntervalSince1970) }))
    }

    /// C8: the backoff was reset as soon as TLS stood, so that a member that refuses to tell its state was dialled four times a
    /// second, for ever.
    @Test func `A node that refuses to tell its state is dialled at growing distance`() async throws {
        let pki = try Pki()
        try pki.authority("root")
        var services = RPCServices()
        services.serverStreaming(NodeMethods.watch) { _, _, _ in throw RPCError(.permissionDenied, "not to you") }
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try RPCServer(
            .tcp(host: "127.0.0.1", port: 0), security: .mutualTLS(Self.credentials(.node, pki).current.serving()), services: services,
            on: group, policy: .mesh, random: { .random(in: $0) }, log: Logger(label: "server") { _ in SwiftLogNoOpLogHandler() })
        let host = try Self.credentials(.host, pki)
        let waits = Waits()
        let router = Router(mesh: "home", host: "desk", timing: waits.timing, seed: 1, classify: { _ in .failed })
        await withTaskGroup(of: Void.self) { tasks in
            let (bound, listening) = AsyncStream.makeStream(of: HectorRPC.Endpoint.self)
            tasks.addTask { try? await server.run { listening.yield($0) } }
            var endpoints = bound.makeAsyncIterator()
            guard case .tcp(let place) = await endpoints.next() else { return }
            let nodes = RemoteNodes(
                context: NodeContext(
                    credentials: host, router: router, stores: Stores(), kinds: { _ in [] }, figures: Figures(), on: group,
                    log: Logger(label: "host") { _ in SwiftLogNoOpLogHandler() }, timing: waits.timing,
                    silence: .milliseconds(1_500), silenceStreams: .seconds(5)))
            nodes.change(started: [Place(sighting: NodeSighting(key: "\(place)", endpoints: [place], lifetime: .permanent))], stopped: [])
            let (never, end) = AsyncStream.makeStream(of: Void.self)
            tasks.addTask { await nodes.run(demands: never) }
            for await count in waits.changes where count >= 5 { break }
            #expect(waits.noted.withLock { Array($0.prefix(5)) } == [.milliseconds(500), .seconds(1), .seconds(2), .seconds(3), .seconds(3)])
            #expect(nodes.absent.first?.reason.contains("not to you") == true, "\(nodes.absent)")
            end.finish()
            tasks.cancelAll()
            server.shutDown(grace: .zero)
        }
    }
}
