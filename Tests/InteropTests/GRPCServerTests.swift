import Foundation
import HectorProto
import HectorRPC
import HectorTrust
import NIOPosix
import SwiftProtobuf
import Testing

typealias EchoMessage = Google_Protobuf_StringValue

enum Echo {
    static let unary = Method<EchoMessage, EchoMessage>("echo.Echo", "Unary", .idempotent)
    static let stream = Method<EchoMessage, EchoMessage>("echo.Echo", "Stream", .idempotent)
}

/// Our client calls a server on gRPC for Python. What the server does is in python/README.md.
@Suite(.enabled(if: Foreign.python != nil, Comment(rawValue: Foreign.needsPython)), .serialized, .timeLimit(.minutes(2)))
struct GRPCServerTests {
    private let scratch: Scratch
    private let python: String

    init() throws {
        scratch = try Scratch()
        python = try #require(Foreign.python)
    }

    /// Over a unix socket, or over mutual TLS.
    private func withClient(tls: Bool, _ body: @Sendable (ClientConnection) async throws -> Void) async throws {
        let certificates = tls ? try await scratch.certificates() : ""
        let arguments = tls ? ["127.0.0.1:0", "--tls", certificates] : ["unix:\(scratch.path)/s"]
        try await Program(python, [Foreign.script("server.py")] + arguments).serving { target in
            let client = try await ClientConnection.connect(
                to: endpoint(target), security: tls ? Self.dialling(certificates) : .plaintext,
                on: MultiThreadedEventLoopGroup.singleton)
            try await body(client)
            await client.close()
        }
    }

    private static func dialling(_ certificates: String, as name: String = "host-dev", agentID: String? = "a1") throws -> ConnectionSecurity {
        let credentials = try MeshCredentials(
            mesh: "demo", role: .host, ca: "\(certificates)/ca.pem",
            certificate: "\(certificates)/\(name).pem", key: "\(certificates)/\(name).key")
        return .mutualTLS(credentials.dialling(nodeID: agentID))
    }

    private func endpoint(_ target: String) -> Endpoint {
        if target.hasPrefix("unix:") { return .unix(path: String(target.dropFirst(5))) }
        let parts = target.split(separator: ":")
        return .tcp(host: String(parts[0]), port: UInt16(parts[1]) ?? 0)
    }

