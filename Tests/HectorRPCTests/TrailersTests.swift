import Foundation
import HectorProto
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorRPC

/// What servers and forwarders add behind a response reaches the caller of every kind of call, whether it goes well or not.
@Suite(.timeLimit(.minutes(1)))
struct TrailersTests {
    private enum Load {
        static let unary = Method<Text, Text>("load.Load", "Unary", .idempotent)
        static let inline = Method<Text, Text>("load.Load", "Inline", .idempotent)
        static let server = Method<Text, Text>("load.Load", "Server", .idempotent)
        static let client = Method<Text, Text>("load.Load", "Client", .idempotent)
        static let both = Method<Text, Text>("load.Load", "Both", .idempotent)
    }

    enum Kind: CaseIterable {
        case unary, inline, server, client, both
    }

    enum Fault: String, CaseIterable {
        case none
        /// Before anything else has been sent: a response that is nothing but trailers.
        case atOnce
        /// Behind the beginning of the response, where there is one.
        case later
    }

    /// What the caller got.
    private struct Got: Sendable {
        var error: RPCError?
        var trailers: Metadata?
    }

    private static func end(_ fault: String, _ context: ServerContext) throws {
        context.setTrailers(["x-own": "handler"])
        context.addTrailers(["x-load": "7", "x-node": "not the node's"])
        // The thread on which the responses of a connection are put in order.
        context.addTrailers(atEnd: { $0.append(MultiThreadedEventLoopGroup.currentEventLoop == nil ? "elsewhere" : "loop", for: "x-end") })
        if fault != "none" { throw RPCError(.aborted, "as asked", metadata: ["x-detail": "because"]) }
    }

    private static func register(_ services: inout RPCServices) {
        services.unary(Load.unary) { request, context in
            try end(request.value, context)
            return request
        }
        services.inlineUnary(Load.inline) { request, context in
            try end(request.value, context)
            return request
        }
        services.serverStreaming(Load.server) { request, writer, context in
            if request.value != "atOnce" { try await writer.write(request) }
            try end(request.value, context)
        }
        services.clientStreaming(Load.client) { requests, context in
            var last = Text()
            for try await request in requests { last = request }
            try end(last.value, context)
            return last
        }
        services.bidirectionalStreaming(Load.both) { requests, writer, context in
            for try await request in requests {
                if request.value != "atOnce" { try await writer.write(request) }
                try end(request.value, context)
            }
        }
    }

    private func call(_ kind: Kind, _ fault: Fault, on client: ClientConnection) async throws -> (got: Got, handed: [Metadata]) {
        let handed = Mutex<[Metadata]>([])
        let options = CallOptions(onTrailers: { trailers in handed.withLock { $0.append(trailers) } })
        let request = Text(fault.rawValue)
        var got = Got()
        do {
            switch kind {
            case .unary: got.trailers = try await client.unaryResponse(Load.unary, request, options: options).trailers
            case .inline: got.trailers = try await client.unaryResponse(Load.inline, request, options: options).trailers
            case .server:
                got.trailers = try await client.serverStreaming(Load.server, request, options: options) { responses in
                    for try await _ in responses {}
                    return await responses.trailers
                }
            case .client:
                got.trailers = try await client.clientStreamingResponse(Load.client, options: options) { try await $0.write(request) }.trailers
            case .both:
                got.trailers = try await client.bidirectionalStreaming(Load.both, options: options) { writer, responses in
                    try await writer.write(request)
                    writer.finish()
                    for try await _ in responses {}
                    return await responses.trailers
                }
            }
        } catch let error as RPCError {
            got.error = error
        }
        return (got, handed.withLock { $0 })
    }

    private struct ToOne: StreamForwarder {
        var connection: ClientConnection

        func route(_ request: ForwardedRequest) -> ForwardingDecision {
            .to(ForwardingTarget(connection, whenLost: ["x-lost": "far"], trailers: { _ in ["x-node": "3", "grpc-status": "0"] }, onEnd: {}))
        }
    }

