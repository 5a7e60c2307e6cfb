import HectorProto
import SwiftProtobuf
import Testing

@testable import HectorRPC

/// Several hosts on one port: services chosen by `:authority` and by metadata.
@Suite(.timeLimit(.minutes(1)))
struct ServiceRouteTests {
    private static func saying(_ name: String) -> RPCServices {
        var services = RPCServices()
        services.unary(Echo.unary) { _, _ in Text(name) }
        return services
    }

    /// Whom a call with this head is for; nil: the server itself.
    private func choice(_ services: RPCServices, _ head: [(String, String)]) -> Set<String>? {
        var fields = HeaderFields()
        for (name, value) in head { fields.append(name, value) }
        return ServiceRoutes(services.routes, metrics: nil)?.find(fields)?.services.services
    }

    private func routes(_ route: ServiceRoute) -> RPCServices {
        var services = RPCServices()
        services.add(route, Self.saying("it"))
        return services
    }

    @Test(arguments: [
        ("a.example", "a.example", true), ("a.example", "A.Example:7443", true), ("A.EXAMPLE:1", "a.example", true),
        ("a.example", "b.example", false), ("a.example", "a.example.org", false), ("a.example", "", false),
        ("[::1]", "[::1]:7443", true), ("[FE80::1]", "[fe80::1]", true), ("[::1]", "[::2]:7443", false), ("[::1]", "[::1", false),
        ("a[", "a{", false),
    ]) func hostsAreComparedWithoutCaseAndPort(named: String, asked: String, fits: Bool) {
        #expect((choice(routes(.authority(named)), [(":authority", asked)]) != nil) == fits)
    }

    @Test func hostStandsInForAnAuthorityThatIsNotThere() {
        #expect(choice(routes(.authority("a.example")), [("host", "a.example")]) != nil)
        #expect(choice(routes(.authority("a.example")), [(":authority", "b.example"), ("host", "a.example")]) == nil)
        #expect(choice(routes(.authority("a.example")), []) == nil)
    }

    @Test func oneOfSeveralMetadataValuesSuffices() {
        let services = routes(.metadata("X-Tenant", "blue"))
        #expect(choice(services, [("x-tenant", "red"), ("x-tenant", "blue")]) != nil)
        #expect(choice(services, [("x-tenant", "Blue")]) == nil)
        #expect(choice(services, [("x-other", "blue")]) == nil)
    }

    @Test func noRouteIsNoTable() {
        #expect(ServiceRoutes(Self.saying("it").routes, metrics: nil) == nil)
    }

    @Test func aServerHasSeveralHosts() async throws {
        let metrics = RPCMetrics()
        try await withEcho(tls: false, serverMetrics: metrics, services: { services in
            var local = Self.saying("the plaintext host")
            local.add(.metadata("x-tenant", "blue"), Self.saying("blue at the plaintext host"))
            ReflectionService.register(in: &local)
            services.add(.metadata("x-tenant", "red"), Self.saying("red"))
            services.add(.authority("LOCALHOST:80"), local)
        }) { client, _ in
            func ask(_ options: CallOptions) async throws -> String { try await client.unary(Echo.unary, Text("who?"), options: options).value }
            try await #expect(ask(CallOptions()) == "the plaintext host")
            try await #expect(ask(CallOptions(metadata: ["x-tenant": "blue"])) == "blue at the plaintext host")
            try await #expect(ask(CallOptions(metadata: ["x-tenant": "red"])) == "red")
            // The server itself offers this method, its host does not.
            let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.onLoop, Text("")) }
            #expect(error?.code == .unimplemented)
            let offered = try await client.bidirectionalStreaming(ReflectionMethods.v1) { requests, answers in
                try await requests.write(.with { $0.listServices = "" })
                requests.finish()
                return try await answers.first { _ in true }?.listServicesResponse.service.map(\.name)
            }
            #expect(offered?.first == "echo.Echo" && offered?.count == 3)
        }
        let counted = metrics.methods.first { $0.path == Echo.unary.path }
        #expect(counted?.calls == 3)
    }

    @Test func whoFitsNoHostIsTheServersOwn() async throws {
        try await withEcho(tls: false, services: { $0.add(.authority("elsewhere.example"), Self.saying("elsewhere")) }) { client, _ in
            try await #expect(client.unary(Echo.unary, Text("mine")).value == "mine")
        }
    }
}