    @Test(arguments: [false, true])
    func unary(tls: Bool) async throws {
        try await withClient(tls: tls) { client in
            for text in ["hello", "", "grüße 👋 \n\t", String(repeating: "y", count: 3 << 20)] {
                try await #expect(client.unary(Echo.unary, EchoMessage(text)).value == text)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<20 {
                    group.addTask {
                        for call in 0..<20 {
                            let text = "\(caller)/\(call)"
                            try await #expect(client.unary(Echo.unary, EchoMessage(text)).value == text)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test(arguments: [false, true])
    func stream(tls: Bool) async throws {
        try await withClient(tls: tls) { client in
            for count in [0, 1, 5000] {
                var texts: [String] = []
                texts = try await client.serverStreaming(Echo.stream, EchoMessage("count:\(count)")) { responses in
                    var texts: [String] = []
                    for try await response in responses { texts.append(response.value) }
                    return texts
                }
                #expect(texts == (0..<count).map(String.init))
            }
        }
    }

    @Test func metadata() async throws {
        try await withClient(tls: true) { client in
            var metadata: Metadata = ["x-echo-initial": "a, b; c=d"]
            metadata.append(Array(0...255), forBinary: "x-echo-trailing")
            let response = try await client.unaryResponse(Echo.unary, EchoMessage("m"), options: CallOptions(metadata: metadata))
            #expect(response.headers["x-echo-initial"] == "a, b; c=d")
            #expect(response.trailers.bytes("x-echo-trailing-bin") == Array(0...255))
        }
    }

    @Test func everyStatus() async throws {
        try await withClient(tls: true) { client in
            for code in StatusCode.allCases where code != .ok {
                let message = "message with ünicode % and 100%25"
                let error = await #expect(throws: RPCError.self) {
                    try await client.unary(Echo.unary, EchoMessage("fail:\(code.rawValue):\(message)"))
                }
                #expect(error?.code == code)
                #expect(error?.message == message)
            }
            let missing = Method<EchoMessage, EchoMessage>("echo.Echo", "Missing", .idempotent)
            let error = await #expect(throws: RPCError.self) { try await client.unary(missing, EchoMessage("")) }
            #expect(error?.code == .unimplemented)
        }
    }

    @Test func statusAfterMessages() async throws {
        try await withClient(tls: false) { client in
            try await client.serverStreaming(Echo.stream, EchoMessage("count:3:fail:14:later")) { responses in
                var iterator = responses.makeAsyncIterator()
                for wanted in ["0", "1", "2"] { try await #expect(iterator.next()?.value == wanted) }
                let error = await #expect(throws: RPCError.self) { try await iterator.next() }
                #expect(error?.code == .unavailable)
                #expect(error?.message == "later")
                #expect(error?.progress == .responseStarted)
            }
        }
    }

    @Test func deadlines() async throws {
        try await withClient(tls: true) { client in
            let left = try await client.unary(Echo.unary, EchoMessage("deadline"), options: CallOptions(timeout: .seconds(30))).value
            #expect((25_000...30_000).contains(Int(left) ?? 0))
            try await #expect(client.unary(Echo.unary, EchoMessage("deadline")).value == "none")
            let error = await #expect(throws: RPCError.self) {
                try await client.unary(Echo.unary, EchoMessage("sleep:20000"), options: CallOptions(timeout: .milliseconds(200)))
            }
            #expect(error?.code == .deadlineExceeded)
            try await expectEnded(1, client)
        }
    }

    @Test func cancellationReachesTheServer() async throws {
        try await withClient(tls: true) { client in
            for method in [Echo.unary, Echo.stream] {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        let error = await #expect(throws: RPCError.self) {
                            try await client.serverStreaming(method, EchoMessage("sleep:20000")) { for try await _ in $0 {} }
                        }
                        #expect(error?.code == .cancelled)
                    }
                    try? await Task.sleep(for: .milliseconds(200))
                    group.cancelAll()
                }
            }
            try await expectEnded(2, client)
            // Leaving a stream early is a cancellation, too.
            try await client.serverStreaming(Echo.stream, EchoMessage("count:1000000")) { for try await _ in $0.prefix(3) {} }
            try await #expect(client.unary(Echo.unary, EchoMessage("after")).value == "after")
        }
    }

    /// The server comes to count so many calls that their callers ended.
    private func expectEnded(_ wanted: Int, _ client: ClientConnection) async throws {
        for _ in 0..<100 {
            if let count = try await Int(client.unary(Echo.unary, EchoMessage("cancelled")).value), count >= wanted { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("the server did not hear that \(wanted) calls were ended")
    }

    @Test func tooLarge() async throws {
        try await withClient(tls: true) { client in
            // The server's limit, then ours, then one of the call.
            for (text, limit) in [(String(repeating: "y", count: 4 << 20), nil), ("bytes:\(4 << 20)", nil), ("bytes:2000", 1000)] as [(String, Int?)] {
                let error = await #expect(throws: RPCError.self) {
                    try await client.unary(Echo.unary, EchoMessage(text), options: CallOptions(maximumMessageLength: limit))
                }
                #expect(error?.code == .resourceExhausted)
            }
            try await #expect(client.unary(Echo.unary, EchoMessage("after")).value == "after")
        }
    }

    // MARK: trust

    @Test(arguments: ["bad/expired-agent", "bad/other-ca-agent", "bad/other-mesh-agent", "bad/no-identity-agent", "bad/two-identities-agent", "host-dev"])
    func aServerThatIsNotTheNode(name: String) async throws {
        let certificates = try await scratch.certificates()
        try await Program(python, [Foreign.script("server.py"), "127.0.0.1:0", "--tls", certificates, "--as", name]).serving { target in
            let error = await #expect(throws: ConnectionError.self) {
                try await ClientConnection.connect(
                    to: endpoint(target), security: Self.dialling(certificates), on: MultiThreadedEventLoopGroup.singleton)
            }
            #expect(error?.code == .security, "\(String(describing: error))")
        }
    }

    @Test func anotherNodeThanTheOneDialled() async throws {
        let certificates = try await scratch.certificates()
        try await Program(python, [Foreign.script("server.py"), "127.0.0.1:0", "--tls", certificates]).serving { target in
            let error = await #expect(throws: ConnectionError.self) {
                try await ClientConnection.connect(
                    to: endpoint(target), security: Self.dialling(certificates, agentID: "a2"), on: MultiThreadedEventLoopGroup.singleton)
            }
            #expect(error?.code == .security)
            #expect(error?.message.contains("not the node 'a2'") == true, "\(String(describing: error))")
        }
    }