    private func withNode(_ backend: ClientConnection, limits: RPCLimits = RPCLimits(), _ body: @Sendable (ClientConnection) async throws -> Void) async throws {
        let loop = try backend.liveHandler().eventLoop
        var services = RPCServices()
        services.forwarder = ToOne(connection: backend)
        let server = try RPCServer(
            .unix(path: "/tmp/hector-rpc-\(UInt32.random(in: 0 ... .max)).sock"), security: .plaintext, services: services,
            on: loop, random: { _ in 1 }, log: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
            tasks.addTask { try await server.run { listening.yield($0) } }
            var iterator = bound.makeAsyncIterator()
            let client = try await ClientConnection.connect(
                to: #require(await iterator.next()), security: .plaintext, on: loop, limits: limits)
            try await body(client)
            await client.close()
            server.shutDown(grace: .zero)
            try await tasks.waitForAll()
        }
    }

    private func expectTrailers(_ kind: Kind, _ fault: Fault, on client: ClientConnection, node: String) async throws {
        let (got, handed) = try await call(kind, fault, on: client)
        #expect((got.error == nil) == (fault == .none))
        #expect(handed.count == 1)
        for trailers in [got.error?.metadata ?? got.trailers, handed.first] {
            #expect(trailers?["x-own"] == "handler")
            #expect(trailers?["x-load"] == "7")
            #expect(trailers?["x-end"] == "loop")
            #expect(trailers?["x-node"] == node)
            #expect(trailers?.entries.count { $0.name == "x-node" } == 1)
            #expect(trailers?["x-detail"] == (fault == .none ? nil : "because"))
        }
        if fault != .none { #expect(got.error?.code == .aborted && got.error?.message == "as asked") }
    }

    @Test(arguments: Kind.allCases, Fault.allCases) func ofTheServer(kind: Kind, fault: Fault) async throws {
        try await withEcho(tls: false, services: Self.register) { client, _ in
            try await expectTrailers(kind, fault, on: client, node: "not the node's")
        }
    }

    /// What a node says counts, not what the plugin behind it says in its place.
    @Test(arguments: Kind.allCases, Fault.allCases) func ofTheNode(kind: Kind, fault: Fault) async throws {
        try await withEcho(tls: false, services: Self.register) { backend, _ in
            try await withNode(backend) { try await expectTrailers(kind, fault, on: $0, node: "3") }
        }
    }

    @Test func ofAConnectionThatBrokeBehindTheNode() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let hanging: (inout RPCServices) -> Void = { services in
            services.unary(Echo.hang) { request, _ in
                arrived.yield()
                try await Task.sleep(for: .seconds(50))
                return request
            }
        }
        try await withEcho(tls: false, services: hanging) { backend, server in
            try await withNode(backend) { client in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.hang, Text("")) }
                        #expect(error?.code == .unavailable && error?.origin == .peer)
                        #expect(error?.metadata["x-lost"] == "far" && error?.metadata["x-node"] == "3")
                    }
                    for await _ in arrivals { break }
                    server.shutDown(grace: .zero)
                }
            }
        }
    }

    /// A failure that this side finds has them, too, and no more of them than is accepted.
    @Test func ofAnAnswerThatCannotBeUsed() async throws {
        var limits = RPCLimits()
        limits.maximumHeaderListSize = 2000
        let large: (inout RPCServices) -> Void = { services in
            services.unary(Method<Text, Google_Protobuf_BytesValue>("load.Load", "Broken", .idempotent)) { _, context in
                context.addTrailers(["x-load": "7"])
                return .with { $0.value = Data([0xFF, 0xFE]) }
            }
            services.unary(Load.unary) { _, context in
                var trailers: Metadata = ["x-load": "7"]
                for index in 0..<100 { trailers.append(String(repeating: "v", count: 50), for: "x-\(index)") }
                context.addTrailers(trailers)
                throw RPCError(.aborted, "as asked")
            }
        }
        try await withEcho(tls: false, services: large) { [limits] _, server in
            let client = try await ClientConnection.connect(to: server.endpoint, security: .plaintext, on: MultiThreadedEventLoopGroup.singleton, limits: limits)
            let handed = Mutex<[Metadata]>([])
            let options = CallOptions(onTrailers: { trailers in handed.withLock { $0.append(trailers) } })
            // Bytes that are no text.
            let unusable = await #expect(throws: RPCError.self) {
                try await client.unary(Method<Text, Text>("load.Load", "Broken", .idempotent), Text(""), options: options)
            }
            #expect(unusable?.origin == .local && unusable?.metadata["x-load"] == "7")
            #expect(handed.withLock { $0.first?["x-load"] } == "7")
            let cut = await #expect(throws: RPCError.self) { try await client.unary(Load.unary, Text(""), options: options) }
            #expect(cut?.code == .aborted && cut?.metadata["x-load"] == "7")
            #expect((1..<60).contains(cut?.metadata.entries.count ?? 0))
            await client.close()
        }
    }
}
