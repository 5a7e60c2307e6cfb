import HectorRPC
import NIOCore
import SwiftProtobuf

/// What a client does; see Benchmarks/programs/README.md.
enum Workload {
    case unary(inFlight: Int)
    case large(inFlight: Int)
    case streams(Int)
    case paced(perSecond: Int)
    case idle(connections: Int)

    init(_ text: String) throws {
        let parts = text.split(separator: "-")
        guard parts.count == 2, let count = Int(parts[1]), count > 0 else { throw Failure("\(text) is no workload") }
        switch parts[0] {
        case "unary": self = .unary(inFlight: count)
        case "large": self = .large(inFlight: count)
        case "stream": self = .streams(count)
        case "paced": self = .paced(perSecond: count)
        case "idle": self = .idle(connections: count)
        default: throw Failure("\(text) is no workload")
        }
    }
}

/// When a workload ends: after `SECONDS`, or with `COUNTx` after that number of calls or streams, for figures that must not depend on time.
enum Extent {
    case seconds(Double)
    case times(Int)

    init(_ text: String) throws {
        if text.last == "x", let count = Int(text.dropLast()), count > 0 {
            self = .times(count)
        } else {
            self = .seconds(try require(Double(text), "\(text) is neither seconds nor COUNTx"))
        }
    }

    /// For what is paced or warms up.
    var seconds: Double { if case .seconds(let seconds) = self { seconds } else { 0 } }

    var warmUp: Extent { if case .times = self { .times(200) } else { .seconds(0.3) } }
}

/// Calls, or messages of streams, with the latencies of the calls, or of the messages of a paced stream, in nanoseconds.
struct Outcome: Sendable {
    var count = 0
    var latencies: [Int64] = []

    static func += (left: inout Outcome, right: Outcome) {
        left.count += right.count
        left.latencies += right.latencies
    }

    /// In microseconds; 0 where nothing was measured.
    func percentile(_ percent: Int) -> Double {
        let sorted = latencies.sorted()
        return sorted.isEmpty ? 0 : Double(sorted[min(sorted.count * percent / 100, sorted.count - 1)]) / 1e3
    }
}

struct Client {
    let address: Address
    let security: ConnectionSecurity
    let group: any EventLoopGroup
    let execution: HandlerExecution
    let methods: EchoMethods
    let options: CallOptions

    init(address: Address, group: any EventLoopGroup, execution: HandlerExecution) throws {
        self.address = address
        self.group = group
        self.execution = execution
        security = try address.security(.client)
        let plugin = variable("PLUGIN")
        methods = plugin == nil ? .direct : .plugin
        options = CallOptions(metadata: plugin.map { ["hector-plugin": $0] } ?? [:])
    }

    func run(_ workload: Workload, _ extent: Extent) async throws {
        if case .idle(let connections) = workload { return try await idle(connections) }
        let connection = try await connect()
        _ = try await perform(workload, on: connection, extent.warmUp)
        pause("BEGIN")
        let start = now()
        let outcome = try await perform(workload, on: connection, extent)
        let elapsed = Double(now() - start) / 1e9
        pause("END")
        say("\(outcome.count) \(elapsed) \(outcome.percentile(50)) \(outcome.percentile(99))")
        await connection.close()
    }

    private func connect() async throws -> ClientConnection {
        try await ClientConnection.connect(to: address.endpoint, security: security, on: group, metrics: metrics)
    }

    /// The runner reads the clocks of all processes before it lets us go on.
    private func pause(_ word: String) {
        say(word)
        _ = readLine()
    }

    private func perform(_ workload: Workload, on connection: ClientConnection, _ extent: Extent) async throws -> Outcome {
        switch workload {
        case .unary(let inFlight):
            let request = Text(String(repeating: "abcdefghij", count: 10))
            return try await repeating(inFlight, on: connection, extent) {
                let response = try await connection.unary(methods.unary, request, options: options)
                precondition(response.value.utf8.count == 100)
                return 1
            }
        case .large(let inFlight):
            var request = Blob()
            request.value.append(contentsOf: repeatElement(UInt8(ascii: "a"), count: 1 << 20))
            return try await repeating(inFlight, on: connection, extent) { [request] in
                let response = try await connection.unary(methods.large, request, options: options)
                precondition(response.value.count == 1 << 20)
                return 1
            }
        case .streams(let count):
            let request = Text("1000")
            return try await repeating(count, on: connection, extent) {
                try await connection.serverStreaming(methods.stream, request, options: options) { responses in
                    var received = 0
                    try await responses.forEach { _ in received += 1 }
                    return received
                }
            }
        case .paced(let perSecond):
            let request = Text("\(max(1, Int(extent.seconds * Double(perSecond))))@\(perSecond)")
            return try await connection.serverStreaming(methods.stream, request, options: options) { responses in
                var outcome = Outcome()
                for try await response in responses {
                    outcome.count += 1
                    outcome.latencies.append(now() - (Int64(response.value) ?? 0))
                }
                return outcome
            }
        case .idle: return Outcome()
        }
    }

    /// Does `body`, which returns what it counted, from so many tasks at once until the time is over, or so often from each.
    private func repeating(
        _ tasks: Int, on connection: ClientConnection, _ extent: Extent, _ body: @escaping @Sendable () async throws -> Int
    ) async throws -> Outcome {
        let (end, times) =
            switch extent {
            case .seconds(let seconds): (now() + Int64(seconds * 1e9), Int.max)
            case .times(let times): (Int64.max, times)
            }
        let executor = execution == .onLoop ? connection.executor : nil
        return try await withThrowingTaskGroup(of: Outcome.self) { group in
            for _ in 0..<tasks {
                group.addTask(executorPreference: executor) {
                    var outcome = Outcome()
                    var start = now()
                    var left = times
                    while start < end, left > 0 {
                        left -= 1
                        outcome.count += try await body()
                        let after = now()
                        outcome.latencies.append(after - start)
                        start = after
                    }
                    return outcome
                }
            }
            var total = Outcome()
            for try await outcome in group { total += outcome }
            return total
        }
    }

    private func idle(_ connections: Int) async throws {
        var open: [ClientConnection] = []
        func add() async throws {
            let connection = try await connect()
            _ = try await connection.unary(methods.unary, Text("idle"), options: options)
            open.append(connection)
        }
        for _ in 0..<50 { try await add() }
        pause("BEGIN")
        for _ in 0..<connections { try await add() }
        pause("END")
        say("\(connections) 0 0 0")
        for connection in open { await connection.close() }
    }
}
