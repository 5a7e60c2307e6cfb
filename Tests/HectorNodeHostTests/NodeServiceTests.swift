import Foundation
import HectorCore
import HectorLoad
import HectorProto
import HectorTrust
import Logging
import NIOPosix
import SwiftProtobuf
import TestCertificates
import Testing

@testable import HectorNodeHost
@testable import HectorRPC

/// What a node answers itself: its state and the number of its hosts, and the load of a replica.
@Suite(.timeLimit(.minutes(1)))
struct NodeServiceTests {
    private static func serving(
        _ node: NodeService, load: @escaping @Sendable (PluginKey, String) -> LoadReport? = { _, _ in nil },
        _ body: @Sendable (_ connection: (_ host: String) async throws -> ClientConnection) async throws -> Void
    ) async throws {
        let pki = try Pki()
        try pki.authority("root")
        func credentials(_ role: MeshIdentity.Role, _ name: String) throws -> MeshCredentials {
            try pki.member(name, by: "root", identity: "spiffe://home/\(role.rawValue)/\(name)")
            return try MeshCredentials(
                mesh: "home", role: role, ca: pki.file("root.pem"), certificate: pki.file("\(name).pem"), key: pki.file("\(name).key"))
        }
        let hosts = ["h1": try credentials(.host, "h1"), "h2": try credentials(.host, "h2")]
        var services = RPCServices()
        node.register(in: &services, now: { 1_800_000_000 }, load: load)
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try RPCServer(
            .tcp(host: "127.0.0.1", port: 0), security: .mutualTLS(credentials(.node, "a1").serving()), services: services,
            on: group, policy: .mesh, random: { .random(in: $0) }, log: Logger(label: "server") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let (bound, listening) = AsyncStream.makeStream(of: HectorRPC.Endpoint.self)
            tasks.addTask { try await server.run { listening.yield($0) } }
            var endpoints = bound.makeAsyncIterator()
            let endpoint = try #require(await endpoints.next())
            try await body { host in
                try await ClientConnection.connect(
                    to: endpoint, security: .mutualTLS(#require(hosts[host]).dialling(nodeID: nil)), on: group)
            }
            server.shutDown(grace: .zero)
            try await tasks.waitForAll()
        }
    }

    /// Follows the state over a connection for as long as the body takes.
    private static func watching<T: Sendable>(_ connection: ClientConnection, _ body: @escaping @Sendable () async throws -> T) async throws -> T {
        try await connection.serverStreaming(NodeMethods.watch, Hector_Mesh_V1_WatchRequest()) { states in
            var states = states.makeAsyncIterator()
            _ = try await states.next()
            return try await body()
        }
    }

    @Test func `Hosts are counted by their identities, and told at every change`() async throws {
        let node = NodeService(Hector_Mesh_V1_NodeState())
        try await Self.serving(node) { connect in
            let (first, again, second) = (try await connect("h1"), try await connect("h1"), try await connect("h2"))
            #expect(node.node.hosts == 0)
            try await first.serverStreaming(NodeMethods.watch, Hector_Mesh_V1_WatchRequest()) { states in
                var states = states.makeAsyncIterator()
                #expect(try await states.next()?.hosts == 1)
                // Another connection of the same host is no other host.
                try await Self.watching(again) {
                    #expect(node.node.hosts == 1)
                }
                try await Self.watching(second) {
                    #expect(node.node.hosts == 2)
                }
                // One that has left its stream counts no more; what came between may be left out.
                var told: [UInt32] = []
                while told.last != 1 { told.append(try #require(await states.next()).hosts) }
                #expect(told == [2, 1] || told == [1])
                // A lost connection is as good as one that said goodbye.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try? await Self.watching(second) { try await Task.sleep(for: .seconds(50)) } }
                    let joined = try await states.next()
                    await second.close()
                    let left = try await states.next()
                    #expect(joined?.hosts == 2 && left?.hosts == 1)
                    group.cancelAll()
                }
            }
            for connection in [first, again] { await connection.close() }
        }
    }

    @Test func `A probe answers with what the node knows, or says why it does not`() async throws {
        var state = Hector_Mesh_V1_NodeState()
        state.plugins = [.with {
            ($0.name, $0.type) = ("echo", "llm_provider")
            $0.replicas = [.with { $0.id = "echo-1" }, .with { $0.id = "echo-2" }]
        }]
        let known = LoadReport(inFlight: 3, slots: 2, serviceTime: 0.5)
        try await Self.serving(NodeService(state)) { plugin, replica in
            #expect(plugin == PluginKey(.llm, "echo"))
            return replica == "echo-1" ? known : nil
        } _: { connect in
            let connection = try await connect("h1")
            func probe(_ type: String, _ plugin: String, _ replica: String) async throws -> LoadReport {
                LoadReport(try await connection.unary(NodeMethods.probe, .with { ($0.type, $0.plugin, $0.replica) = (type, plugin, replica) }))
            }
            #expect(try await probe("llm_provider", "echo", "echo-1") == known)
            let notNow = await #expect(throws: RPCError.self) { try await probe("llm_provider", "echo", "echo-2") }
            #expect(notNow?.code == .unavailable)
            for (type, plugin, replica) in [
                ("llm_provider", "echo", "echo-3"), ("llm_provider", "other", "echo-1"), ("embedder_provider", "echo", "echo-1"), ("", "", ""),
                ("no such type", "echo", String(repeating: "\n", count: 10_000)),
            ] {
                let unknown = await #expect(throws: RPCError.self) { try await probe(type, plugin, replica) }
                #expect(unknown?.code == .notFound, "\(type) \(plugin)")
            }
            await connection.close()
        }
    }
}
