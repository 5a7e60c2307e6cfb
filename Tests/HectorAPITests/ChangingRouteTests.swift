import HectorCore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import HectorAPI

@Suite struct ChangingRouteTests {
    private static let admin = "0123456789abcdef-admin"
    private static let page = "0123456789abcdef-page"

    @Test func `Over TCP nothing changes the server without the administrator's token`() async throws {
        try await APIFixture().application.test(.live) { client in
            let reply = try await client.post("/reload", [:])
            #expect(reply.status == .forbidden && reply.text.contains("server.token"), "\(reply)")
        }
        let clients = [APIClient(name: "page", token: Self.page)]
        // Clients alone make nobody the administrator.
        try await APIFixture(security: APISecurity(clients: clients)).application.test(.live) { client in
            let refused = try await client.post("/reload", [:], [.authorization: "Bearer \(Self.page)"])
            #expect(refused.status == .forbidden)
        }
        try await APIFixture(security: APISecurity(token: Self.admin, clients: clients)).application.test(.live) { client in
            let without = try await client.post("/reload", [:])
            #expect(without.status == .unauthorized)
            let refused = try await client.post("/reload", [:], [.authorization: "Bearer \(Self.page)"])
            #expect(refused.status == .forbidden)
            let reply = try await client.post("/reload", [:], [.authorization: "Bearer \(Self.admin)"])
            #expect(reply.status == .ok && reply.json == ["asked": 2], "\(reply)")
        }
    }

    @Test func `Who comes by the control socket is the administrator, whatever tokens there are`() throws {
        let request = APISecurity.Credentials(host: "localhost", contentType: "application/json", isPost: true)
        let (here, elsewhere) = (try APISecurity.controlSocket.check(request), try APISecurity().check(request))
        #expect(here == .admin && elsewhere == .anyone)
        #expect(throws: APIError.self) { try APISecurity(token: Self.admin).check(request) }
    }

    @Test func `What drains reads its body, and says what is wrong in it`() async throws {
        let header: HTTPFields = [.authorization: "Bearer \(Self.admin)"]
        try await APIFixture(security: APISecurity(token: Self.admin)).application.test(.live) { client in
            let drained = try await client.post("/mesh/drain", ["target": "m-1", "reason": "fan"], header)
            #expect(drained.json == ["targets": ["m-1", "fan"], "calls": 1, "unserved": ["m"]], "\(drained)")
            let all = try await client.post("/mesh/undrain", ["all": true], header)
            #expect(all.json == ["targets": [], "calls": 0, "unserved": [], "not_kept": "full"], "\(all)")
            for body: JSON in [[:], ["target": .null], ["all": false], ["all": true, "target": "m-1"], ["all": true, "target": .null], ["target": "m-1", "reason": "x"]] {
                let refused = try await client.post("/mesh/undrain", body, header)
                #expect(refused.status == .badRequest, "\(body): \(refused)")
            }
            let wrong: [(JSON, String)] = [
                ([:], "target is missing: a replica, REPLICA@MACHINE or a machine."), (["target": 1], "target must be a string, not a number."),
                (["target": .string(String(repeating: "x", count: 513))], "target is longer than 512 bytes."), (["who": "m-1"], "who is not known here."),
            ]
            for (body, text) in wrong {
                let refused = try await client.post("/mesh/drain", body, header)
                #expect(refused.status == .badRequest && refused.text.contains(text), "\(refused)")
            }
        }
    }
}
