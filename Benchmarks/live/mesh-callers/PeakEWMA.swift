import HectorCore
import HectorProto
import HectorRPC
import HectorTrust
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Finagle's and linkerd's Peak-EWMA with the power of two choices: cost = rtt · (pending + 1). The estimate jumps to a peak at
/// once and decays over 10 s, also while nothing is measured; a replica that is not known yet counts as 30 ms, linkerd's default.
final class PeakEWMA: Sendable {
    private struct Replica {
        var pending = 0
        var estimate = 0.030
        var updated = ContinuousClock.now

        mutating func observe(_ seconds: Double, _ now: ContinuousClock.Instant) {
            if seconds > estimate {
                estimate = seconds
            } else {
                let keep = exp(-(updated.duration(to: now) / .seconds(1)) / PeakEWMA.decay)
                estimate = estimate * keep + seconds * (1 - keep)
            }
            updated = now
        }

        mutating func cost(_ now: ContinuousClock.Instant) -> Double {
            observe(0, now)
            return estimate * Double(pending + 1)
        }
    }

    private static let decay = 10.0
    private let replicas: Mutex<[Replica]>

    init(replicas count: Int) { replicas = Mutex(Array(repeating: Replica(), count: count)) }

    /// Makes a call on one of two that are drawn.
    func call(_ body: (Int) async throws -> Void) async throws {
        let start = ContinuousClock.now
        let picked = replicas.withLock { replicas in
            let first = Int.random(in: 0..<replicas.count)
            let second = (first + Int.random(in: 1..<max(2, replicas.count))) % replicas.count
            let picked = replicas[second].cost(start) < replicas[first].cost(start) ? second : first
            replicas[picked].pending += 1
            return picked
        }
        defer {
            let now = ContinuousClock.now
            replicas.withLock {
                $0[picked].pending -= 1
                $0[picked].observe(start.duration(to: now) / .seconds(1), now)
            }
        }
        try await body(picked)
    }
}

/// A host that picks by Peak-EWMA, over connections like those of `hector serve`.
struct PeakEWMACaller: Sendable {
    private let picker: PeakEWMA
    private let connections: [ClientConnection]
    private let plugin: String

    init(_ caller: Plan.Caller, _ plan: Plan) async throws {
        let credentials = try MeshCredentials(
            mesh: plan.mesh, role: .host, ca: plan.ca, certificate: caller.certificate, key: caller.key)
        let connector = try ClientConnector(
            .mutualTLS(credentials.dialling(nodeID: nil)), on: MultiThreadedEventLoopGroup.singleton, keepalive: .mesh)
        var connections: [ClientConnection] = []
        for node in plan.nodes {
            guard let address = HostPort(node) else { throw Failure("\(node) is no HOST:PORT") }
            connections.append(try await connector.connect(to: .tcp(address)))
        }
        self.connections = connections
        plugin = plan.plugin
        picker = PeakEWMA(replicas: connections.count)
    }

    func call(_ request: GenerateRequest) async throws {
        try await picker.call { index in
            _ = try await connections[index].unary(
                LLMProviderMethods.generate, request, options: CallOptions(timeout: .seconds(30), metadata: ["hector-plugin": plugin]))
        }
    }

    func close() async { for connection in connections { await connection.close() } }
}
