// Client and server under load in one process, over mutual TLS: memory and descriptors must not grow.
//
//   rpc-soak [SECONDS]     default 600
//
// The load pauses for each row of the table, and what is allocated and open then is compared: what calls hold while they run, and
// what the allocator keeps for later, depend on how busy the machine is. Fails where the least of the last quarter is more than the
// least of the second one by more than `Soak.growth`.
import CAllocator
import Foundation
import HectorProto
import HectorRPC
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization

typealias Text = Google_Protobuf_StringValue

enum Soak {
    static let seconds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 600
    /// What allocated memory may grow by from the second quarter to the last, in bytes: some caches are still filled then.
    static let growth = 256 << 10
    static let samples = 20
    /// Connections made first, as many as the server keeps sessions to resume, and some more: what is kept for them is no leak.
    static let connectionsBefore = 1100
    /// How long memory and descriptors of calls that have ended may take to be given back.
    static let settling = Duration.milliseconds(400)

    static let rounds = Atomic(0)
    static let connections = Atomic(0)

    static let unary = Method<Text, Text>("soak.Soak", "Unary", .idempotent)
    static let stream = Method<Text, Text>("soak.Soak", "Stream", .idempotent)
    static let hang = Method<Text, Text>("soak.Soak", "Hang", .notIdempotent)

    static func services() -> RPCServices {
        var services = RPCServices()
        services.unary(unary) { request, context in
            context.setTrailers(["x-length": "\(request.value.utf8.count)"])
            return request
        }
        services.serverStreaming(stream) { request, writer, _ in
            for index in 0..<(Int(request.value) ?? 0) { try await writer.write(Text("token \(index)")) }
        }
        services.unary(hang) { request, _ in
            // Ends when the call does. A cancelled `Task.sleep` would keep its memory until its time has passed.
            let (never, continuation) = AsyncStream.makeStream(of: Void.self)
            for await _ in never {}
            withExtendedLifetime(continuation) {}
            return request
        }
        return services
    }

    /// One of each kind of call: short, streamed, large, given up by its caller, past its deadline, left in the middle.
    static func round(_ client: ClientConnection) async throws {
        for _ in 0..<20 { _ = try await client.unary(unary, Text("hello"), options: CallOptions(timeout: .seconds(30), metadata: ["x-a": "b"])) }
        try await client.serverStreaming(stream, Text("500")) { for try await _ in $0 {} }
        _ = try await client.unary(unary, Text(String(repeating: "x", count: 1 << 20)))
        try await client.serverStreaming(stream, Text("100000")) { for try await _ in $0 { break } }
        _ = try? await client.unary(hang, Text(""), options: CallOptions(timeout: .milliseconds(5)))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await client.unary(hang, Text("")) }
            try? await Task.sleep(for: .milliseconds(2))
            group.cancelAll()
        }
    }

    static func until(_ deadline: ContinuousClock.Instant, _ body: () async throws -> Void) async {
        while ContinuousClock.now < deadline {
            do {
                try await body()
            } catch {
                print("a call failed: \(error)")
                exit(1)
            }
        }
    }

    struct Sample {
        /// Bytes that the program has allocated and not freed.
        var allocated: Int
        /// Bytes of memory that the process occupies.
        var resident: Int
        var descriptors: Int
    }

    static func sample() throws -> Sample {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ").dropFirst().first
        let heap = mallinfo2()
        return Sample(
            allocated: Int(heap.uordblks) + Int(heap.hblkhd),
            resident: (pages.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))),
            descriptors: try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count)
    }

    /// The least of what is held while nothing runs.
    static func settledSample() async throws -> Sample {
        var least = try sample()
        for _ in 0..<20 {
            try await Task.sleep(for: settling / 20)
            let sample = try sample()
            least = Sample(
                allocated: min(least.allocated, sample.allocated), resident: min(least.resident, sample.resident),
                descriptors: min(least.descriptors, sample.descriptors))
        }
        return least
    }
}

