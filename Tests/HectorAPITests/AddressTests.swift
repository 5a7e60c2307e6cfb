import HTTPTypes
import HectorProviders
import Hummingbird
import HummingbirdTesting
import ScriptedProviders
import Testing

@testable import HectorAPI

@Suite struct AddressTests {
    @Test(arguments: [
        ("/responses", "/v1/responses"), ("/v1/completions", "/v1/chat/completions"), ("/chat/completions", "/v1/chat/completions"),
        ("/embeddings", "/v1/embeddings"), ("/messages", "/v1/messages"),
        ("/models", "/v1/models"), ("/v2", "/v1/chat/completions"), ("/agents/guide/x", "/.well-known/agent-card.json"),
    ]) func anUnknownAddressIsToldWhatThereIs(path: String, there: String) async throws {
        try await APIFixture().application.test(.live) { client in
            for reply in [try await client.get(path), try await client.post(path, [:])] {
                #expect(reply.status == .notFound)
                #expect(reply.json["error"]?["code"] == "not_found")
                #expect(reply.json["error"]?["message"]?.string?.contains(there) == true, "\(reply.text)")
                #expect(reply.headers[text: "x-request-id"] == "from-the-test")
            }
        }
    }

    @Test(arguments: [
        ("/healthz", "GET, HEAD, OPTIONS"), ("/v1/models/guide", "GET, HEAD, OPTIONS"), ("/v1/chat/completions", "OPTIONS, POST"),
        ("/agents/guide", "GET, HEAD, OPTIONS, POST"), ("/agents/guide/", "GET, HEAD, OPTIONS, POST"), ("/", "OPTIONS, POST"),
    ]) func anotherMethodIsToldWhichThereAre(path: String, methods: String) async throws {
        try await APIFixture().application.test(.live) { client in
            try await client.execute(uri: path, method: .delete) { reply in
                #expect(reply.status == .methodNotAllowed)
                #expect(reply.headers[.allow] == methods)
            }
            try await client.execute(uri: path, method: .options) { reply in
                #expect(reply.status == .noContent)
                #expect(reply.headers[.allow] == methods)
            }
        }
    }

    @Test(arguments: ["/healthz", "/readyz", "/mesh", "/metrics", "/agents", "/agents/guide", "/v1/models", "/v1/models/guide", "/.well-known/agent-card.json"])
    func headIsGetWithoutABody(path: String) async throws {
        try await APIFixture().application.test(.live) { client in
            let get = try await client.get(path)
            try await client.execute(uri: path, method: .head) { head in
                #expect(head.status == get.status)
                // Metrics count the request before.
                if path != "/metrics" { #expect(head.headers[.contentLength] == String(get.text.utf8.count)) }
                #expect(head.headers[.contentType] == get.headers[.contentType])
                #expect(head.body.readableBytes == 0)
            }
        }
    }

    /// What it is asked in does not matter where nothing is asked.
    @Test func `Another method is told so before its body is looked at`() async throws {
        try await APIFixture().application.test(.live) { client in
            let reply = try await client.post("/v1/models", text: "a=b", [.contentType: "application/x-www-form-urlencoded"])
            #expect(reply.status == .methodNotAllowed && reply.headers[.allow] == "GET, HEAD, OPTIONS")
        }
    }

    @Test func pagesOfAllowedOriginsMayCall() async throws {
        let security = APISecurity(token: "secret", corsOrigins: ["https://chat.example.org"])
        try await APIFixture(security: security).application.test(.live) { client in
            var headers: HTTPFields = [.origin: "https://chat.example.org"]
            headers[.accessControlRequestMethod] = "POST"
            headers[.accessControlRequestHeaders] = "authorization, content-type, x-stainless-os"
            // A preflight carries no token.
            try await client.execute(uri: "/v1/chat/completions", method: .options, headers: headers) { reply in
                #expect(reply.status == .noContent)
                #expect(reply.headers[.accessControlAllowOrigin] == "https://chat.example.org")
                #expect(reply.headers[.accessControlAllowHeaders] == "authorization, content-type, x-stainless-os")
                #expect(reply.headers[.accessControlAllowMethods]?.contains("POST") == true)
            }
            let refused = try await client.get("/v1/models", [.origin: "https://chat.example.org"])
            #expect(refused.status == .unauthorized && refused.headers[.accessControlAllowOrigin] == "https://chat.example.org")
            let models = try await client.get("/v1/models", [.origin: "https://chat.example.org", .authorization: "Bearer secret"])
            #expect(models.status == .ok && models.headers[.vary] == "Origin")
            headers[.origin] = "https://evil.example"
            try await client.execute(uri: "/v1/chat/completions", method: .options, headers: headers) { reply in
                #expect(reply.status == .unauthorized)
                #expect(reply.headers[.accessControlAllowOrigin] == nil)
            }
        }
    }

    /// Clients look at them to decide whether to send again, and what was not done.
    @Test func pagesMayReadWhatAnswersSayInHeaders() async throws {
        let llm = ScriptedLLM { _, _ in throw ProviderError(.unsupported, "not at all") }
        let security = APISecurity(corsOrigins: ["https://chat.example.org"])
        try await APIFixture(llm: llm, security: security).application.test(.live) { client in
            let reply = try await client.post(
                "/v1/chat/completions", ["model": "m", "messages": [["role": "user", "content": "a"]]], [.origin: "https://chat.example.org"])
            #expect(reply.headers[text: "x-should-retry"] == "false")
            let exposed = Set((reply.headers[.accessControlExposeHeaders] ?? "").split(separator: ",").map { $0.drop { $0 == " " } })
            for name in reply.headers.map(\.name.canonicalName) + ["x-hector-ignored", "retry-after"] where name.hasPrefix("x-") || name == "retry-after" {
                #expect(exposed.contains(name[...]), "a page cannot read \(name)")
            }
        }
    }

    @Test func whoOpensTheServersAddressLearnsWhatThereIs() async throws {
        try await APIFixture().application.test(.live) { client in
            let reply = try await client.get("/", [.accept: "text/html,*/*;q=0.8"])
            #expect(reply.status == .methodNotAllowed && reply.headers[.allow] == "OPTIONS, POST")
            for place in ["/agents", "/mesh", "/v1/chat/completions", "/.well-known/agent-card.json"] {
                #expect(reply.json["error"]?["message"]?.string?.contains(place) == true, "\(reply.text)")
            }
        }
    }

    @Test func withoutATokenNoOtherOriginMayCallUnlessItIsNamed() throws {
        func check(_ security: APISecurity, _ origin: String) throws {
            try security.check(APISecurity.Credentials(
                host: "localhost", origin: origin, token: nil, contentType: "application/json", isPost: true))
        }
        try check(APISecurity(corsOrigins: ["https://chat.example.org"]), "https://chat.example.org")
        for security in [APISecurity(corsOrigins: ["https://chat.example.org"]), APISecurity(corsOrigins: ["*"]), APISecurity()] {
            #expect(throws: APIError(.forbidden, "")) { try check(security, "https://evil.example") }
        }
        #expect(APISecurity(token: "secret", corsOrigins: ["*"]).permits(origin: "https://any.example"))
    }
}
