import HectorMesh
import HectorMetrics
import Testing

@testable import HectorHost
@testable import HectorRPC

/// Dashboards are built on these names and labels.
@Suite struct FiguresTests {
    @Test func `Calls to replicas are told under the names of always`() {
        let metrics = RPCMetrics()
        let slot = metrics.slot("/a.B/C")
        for _ in 0..<41 { metrics.record(slot, .ok, nanoseconds: 20_000_000) }
        metrics.record(slot, .unavailable, nanoseconds: 20_000_000)
        var text = PrometheusText()
        metrics.methods.write(to: &text)
        CallFigures.write(
            [("odd\"\\\nname", ConnectionCounters(bytesReceived: 10, bytesSent: 20, calls: 3))], to: &text)
        let lines = text.text.split(separator: "\n").filter { !$0.hasPrefix("# HELP") }
        // The values of times are to two digits.
        #expect(lines.map { $0.contains("_seconds") && !$0.hasPrefix("#") ? $0[..<($0.lastIndex(of: " ") ?? $0.endIndex)] : $0 } == [
            "# TYPE hector_rpc_calls_total counter",
            #"hector_rpc_calls_total{method="/a.B/C",code="OK"} 41"#,
            #"hector_rpc_calls_total{method="/a.B/C",code="UNAVAILABLE"} 1"#,
            "# TYPE hector_rpc_call_duration_seconds summary",
            #"hector_rpc_call_duration_seconds{method="/a.B/C",quantile="0.5"}"#,
            #"hector_rpc_call_duration_seconds{method="/a.B/C",quantile="0.9"}"#,
            #"hector_rpc_call_duration_seconds{method="/a.B/C",quantile="0.99"}"#,
            #"hector_rpc_call_duration_seconds_sum{method="/a.B/C"}"#,
            #"hector_rpc_call_duration_seconds_count{method="/a.B/C"}"#,
            "# TYPE hector_rpc_connection_received_bytes_total counter",
            #"hector_rpc_connection_received_bytes_total{peer="odd\"\\\nname"} 10"#,
            "# TYPE hector_rpc_connection_sent_bytes_total counter",
            #"hector_rpc_connection_sent_bytes_total{peer="odd\"\\\nname"} 20"#,
            "# TYPE hector_rpc_connection_calls_total counter",
            #"hector_rpc_connection_calls_total{peer="odd\"\\\nname"} 3"#,
        ])
        let times = Dictionary(
            lines.filter { $0.hasPrefix("hector_rpc_call_duration") }.map { $0.split(separator: " ") }.map { (String($0[0]), Double($0[1]) ?? 0) },
            uniquingKeysWith: { first, _ in first })
        for (name, expected) in [
            (#"{method="/a.B/C",quantile="0.5"}"#, 0.02), (#"{method="/a.B/C",quantile="0.99"}"#, 0.02),
            (#"_sum{method="/a.B/C"}"#, 0.84), (#"_count{method="/a.B/C"}"#, 42),
        ] {
            let told = times["hector_rpc_call_duration_seconds" + name] ?? 0
            #expect(abs(told - expected) <= 0.01 * expected, "\(name): \(told)")
        }
    }

    @Test func `A replica's load, share and ejections are told where they are known`() {
        let known = ReplicaStatus(
            plugin: "m", type: "llm_provider", replica: "m-1", host: "shed", path: .lan, state: .ready, inFlight: 3, share: 0.25,
            load: .init(calls: 6, age: .zero), ejections: 2)
        let unknown = ReplicaStatus(plugin: "m", type: "llm_provider", replica: "m-2", host: "desk", path: .local, state: .lost)
        var text = PrometheusText()
        [known, unknown].write(to: &text)
        let (one, other) = (
            #"{plugin="m",type="llm_provider",replica="m-1",host="shed"}"#, #"{plugin="m",type="llm_provider",replica="m-2",host="desk"}"#
        )
        #expect(text.text.split(separator: "\n").filter { !$0.hasPrefix("# HELP") }.map(String.init) == [
            "# TYPE hector_replica_ready gauge", "hector_replica_ready\(one) 1", "hector_replica_ready\(other) 0",
            "# TYPE hector_replica_in_flight gauge", "hector_replica_in_flight\(one) 3", "hector_replica_in_flight\(other) 0",
            "# TYPE hector_replica_load gauge", "hector_replica_load\(one) 6",
            "# TYPE hector_replica_share gauge", "hector_replica_share\(one) 0.25",
            "# TYPE hector_replica_ejections_total counter", "hector_replica_ejections_total\(one) 2",
            "hector_replica_ejections_total\(other) 0",
        ])
    }
}
