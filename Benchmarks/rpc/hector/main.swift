// The echo program of the benchmark in our own runtime; its peers beside it take the same arguments:
//
//   rpc-benchmark server tls|uds PORT|PATH
//   rpc-benchmark client tls|uds PORT|PATH LABEL SERVER_PID SECONDS SCENARIO...
//
// Scenarios: seq (one call at a time), cN (N calls in flight on one connection), sN (N server streams).
// OFFLOOP=1 runs handlers and callers on the global executor, as plugins do.
import Glibc
import HectorProto
import HectorRPC
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf

typealias Text = Google_Protobuf_StringValue

let unary = Method<Text, Text>("echo.Echo", "Unary", .idempotent)
let stream = Method<Text, Text>("echo.Echo", "Stream", .idempotent)

func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

func processorTime(_ pid: pid_t) -> Int64 {
    var clock = clockid_t()
    clock_getcpuclockid(pid, &clock)
    return nanoseconds(clock)
}

func file(_ name: String) -> String {
    let folder = getenv("CERTS").map { String(cString: $0) } ?? "certs"
    guard let stream = fopen("\(folder)/\(name)", "r") else { fatalError("\(folder)/\(name) cannot be read") }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    while case let byte = getc(stream), byte != EOF { bytes.append(UInt8(byte)) }
    return String(decoding: bytes, as: UTF8.self)
}

func security(_ kind: String, _ side: String) -> ConnectionSecurity {
    guard kind == "tls" else { return .plaintext }
    return .mutualTLS(
        TLSConfiguration(
            identity: TLSIdentity(certificatePEM: file("\(side).pem"), privateKeyPEM: file("\(side).key")),
            trust: .authorities(pem: file("ca.pem")), serverName: "localhost", verifiesServerName: side == "client"))
}

func endpoint(_ kind: String, _ address: String) -> Endpoint {
    kind == "tls" ? .tcp(host: "127.0.0.1", port: Int(address) ?? 0) : .unix(path: address)
}

func serve(_ kind: String, _ address: String, offLoop: Bool, on group: any EventLoopGroup) async throws {
    var services = RPCServices()
    let execution: HandlerExecution = offLoop ? .offLoop : .onLoop
    if offLoop {
        services.unary(unary) { request, _ in request }
    } else {
        services.unary(unary, inline: { request, _ in request })
    }
    services.serverStreaming(stream, execution) { request, writer, _ in
        for _ in 0..<(Int(request.value) ?? 0) { try await writer.write(Text("token-0123456789ab")) }
    }
    if kind == "uds" { unlink(address) }
    let server = try RPCServer(
        endpoint(kind, address), security: security(kind, "server"), services: services, on: group,
        log: Logger(label: "benchmark"))
    try await server.run { _ in
        print("READY")
        fflush(nil)
    }
}

/// Calls, or streams, from so many tasks at once until the time is over.
func phase(
    _ connection: ClientConnection, _ concurrency: Int, seconds: Double, streams: Bool, offLoop: Bool
) async throws -> (count: Int, latencies: [Int64]) {
    let end = nanoseconds(CLOCK_MONOTONIC) + Int64(seconds * 1e9)
    let executor = offLoop ? nil : connection.executor
    return try await withThrowingTaskGroup(of: (Int, [Int64]).self) { group in
        for _ in 0..<concurrency {
            group.addTask(executorPreference: executor) {
                let request = Text(streams ? "1000" : String(repeating: "abcdefghij", count: 10))
                var count = 0
                var latencies: [Int64] = []
                var start = nanoseconds(CLOCK_MONOTONIC)
                while start < end {
                    if streams {
                        count += try await connection.serverStreaming(stream, request) { responses in
                            var received = 0
                            for try await _ in responses { received += 1 }
                            return received
                        }
                    } else {
                        let response = try await connection.unary(unary, request)
                        precondition(response.value.utf8.count == 100)
                        count += 1
                    }
                    let now = nanoseconds(CLOCK_MONOTONIC)
                    latencies.append(now - start)
                    start = now
                }
                return (count, latencies)
            }
        }
        var total = (count: 0, latencies: [Int64]())
        for try await (count, latencies) in group {
            total.count += count
            total.latencies += latencies
        }
        return total
    }
}

func fixed(_ value: Double, _ digits: Int) -> String {
    let scale = [1.0, 10, 100][digits]
    let rounded = (value * scale).rounded() / scale
    return digits == 0 ? "\(Int(rounded))" : "\(rounded)"
}

let arguments = CommandLine.arguments
let offLoop = getenv("OFFLOOP") != nil
let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
switch arguments.dropFirst().first {
case "server" where arguments.count == 4:
    try await serve(arguments[2], arguments[3], offLoop: offLoop, on: group)
case "client" where arguments.count > 7:
    let connection = try await ClientConnection.connect(
        to: endpoint(arguments[2], arguments[3]), security: security(arguments[2], "client"), on: group)
    guard let server = pid_t(arguments[5]), let seconds = Double(arguments[6]) else { fatalError("bad arguments") }
    for scenario in arguments[7...] {
        let streams = scenario.hasPrefix("s") && scenario != "seq"
        let concurrency = scenario == "seq" ? 1 : Int(scenario.dropFirst()) ?? 1
        _ = try await phase(connection, concurrency, seconds: 0.3, streams: streams, offLoop: offLoop)
        let before = (processorTime(getpid()), processorTime(server), nanoseconds(CLOCK_MONOTONIC))
        let (count, unsorted) = try await phase(connection, concurrency, seconds: seconds, streams: streams, offLoop: offLoop)
        let after = (processorTime(getpid()), processorTime(server), nanoseconds(CLOCK_MONOTONIC))
        let latencies = unsorted.sorted()
        print(
            "RES \(arguments[4]) \(scenario) n=\(count) rate=\(fixed(Double(count) / Double(after.2 - before.2) * 1e9, 0))",
            "p50us=\(fixed(Double(latencies[latencies.count / 2]) / 1e3, 1)) p99us=\(fixed(Double(latencies[latencies.count * 99 / 100]) / 1e3, 1))",
            "cli_us=\(fixed(Double(after.0 - before.0) / 1e3 / Double(count), 2)) srv_us=\(fixed(Double(after.1 - before.1) / 1e3 / Double(count), 2))")
        fflush(nil)
    }
    await connection.close()
default:
    print("usage: rpc-benchmark server tls|uds PORT|PATH | client tls|uds PORT|PATH LABEL SERVER_PID SECONDS SCENARIO...")
    exit(2)
}
