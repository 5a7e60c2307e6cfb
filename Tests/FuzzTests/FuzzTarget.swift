/// What is fuzzed: code that reads what others wrote. Each takes any bytes, and traps where a promise does not hold.
enum FuzzTarget: String, CaseIterable {
    /// Plaintext HTTP/2, received by our server or by our client with calls under way.
    case http2Connection = "http2-connection"
    /// gRPC messages in pieces.
    case grpcFraming = "grpc-framing"
    /// What a plugin prints first.
    case handshakeLine = "handshake-line"
    /// What a plugin prints afterwards.
    case pluginOutput = "plugin-output"
    /// A range of versions in a manifest, and a version held against it.
    case versionRange = "version-range"
    /// A configuration file of a host or a node.
    case yaml
    /// What is announced on the network.
    case txtRecords = "txt-records"
    /// What clients and plugins say in JSON.
    case json
    /// Server-sent events of engines and MCP servers.
    case eventStream = "event-stream"
    /// JSON-RPC of MCP servers.
    case rpcMessage = "rpc-message"
    /// HTML and DOCX in a document store.
    case document

    func run(_ bytes: [UInt8]) {
        var input = Input(bytes)
        switch self {
        case .http2Connection: HTTP2ConnectionTarget.run(&input)
        case .grpcFraming: GRPCFramingTarget.run(&input)
        case .handshakeLine: HandshakeLineTarget.run(&input)
        case .pluginOutput: PluginOutputTarget.run(&input)
        case .versionRange: VersionRangeTarget.run(&input)
        case .yaml: YAMLTarget.run(&input)
        case .txtRecords: TXTRecordsTarget.run(&input)
        case .json: JSONTarget.run(&input)
        case .eventStream: EventStreamTarget.run(&input)
        case .rpcMessage: RPCMessageTarget.run(&input)
        case .document: DocumentTarget.run(&input)
        }
    }
}

/// An input: choices at its front, foreign bytes behind them.
struct Input {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    var isEmpty: Bool { bytes.isEmpty }

    /// The next byte; zero at the end.
    mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

    /// At most so many bytes.
    mutating func take(_ count: Int) -> [UInt8] {
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }

    mutating func rest() -> [UInt8] { take(bytes.count) }

    /// The rest in pieces, whose lengths a seed byte decides: one piece, single bytes, or a mixture.
    mutating func pieces(_ seed: UInt8) -> [[UInt8]] {
        guard seed > 0 else { return isEmpty ? [] : [rest()] }
        var state = UInt32(seed) &* 2_654_435_761
        var pieces: [[UInt8]] = []
        while !isEmpty {
            state = state &* 1_664_525 &+ 1_013_904_223
            pieces.append(take(seed == 1 ? 1 : Int(state >> 24) % (Int(seed) * 4) + 1))
        }
        return pieces
    }
}
