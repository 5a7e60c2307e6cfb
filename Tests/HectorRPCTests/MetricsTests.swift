import HectorCore
import HectorProto
import SwiftProtobuf
import Testing

@testable import HectorRPC

@Suite(.timeLimit(.minutes(1)))
struct MetricsTests {
    @Test func everyEndIsCountedOnceOnBothSides() async throws {
        let (there, here) = (RPCMetrics(), RPCMetrics())
        try await withEcho(tls: true, serverMetrics: there, clientMetrics: here) { client, server in
            for _ in 0..<5 { _ = try await client.unary(Echo.unary, Text("well")) }
            for _ in 0..<3 { _ = try? await client.unary(Echo.unary, Text("fail: as asked")) }
            _ = try? await client.unary(Echo.unknown, Text("x"))
            try await client.serverStreaming(Echo.stream, Text("10")) { for try await _ in $0 {} }
            for metrics in [there, here] {
                let unary = try #require(metrics.methods.first { $0.path == Echo.unary.path })
                #expect(unary.codes == [.ok: 5, .failedPrecondition: 3])
                #expect(unary.calls == 8)
                #expect(unary.latency(1) > .zero && unary.latency(1) < .seconds(60))
                #expect(unary.latency(0.5) <= unary.latency(1))
                #expect(metrics.methods.first { $0.path == Echo.stream.path }?.codes == [.ok: 1])
            }
            #expect(here.methods.first { $0.path == Echo.unknown.path }?.codes == [.unimplemented: 1])
            // A peer cannot fill our memory with names of its own.
            #expect(there.methods.first { $0.path == "unknown" }?.codes == [.unimplemented: 1])

            let ours = try #require(await client.counters())
            #expect(ours.calls == 10)
            let theirs = await server.counters()
            #expect(theirs.count == 1)
            #expect(theirs.first?.calls == 10)
            #expect(theirs.first?.bytesReceived == ours.bytesSent)
            #expect(ours.bytesSent > 1000)
        }
    }

    @Test func soManyMethodsCountTogether() {
        let metrics = RPCMetrics()
        for number in 0..<1000 { metrics.record(metrics.slot("/a.B/\(number)"), .ok, nanoseconds: 1_000_000) }
        #expect(metrics.methods.count == 257)
        #expect(metrics.methods.map(\.calls).reduce(0, +) == 1000)
        metrics.record(0, .ok, nanoseconds: .max)
        metrics.record(0, .ok, nanoseconds: -1)
        #expect(metrics.methods.first?.calls == 3)
    }

    @Test func theTraceGoesOn() async throws {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let seen = Method<Text, Text>("trace.Trace", "Seen", .idempotent)
        try await withEcho(tls: false) { services in
            services.unary(seen) { _, _ in
                Text("\(TraceContext.current?.traceParent ?? "-") \(TraceContext.current?.requestID ?? "-")")
            }
        } _: { client, _ in
            try await #expect(client.unary(seen, Text("")).value == "- -")
            try await TraceContext.$current.withValue(TraceContext(traceParent: parent, requestID: "r-1")) {
                try await #expect(client.unary(seen, Text("")).value == "\(parent) r-1")
                let own = CallOptions(metadata: ["x-request-id": "mine"])
                try await #expect(client.unary(seen, Text(""), options: own).value == "\(parent) mine")
            }
        }
    }
}
