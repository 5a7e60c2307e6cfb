import HTTPTypes
import HectorCore
import HummingbirdTesting
import Testing

@testable import HectorAPI

/// `/sessions`: each client's own.
@Suite struct SessionTests {
    private let a2a = A2ATests()
    private let security = APISecurity(token: "the-admin", clients: ["anna", "bert"].map { APIClient(name: $0, token: "token-of-\($0)") })

    private func header(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }

    private func say(_ text: String, in context: String) -> JSON {
        a2a.call("SendMessage", ["message": ["messageId": "m1", "role": "ROLE_USER", "contextId": .string(context), "parts": [["text": .string(text)]]]])
    }

    @Test func `A client sees and deletes its own, the administrator all`() async throws {
        try await APIFixture(security: security).application.test(.live) { client in
            for (token, text) in [("token-of-anna", "one two"), ("token-of-bert", "three")] {
                _ = try await client.post("/agents/guide", say(text, in: "trip"), header(token))
            }
            _ = try await client.post("/agents/guide", say("four", in: "other"), header("token-of-anna"))
            #expect(try await client.get("/sessions", header("the-admin")).json["sessions"]?.array?.count == 3)
            let own = try await client.get("/sessions", header("token-of-anna")).json["sessions"]?.array
            #expect(own?.map { $0["session"] } == ["other", "trip"] && own?.allSatisfy { $0["client"] == "anna" } == true)
            let shown = try await client.get("/sessions/trip", header("token-of-anna")).json
            #expect(shown["messages"] == [["role": "user", "text": "one two"], ["role": "assistant", "text": "one two "]] && shown["turns"] == 1)
            let id = try #require(shown["id"]?.string)
            #expect(try await client.get("/sessions/\(id)", header("the-admin")).json == shown)
            // Two have that name.
            #expect(try await client.get("/sessions/trip", header("the-admin")).status == .badRequest)
            for path in ["/sessions/\(id)", "/sessions/other"] {
                #expect(try await client.get(path, header("token-of-bert")).status == .notFound)
                #expect(try await client.delete(path, header("token-of-bert")).status == .notFound)
            }
            #expect(try await client.get("/sessions").status == .unauthorized)
            #expect(try await client.delete("/sessions/\(id)", header("token-of-anna")).json == ["deleted": 1])
            #expect(try await client.get("/sessions/\(id)", header("token-of-anna")).status == .notFound)
            #expect(try await client.delete("/sessions", header("token-of-bert")).json == ["deleted": 1])
            #expect(try await client.get("/sessions", header("the-admin")).json["sessions"]?.array?.map { $0["session"] } == ["other"])
        }
    }

    @Test func `Nobody deletes without a token`() async throws {
        try await APIFixture().application.test(.live) { client in
            _ = try await client.post("/agents/guide", say("one", in: "trip"))
            for path in ["/sessions", "/sessions/trip"] { #expect(try await client.delete(path).status == .forbidden) }
            #expect(try await client.get("/sessions/trip").status == .ok)
        }
    }

    @Test func `A call that waits for a person holds no place`() async throws {
        let gauge = Permit.Gauge(limit: 1)
        let permit = Permit(counting: gauge)
        try permit.take()
        #expect(throws: APIError(.overloaded, "")) { try Permit(counting: gauge).take() }
        await permit.whileAway {
            #expect(gauge.current == 0)
            let other = Permit(counting: gauge)
            #expect(throws: Never.self) { try other.take() }
            await permit.whileAway { #expect(gauge.current == 1) }
            withExtendedLifetime(other) {}
        }
        #expect(gauge.current == 1)
    }
}
