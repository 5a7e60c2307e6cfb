import HectorCore
import FoundationEssentials
import HectorMesh
import HectorMetrics
import Hummingbird
import HummingbirdTesting
import Testing

@testable import HectorAPI

@Suite struct StatusTests {
    @Test func meshIsTheSnapshot() async throws {
        let replica = ReplicaStatus(
            plugin: "m", type: "llm_provider", replica: "m-2", host: "shed", path: .lan, version: "1.0.0", state: .ejected,
            reason: "2 failures in a row", inFlight: 3, share: 0.25, load: .init(calls: 6, queued: 2, age: .milliseconds(1250)),
            concurrency: 2.5, prefillRate: 1_500, decodeRate: 48, calls: 9, successRate: 0.5, p50: .microseconds(1500),
            p99: .seconds(2), certificateExpiry: 1_800_000_000
        )
        try await APIFixture(replicas: [replica]).application.test(.live) { client in
            let reply = try await client.get("/mesh")
            #expect(reply.json == [
                "mesh": "home", "host": "desk", "waiting": ["nowhere"], "notices": [], "conditions": [],
                "absent": [["agent": "gpu-1", "addresses": ["10.0.0.2:7443"], "reason": "nobody listens there"]],
                "replicas": [[
                    "plugin": "m", "type": "llm_provider", "replica": "m-2", "host": "shed", "machine": "shed", "path": "lan",
                    "version": "1.0.0", "state": "ejected", "reason": "2 failures in a row", "in_flight": 3, "share": .number(0.25),
                    "load": 6, "queued": 2, "load_age_ms": 1250, "concurrency": .number(2.5), "prefill_tokens_per_second": 1500,
                    "decode_tokens_per_second": 48, "calls": 9,
                    "success_rate": .number(0.5), "p50_ms": .number(1.5), "p99_ms": 2000, "certificate_expires": 1_800_000_000,
                ]],
            ])
            let report = try JSONDecoder().decode(MeshReport.self, from: Data(reply.text.utf8))
            #expect(report.replicas == [MeshReport.Replica(replica)])
        }
        try await APIFixture().application.test(.live) { client in
            let replica = try await client.get("/mesh").json["replicas"]?[0]
            for key in [
                "share", "load", "queued", "load_age_ms", "concurrency", "prefill_tokens_per_second", "decode_tokens_per_second",
                "success_rate", "p50_ms", "p99_ms", "certificate_expires",
            ] {
                #expect(replica?[key] == nil, "\(key)")
            }
        }
    }

    @Test func `Metrics count requests by route and status`() async throws {
        let fixture = APIFixture()
        fixture.metrics.collect { text in
            text.metric("from_elsewhere", .gauge, "")
            text.sample("from_elsewhere", [], 5)
        }
        try await fixture.application.test(.live) { client in
            let call: JSON = ["model": "guide", "messages": [["role": "user", "content": "hello"]]]
            for _ in 0..<3 { #expect(try await client.post("/v1/chat/completions", call).status == .ok) }
            #expect(try await client.post("/v1/chat/completions", call.adding(["stream": true])).status == .ok)
            #expect(try await client.post("/v1/chat/completions", text: "{").status == .badRequest)
            #expect(try await client.get("/agents/guide").status == .ok)
            #expect(try await client.get("/agents/x").status == .notFound)
            #expect(try await client.get("/not/here/\(Int.random(in: 0..<1000))").status == .notFound)

            let reply = try await client.get("/metrics")
            #expect(reply.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = reply.text.split(separator: "\n").map(String.init)
            #expect(lines.filter { $0.hasPrefix("# TYPE") } == [
                "# TYPE from_elsewhere gauge", "# TYPE hector_http_connections gauge", "# TYPE hector_http_calls_in_progress gauge",
                "# TYPE hector_http_request_duration_seconds summary", "# TYPE hector_http_requests_total counter",
            ])
            #expect(lines.contains("from_elsewhere 5"))
            #expect(lines.contains("hector_http_calls_in_progress 0"))
            #expect(Set(lines.filter { $0.hasPrefix("hector_http_requests_total") }) == [
                #"hector_http_requests_total{route="POST /v1/chat/completions",status="200"} 4"#,
                #"hector_http_requests_total{route="POST /v1/chat/completions",status="400"} 1"#,
                #"hector_http_requests_total{route="GET /agents/{agent}",status="200"} 1"#,
                #"hector_http_requests_total{route="GET /agents/{agent}",status="404"} 1"#,
                #"hector_http_requests_total{route="other",status="404"} 1"#,
            ])
            // A stream counts when it has ended.
            #expect(lines.contains(#"hector_http_request_duration_seconds_count{route="POST /v1/chat/completions"} 5"#))
        }
    }

    @Test func metricsAreForThoseWhoMayCall() async throws {
        try await APIFixture(security: APISecurity(token: "a-token-of-some-length")).application.test(.live) { client in
            let stranger = try await client.get("/metrics")
            #expect(stranger.status == .unauthorized)
            let friend = try await client.get("/metrics", [.authorization: "Bearer a-token-of-some-length"])
            #expect(friend.status == .ok)
        }
    }

    @Test func agentsSayWhetherTheyAreReady() async throws {
        try await APIFixture().application.test(.live) { client in
            let list = try await client.get("/agents").json
            #expect(list["agents"]?.array?.map { $0["id"] } == ["guide", "lost"])
            #expect(try await client.get("/agents/guide").json == [
                "id": "guide", "name": "Guide", "description": "Guides.", "llm": "m", "default": true, "ready": true,
                "reason": "", "card": "/agents/guide/.well-known/agent-card.json",
            ])
            let lost = try await client.get("/agents/lost").json
            #expect(lost["ready"] == false)
            #expect(lost["reason"]?.string?.contains("nowhere") == true)
            #expect(try await client.get("/agents/x").status == .notFound)
        }
    }

    @Test func readinessNamesWhatIsMissing() async throws {
        var fixture = APIFixture()
        fixture.replicas.append(ReplicaStatus(
            plugin: "nowhere", type: "llm_provider", replica: "n-1", host: "shed", path: .lan, state: .failed, reason: "gave up"
        ))
        try await fixture.application.test(.live) { client in
            #expect(try await client.get("/healthz").status == .ok)
            let reply = try await client.get("/readyz")
            #expect(reply.status == .serviceUnavailable)
            #expect(reply.json["ready"] == false)
            #expect(reply.json["missing"] == [["agent": "lost", "plugin": "nowhere"]])
            let lost = try await client.get("/agents/lost").json
            #expect(lost["reason"]?.string?.contains("failed (gave up)") == true)
        }
        fixture.replicas[1].state = .ready
        try await fixture.application.test(.live) { client in
            let reply = try await client.get("/readyz")
            #expect(reply.json == ["ready": true, "missing": []])
        }
    }

    @Test func probesNeedNoTokenAndTheRestDoes() async throws {
        try await APIFixture(security: APISecurity(token: "secret")).application.test(.live) { client in
            #expect(try await client.get("/healthz").status == .ok)
            #expect(try await client.get("/readyz").status == .serviceUnavailable)
            for path in ["/mesh", "/agents", "/v1/models", "/.well-known/agent-card.json", "/nothing"] {
                let reply = try await client.get(path)
                #expect(reply.status == .unauthorized)
                #expect(reply.headers[.wwwAuthenticate] == "Bearer")
            }
            #expect(try await client.get("/mesh", [.authorization: "Bearer secret"]).status == .ok)
        }
    }

    @Test func pagesOfOtherOriginsAreRefused() async throws {
        try await APIFixture().application.test(.live) { client in
            let foreign = try await client.get("/mesh", [.origin: "http://evil.example"])
            #expect(foreign.status == .forbidden)
            let form = try await client.post("/v1/chat/completions", text: "{}", [.contentType: "text/plain"])
            #expect(form.status == .unsupportedMediaType)
        }
    }

    @Test func nothingIsSaidInOneForm() async throws {
        try await APIFixture().application.test(.live) { client in
            let reply = try await client.get("/nothing")
            #expect(reply.status == .notFound)
            #expect(reply.json["error"]?["code"] == "not_found")
        }
    }
}