let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
let identity = try TLSIdentity.selfSigned(now: Int64(Date().timeIntervalSince1970))
let security = ConnectionSecurity.mutualTLS(
    TLSConfiguration(identity: identity, trust: .exactly(der: try identity.leafDER()), serverName: "localhost", verifiesServerName: true))
let server = try RPCServer(
    .tcp(host: "127.0.0.1", port: 0), security: security, services: Soak.services(), on: group, policy: .mesh,
    random: { Double.random(in: $0) }, log: Logger(label: "soak"))
let samples = try await withThrowingTaskGroup(of: Void.self) { tasks in
    let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
    tasks.addTask { try await server.run { listening.yield($0) } }
    var endpoints = bound.makeAsyncIterator()
    guard let endpoint = await endpoints.next() else { throw ConnectionError(.unreachable, "the server does not listen") }
    var clients: [ClientConnection] = []
    for _ in 0..<2 {
        clients.append(
            try await ClientConnection.connect(
                to: endpoint, security: security, on: group, keepalive: KeepaliveConfiguration(interval: .seconds(1), timeout: .seconds(30))))
    }
    await withTaskGroup(of: Void.self) { load in
        for _ in 0..<4 {
            load.addTask {
                for _ in 0..<Soak.connectionsBefore / 4 {
                    do {
                        let client = try await ClientConnection.connect(to: endpoint, security: security, on: group)
                        _ = try await client.unary(Soak.unary, Text("one"))
                        await client.close()
                    } catch {
                        print("a connection failed: \(error)")
                        exit(1)
                    }
                }
            }
        }
    }
    print("| seconds | allocated KiB | resident MiB | descriptors | rounds of calls | connections made |\n| --- | --- | --- | --- | --- | --- |")
    var samples: [Soak.Sample] = []
    let start = ContinuousClock.now
    for index in 1...Soak.samples {
        let at = Duration.seconds(Soak.seconds) * index / Soak.samples
        await withTaskGroup(of: Void.self) { load in
            for client in clients {
                for _ in 0..<4 {
                    load.addTask {
                        await Soak.until(start + at) {
                            try await Soak.round(client)
                            Soak.rounds.add(1, ordering: .relaxed)
                        }
                    }
                }
            }
            // Connections come and go, with a call under way.
            load.addTask {
                await Soak.until(start + at) {
                    let client = try await ClientConnection.connect(to: endpoint, security: security, on: group)
                    _ = try await client.unary(Soak.unary, Text("one"))
                    await withTaskGroup(of: Void.self) { group in
                        group.addTask { _ = try? await client.unary(Soak.hang, Text("")) }
                        await client.close()
                    }
                    Soak.connections.add(1, ordering: .relaxed)
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        }
        let sample = try await Soak.settledSample()
        samples.append(sample)
        let resident = String(format: "%.1f", Double(sample.resident) / 1_048_576)
        print(
            "| \(Int(at / .seconds(1))) | \(sample.allocated / 1024) | \(resident) | \(sample.descriptors) "
                + "| \(Soak.rounds.load(ordering: .relaxed)) | \(Soak.connections.load(ordering: .relaxed)) |")
    }
    server.shutDown(grace: .seconds(5))
    try await tasks.waitForAll()
    return samples
}

let quarter = samples.count / 4
let (early, late) = (samples[quarter..<2 * quarter], samples[(samples.count - quarter)...])
let allocated = (early.map(\.allocated).min() ?? 0, late.map(\.allocated).min() ?? 0)
let descriptors = (early.map(\.descriptors).min() ?? 0, late.map(\.descriptors).min() ?? 0)
guard allocated.1 <= allocated.0 + Soak.growth else {
    print("memory grew by \(allocated.1 - allocated.0) bytes from the second quarter to the last, more than \(Soak.growth)")
    exit(1)
}
guard descriptors.1 <= descriptors.0 else {
    print("descriptors grew from \(descriptors.0) to \(descriptors.1)")
    exit(1)
}
print("memory grew by \(max(0, allocated.1 - allocated.0)) bytes from the second quarter to the last, descriptors did not")
exit(0)
