import Foundation

/// gRPC of another maker, as a client and as a server.
struct Peer: Hashable, Sendable {
    let name: String
    let language: String
    /// Where its library comes from.
    let source: String
    let program: String
    let arguments: [String]
    /// Whether the repository says which version it is, rather than the distribution.
    let isPinned: Bool
    /// Cases that its library gives a server no way to serve, with the reason.
    let serverLacks: [String: String]

    static let folder = "\(Foreign.root)/.build/interop-peers"

    static let all = [
        Peer(
            name: "grpcio", language: "Python", source: "PyPI", program: Foreign.python ?? "",
            arguments: ["\(Foreign.root)/Tests/InteropTests/matrix/peer.py"], isPinned: true,
            serverLacks: [
                "client_compressed_unary": "its handlers are not told whether a request came compressed",
                "client_compressed_streaming": "its handlers are not told whether a request came compressed",
            ]),
        Peer(
            name: "grpc-go", language: "Go", source: "Debian", program: "\(folder)/go-peer", arguments: [], isPinned: false,
            serverLacks: [
                "server_compressed_unary": "it compresses what answers a compressed request, whatever the handler wants",
                "server_compressed_streaming": "it compresses what answers a compressed request, whatever the handler wants",
            ]),
        Peer(
            name: "gRPC C++", language: "C++", source: "Debian", program: "\(folder)/cpp-peer", arguments: [], isPinned: false,
            serverLacks: [:]),
    ]

    func runs(_ arguments: [String]) -> Program { Program(program, self.arguments + arguments) }
}

/// One way from a client to a server: who is whom, and what lies between.
struct Road: Hashable, Sendable, CustomStringConvertible {
    enum Transport: String, CaseIterable, Sendable {
        case tls = "TLS"
        case unix = "unix"
    }

    let peer: Peer
    let transport: Transport
    /// Whether we call the peer, rather than the peer us.
    let isOurCall: Bool

    static let all = [true, false].flatMap { isOurCall in
        Peer.all.flatMap { peer in
            Transport.allCases.map { Road(peer: peer, transport: $0, isOurCall: isOurCall) }
        }
    }

    var description: String {
        "\(isOurCall ? "our client, \(peer.name)'s server" : "\(peer.name)'s client, our server"), \(transport.rawValue)"
    }
}

/// How a case went.
enum Outcome: Hashable, Sendable {
    /// As it should; perhaps with something worth knowing.
    case ok(note: String?)
    /// The peer's library has no way to do it.
    case notOffered(String)
    case failed(String)

    /// From what a client says behind the name of the case.
    init(_ words: String) {
        let parts = words.split(separator: ": ", maxSplits: 1).map(String.init)
        let rest = parts.count > 1 ? parts[1] : nil
        switch parts.first {
        case "ok": self = .ok(note: rest)
        case "unsupported": self = .notOffered(rest ?? "")
        default: self = .failed(rest ?? words)
        }
    }
}

/// Runs the roads, each once.
actor InteropMatrix {
    static let shared = InteropMatrix()

    /// In the order of gRPC's descriptions.
    static let cases = [
        "empty_unary", "large_unary", "client_compressed_unary", "server_compressed_unary", "client_streaming",
        "client_compressed_streaming", "server_streaming", "server_compressed_streaming", "ping_pong", "empty_stream",
        "custom_metadata", "status_code_and_message", "special_status_message", "unimplemented_method", "unimplemented_service",
        "cancel_after_begin", "cancel_after_first_response", "timeout_on_sleeping_server",
    ]

    private var results: [Road: [String: Outcome]] = [:]
    private var place: (scratch: Scratch, certificates: String)?

    func outcomes(of road: Road) async throws -> [String: Outcome] {
        if let known = results[road] { return known }
        let place = try await prepare()
        let isSecure = road.transport == .tls
        let folder = isSecure ? place.certificates : "-"
        let ours = { Program(Foreign.product("interop-peer"), $0) }
        let address = isSecure ? "127.0.0.1:0" : "unix:\(place.scratch.path)/\(results.count).sock"
        let server = road.isOurCall ? road.peer.runs(["server", address, folder]) : ours(["server", address, folder])
        let said = try await server.serving { target in
            let arguments = ["client", target, folder] + Self.cases
            return try await (road.isOurCall ? ours(arguments) : road.peer.runs(arguments)).run()
        }
        let outcomes = Self.outcomes(road, said)
        results[road] = outcomes
        return outcomes
    }

    func versions() async throws -> [Peer: String] {
        _ = try await prepare()
        var versions: [Peer: String] = [:]
        for peer in Peer.all {
            let said = try await peer.runs(["version"]).run().output.trimmingCharacters(in: .newlines)
            guard said.hasPrefix("\(peer.name) ") else { throw Failure("\(peer.name) says that it is \(said)") }
            versions[peer] = String(said.dropFirst(peer.name.count + 1))
        }
        return versions
    }

    private func prepare() async throws -> (scratch: Scratch, certificates: String) {
        if let place { return place }
        let built = try await Program("\(Foreign.root)/Tests/InteropTests/matrix/build", [Peer.folder]).run()
        guard built.status == 0 else { throw Failure("the peers were not built: \(built.lastWords)") }
        let scratch = try Scratch()
        let made = (scratch, try await scratch.certificates())
        place = made
        return made
    }

    private static func outcomes(_ road: Road, _ said: Program.Result) -> [String: Outcome] {
        var outcomes: [String: Outcome] = [:]
        for line in said.output.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            if words.count == 2, cases.contains(words[0]) { outcomes[words[0]] = Outcome(words[1]) }
        }
        for name in cases {
            let outcome = outcomes[name] ?? .failed("the client did not get to it: \(said.lastWords)")
            guard road.isOurCall, let reason = road.peer.serverLacks[name] else {
                outcomes[name] = outcome
                continue
            }
            // It was tried all the same: once it works, it is no longer lacking.
            if case .failed = outcome { outcomes[name] = .notOffered(reason) } else { outcomes[name] = .failed("it works, though '\(reason)'") }
        }
        return outcomes
    }
}
