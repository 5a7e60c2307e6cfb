import HectorConfig
import HectorCore
import Testing

@Suite struct TracingTests {
    private func tracing(_ keys: String) throws -> TracingEntry? { try host("tracing: {\(keys)}").tracing }

    @Test func `A collector, its headers and the part that is recorded`() throws {
        #expect(try host("default_agent: \nagents: {}").tracing == nil)
        #expect(try tracing(#"endpoint: "http://127.0.0.1:4317""#) == TracingEntry(collector: HostPort(host: "127.0.0.1", port: 4317)))
        let entry = try tracing(#"endpoint: "http://Collector.example.org:4317", headers: {authorization: "${HECTOR_TOKEN}"}, sample: 0.25"#)
        #expect(entry == TracingEntry(collector: HostPort(host: "collector.example.org", port: 4317), headers: ["authorization": "0123456789abcdef"], sample: 0.25))
    }

    @Test(arguments: [
        ("sample: 1", "this key is required"), (#"endpoint: "https://x:4317""#, "collectors are spoken to without TLS"), (#"endpoint: "http://x:4317/v1/traces""#, "expected a collector's address"),
        (#"endpoint: "x:4317""#, "expected a collector's address"), (#"endpoint: "http://x:1", sample: 2"#, "a number from 0 to 1"),
        (#"endpoint: "http://x:1", headers: {Authorization: x}"#, "cannot be sent"), (#"endpoint: "http://x:1", headers: {grpc-timeout: x}"#, "cannot be sent"),
    ]) func `What is wrong is told`(keys: String, words: String) {
        let problems = hostProblems("tracing: {\(keys)}")
        #expect(problems.count == 1 && problems[0].contains(words), "\(problems)")
    }
}
