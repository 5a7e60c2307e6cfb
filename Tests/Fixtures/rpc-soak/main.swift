// Client and server under load in one process, over mutual TLS: memory and descriptors must not grow.
//
//   rpc-soak [SECONDS]     default 600
//
// Prints a table, and fails where the least of the last quarter is more than the least of the second one by more than `Soak.growth`:
// a leak raises the floor, while what is in use at one moment may be any number of large messages.
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
    /// What memory may grow by from the second quarter to the last, in bytes: an allocator never gives all back.
    static let growth = 4 << 20
    static let samples = 20

    static let rounds = Atomic(0)
    static let connections = Atomic(0)
    static let isOver = Atomic(false)

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
            try await Task.sleep(for: .seconds(3600))
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

    /// Calls fail only when the server has been shut down.
    static func untilOver(_ body: () async throws -> Void) async {
        while !isOver.load(ordering: .relaxed) {
            do {
                try await body()
            } catch {
                guard !isOver.load(ordering: .relaxed) else { return }
                print("a call failed: \(error)")
                exit(1)
            }
        }
    }

    struct Sample {
        var resident: Int
        var descriptors: Int
    }

    static func sample() throws -> Sample {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ").dropFirst().first
        return Sample(
            resident: (pages.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))),
            descriptors: try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count)
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
    for _ in 0..<2 {
        let client = try await ClientConnection.connect(to: endpoint, security: security, on: group, keepalive: KeepaliveConfiguration(interval: .seconds(1), timeout: .seconds(30)))
        for _ in 0..<4 {
            tasks.addTask {
                await Soak.untilOver {
                    try await Soak.round(client)
                    Soak.rounds.add(1, ordering: .relaxed)
                }
            }
        }
    }
    // Connections come and go, with a call under way.
    tasks.addTask {
        await Soak.untilOver {
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
    print("| seconds | resident MiB | descriptors | rounds of calls | connections made |\n| --- | --- | --- | --- | --- |")
    var samples: [Soak.Sample] = []
    let start = ContinuousClock.now
    for index in 1...Soak.samples {
        let at = Duration.seconds(Soak.seconds) * index / Soak.samples
        try await Task.sleep(until: start + at)
        let sample = try Soak.sample()
        samples.append(sample)
        let resident = String(format: "%.1f", Double(sample.resident) / 1_048_576)
        print("| \(Int(at / .seconds(1))) | \(resident) | \(sample.descriptors) | \(Soak.rounds.load(ordering: .relaxed)) | \(Soak.connections.load(ordering: .relaxed)) |")
    }
    Soak.isOver.store(true, ordering: .relaxed)
    server.shutDown(grace: .seconds(5))
    try await tasks.waitForAll()
    return samples
}

let quarter = samples.count / 4
let (early, late) = (samples[quarter..<2 * quarter], samples[(samples.count - quarter)...])
let resident = (early.map(\.resident).min() ?? 0, late.map(\.resident).min() ?? 0)
let descriptors = (early.map(\.descriptors).min() ?? 0, late.map(\.descriptors).min() ?? 0)
guard resident.1 <= resident.0 + Soak.growth else {
    print("memory grew by \(resident.1 - resident.0) bytes from the second quarter to the last, more than \(Soak.growth)")
    exit(1)
}
// One connection more may just stand: two ends of it.
guard descriptors.1 <= descriptors.0 + 2 else {
    print("descriptors grew from \(descriptors.0) to \(descriptors.1)")
    exit(1)
}
print("memory grew by \(max(0, resident.1 - resident.0) / 1024) KiB from the second quarter to the last, descriptors by \(max(0, descriptors.1 - descriptors.0))")
exit(0)
