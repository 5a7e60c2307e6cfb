import HectorCore
import Testing

@testable import HectorAPI

@Suite struct APISecurityTests {
    func request(
        host: String? = "localhost:8080", origin: String? = nil, authorization: String? = nil,
        contentType: String? = "application/json", isPost: Bool = true
    ) -> APISecurity.Credentials {
        APISecurity.Credentials(
            host: host, origin: origin, token: authorization.flatMap(bearerToken), contentType: contentType, isPost: isPost
        )
    }

    @Test(arguments: ["localhost", "LocalHost:80", "127.0.0.1", "127.1.2.3:8080", "[::1]", "[::1]:8080"])
    func withoutATokenLoopbackNamesPass(host: String) throws {
        try APISecurity().check(request(host: host))
    }

    @Test(arguments: [
        nil, "", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1.", "127.1", "128.0.0.1",
        "127.0.0.256", "0.0.0.0", "[::2]", "::1", "[::1",
    ])
    func withoutATokenOtherHostsAreRefused(host: String?) {
        #expect(throws: APIError(.forbidden, "")) { try APISecurity().check(request(host: host)) }
    }

    /// HTTP/1.0 has requests without the header.
    @Test func whoNamesNoHostIsToldSo() {
        let error = #expect(throws: APIError.self) { try APISecurity().check(request(host: nil)) }
        #expect(error?.message.contains("Host header") == true, "\(String(describing: error))")
    }

    @Test func withoutATokenOnlyOurOwnOriginPasses() throws {
        try APISecurity().check(request(origin: "http://localhost:8080"))
        for origin in ["null", "http://localhost", "http://localhost:81", "https://localhost:8080", "http://evil.example"] {
            #expect(throws: APIError(.forbidden, "")) { try APISecurity().check(request(origin: origin)) }
        }
    }

    @Test func bodiesMustBeJSON() throws {
        for security in [APISecurity(), APISecurity(token: "secret")] {
            let authorization = "Bearer secret"
            try security.check(request(authorization: authorization, contentType: "Application/JSON; charset=utf-8"))
            try security.check(request(authorization: authorization, contentType: nil, isPost: false))
            for type in [nil, "text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
                #expect(throws: APIError(.unsupportedMediaType, "")) {
                    try security.check(request(authorization: authorization, contentType: type))
                }
            }
        }
    }

    @Test func withATokenOnlyTheTokenCounts() throws {
        let security = APISecurity(token: "secret")
        try security.check(request(host: "example.org", origin: "http://other.example", authorization: "Bearer secret"))
        try security.check(request(authorization: "bearer secret"))
        for authorization in [nil, "", "secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secret1", "Bearer SECRET", "Basic secret"] {
            #expect(throws: APIError(.unauthorized, "")) { try security.check(request(authorization: authorization)) }
        }
    }

    @Test func listeningElsewhereNeedsAToken() throws {
        for host in ["127.0.0.1", "::1", "localhost"] { try APISecurity().permitListening(on: host) }
        for host in ["0.0.0.0", "::", "192.168.1.2", "desk.local", ""] {
            #expect(throws: APIError(.forbidden, "")) { try APISecurity().permitListening(on: host) }
            #expect(throws: APIError(.forbidden, "")) { try APISecurity(token: "").permitListening(on: host) }
            try APISecurity(token: "secret").permitListening(on: host)
        }
    }
}