    @Test(arguments: ["bad/expired-host", "bad/other-ca-host"])
    func aServerThatDoesNotBelieveUs(name: String) async throws {
        let certificates = try await scratch.certificates()
        try await Program(python, [Foreign.script("server.py"), "127.0.0.1:0", "--tls", certificates]).serving { target in
            let error = await #expect(throws: ConnectionError.self) {
                try await ClientConnection.connect(
                    to: endpoint(target), security: Self.dialling(certificates, as: name), on: MultiThreadedEventLoopGroup.singleton)
            }
            // This server closes without a TLS alert.
            #expect(error?.code == .closedByPeer)
            #expect(error?.message.contains("it may not accept our certificate") == true, "\(String(describing: error))")
        }
    }

    @Test func tlsToAPlaintextServerAndTheOtherWayRound() async throws {
        let certificates = try await scratch.certificates()
        try await Program(python, [Foreign.script("server.py"), "127.0.0.1:0"]).serving { target in
            let error = await #expect(throws: ConnectionError.self) {
                try await ClientConnection.connect(
                    to: endpoint(target), security: Self.dialling(certificates), on: MultiThreadedEventLoopGroup.singleton)
            }
            #expect([.protocolViolation, .closedByPeer].contains(error?.code), "\(String(describing: error))")
        }
        try await Program(python, [Foreign.script("server.py"), "127.0.0.1:0", "--tls", certificates]).serving { target in
            let error = await #expect(throws: ConnectionError.self) {
                try await ClientConnection.connect(to: endpoint(target), security: .plaintext, on: MultiThreadedEventLoopGroup.singleton)
            }
            #expect([.protocolViolation, .closedByPeer].contains(error?.code), "\(String(describing: error))")
        }
    }

    @Test func nobodyThere() async throws {
        let error = await #expect(throws: ConnectionError.self) {
            try await ClientConnection.connect(
                to: .unix(path: "\(scratch.path)/nobody"), security: .plaintext, on: MultiThreadedEventLoopGroup.singleton)
        }
        #expect(error?.code == .unreachable)
    }

    @Test func aServerThatDies() async throws {
        let certificates = try await scratch.certificates()
        let client = try await Program(python, [Foreign.script("server.py"), "127.0.0.1:0", "--tls", certificates]).serving { target in
            let client = try await ClientConnection.connect(
                to: endpoint(target), security: Self.dialling(certificates), on: MultiThreadedEventLoopGroup.singleton)
            try await #expect(client.unary(Echo.unary, EchoMessage("alive")).value == "alive")
            return client
        }
        #expect(await client.waitUntilClosed()?.code == .closedByPeer)
        let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.unary, EchoMessage("late")) }
        #expect(error?.code == .unavailable)
        #expect(error?.progress == .notProcessed)
    }
}
