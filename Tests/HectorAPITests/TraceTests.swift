import HectorCore
import HTTPTypes
import HectorProto
import HectorProviders
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import HectorAPI

@Suite struct TraceTests {
    /// Answers with the trace that its call belongs to.
    private struct TraceTeller: LLMProvider {
        let about = PluginDescription(name: "teller", version: "1.0.0")

        func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
            var response = GenerateResponse()
            response.text = Self.trace
            return response
        }

        func generateStreaming(
            _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
        ) async throws -> GenerationEnd {
            try await onChunk(.text(Self.trace))
            return 1
        }

        private static var trace: String {
            "\(TraceContext.current?.requestID ?? "none") \(TraceContext.current?.traceParent ?? "none")"
        }
    }

    private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test(arguments: [false, true]) func aRequestsTraceReachesTheModel(streamed: Bool) async throws {
        var headers = HTTPFields()
        headers[text: "traceparent"] = Self.parent
        headers[text: "x-request-id"] = "my-request"
        try await APIFixture(llm: TraceTeller()).application.test(.live) { [headers] client in
            let question: JSON = ["model": "guide", "stream": .bool(streamed), "messages": [["role": "user", "content": "?"]]]
            let reply = try await client.post("/v1/chat/completions", question, headers)
            #expect(reply.text.contains("my-request \(Self.parent)"), "\(reply.text)")
            #expect(reply.headers[text: "x-request-id"] == "my-request")
        }
    }

    @Test(arguments: [
        "", "00", "00-\(String(repeating: "0", count: 32))-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
    ]) func aTraceThatIsNoneIsIgnored(parent: String) async throws {
        var headers = HTTPFields()
        headers[text: "traceparent"] = parent
        try await expectTrace("from-the-test none", headers)
    }

    @Test func aTraceGivenTwiceIsIgnored() async throws {
        var headers = HTTPFields()
        for _ in 0..<2 {
            headers.append(HTTPField(name: try #require(HTTPField.Name("traceparent")), value: Self.parent))
        }
        try await expectTrace("from-the-test none", headers)
    }

    @Test(arguments: ["", "with space", String(repeating: "x", count: 129), "ümlaut"])
    func aRequestIDThatIsNoneIsReplaced(id: String) async throws {
        var headers = HTTPFields()
        headers[text: "x-request-id"] = id
        try await expectTrace("id-1 none", headers)
    }

    private func expectTrace(_ trace: String, _ headers: HTTPFields) async throws {
        try await APIFixture(llm: TraceTeller()).application.test(.live) { client in
            let question: JSON = ["model": "guide", "messages": [["role": "user", "content": "?"]]]
            let reply = try await client.post("/v1/chat/completions", question, headers)
            #expect(reply.json["choices"]?[0]?["message"]?["content"]?.string == trace, "\(reply.text)")
            #expect(reply.headers[text: "x-request-id"].map { trace.hasPrefix($0 + " ") } == true)
        }
    }

    @Test func everyAnswerNamesItsRequest() async throws {
        try await APIFixture(security: APISecurity(token: "a-token-of-some-length")).application.test(.live) { client in
            for path in ["/healthz", "/mesh", "/nowhere"] {
                let ids = try await [client.get(path), client.get(path)].map { $0.headers[text: "x-request-id"] }
                #expect(ids == ["from-the-test", "from-the-test"])
            }
            let made = try await client.execute(uri: "/healthz", method: .get) { $0.headers[text: "x-request-id"] }
            #expect(made == "id-1")
        }
    }

    /// What the front logs of a failure of its own names the request, and is one line whatever the error says: of whole
    /// answers and of streams, in both dialects.
    @Test(arguments: ConnectionTests.calls) func failuresAreLoggedWithTheirRequest(path: String, body: String) async throws {
        struct Broken: LLMProvider {
            struct Secret: Error, CustomStringConvertible {
                let description = "first\n2026-11-27 critical hector: forged\u{1B}[31m"
            }
            let about = PluginDescription(name: "broken", version: "1.0.0")
            func generate(_ request: GenerateRequest) async throws -> GenerateResponse { throw Secret() }
            func generateStreaming(
                _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
            ) async throws -> GenerationEnd { throw Secret() }
        }
        let lines = LogLines()
        let logger = Logger(label: "test") { _ in lines.handler }
        try await APIFixture(llm: Broken()).api.application(logger: logger).test(.live) { client in
            let reply = try await client.post(path, text: body)
            #expect(reply.text.contains("see the server's log"), "\(reply.text)")
        }
        #expect(lines.all.filter { $0.hasPrefix("error A request failed") && $0.contains("from-the-test") }.count == 1, "\(lines.all)")
        #expect(lines.all.allSatisfy { !$0.contains("\n") && !$0.contains("\u{1B}") }, "\(lines.all)")
    }
}
