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
}
