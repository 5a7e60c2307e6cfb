import NIOHTTP1
import Testing

@testable import HectorAPI

@Suite struct RequestRulesTests {
    let rules = RequestRules(bodyBytes: 1000)

    func check(
        _ method: HTTPMethod = .GET, _ target: String = "/mesh", http10: Bool = false, _ headers: HTTPHeaders = ["Host": "localhost"]
    ) -> (RequestRules.Verdict, target: String, host: String?) {
        var head = HTTPRequestHead(version: http10 ? .http1_0 : .http1_1, method: method, uri: target, headers: headers)
        let verdict = rules.check(&head)
        return (verdict, head.uri, head.headers.first(name: "host"))
    }

    @Test(arguments: [
        ("/mesh", "/mesh"), ("/mesh?a=b", "/mesh?a=b"), ("http://localhost/mesh?a", "/mesh?a"), ("HTTP://LOCALHOST:80/mesh", "/mesh"),
        ("http://localhost", "/"), ("http://localhost?a", "/?a"), ("https://localhost:443/", "/"),
    ]) func aTargetNamesThePath(target: String, path: String) {
        let (verdict, found, _) = check(.GET, target)
        #expect(verdict.refusal == nil)
        #expect(found == path)
    }

    @Test(arguments: [
        "http://evil.example/mesh", "http://localhost:81/mesh", "http://localhost@evil.example/mesh", "http:///mesh", "ftp://localhost/mesh",
        "mesh", "*", "localhost:80", "",
    ]) func aTargetThatNamesAnotherServerOrNoneIsRefused(target: String) {
        let (verdict, path, _) = check(.GET, target)
        #expect(verdict.refusal?.code == .invalidRequest)
        #expect(path == "/")
    }

    @Test func anAbsoluteTargetStandsForTheHostOfARequestWithoutOne() {
        let (verdict, path, host) = check(.GET, "http://evil.example/mesh", http10: true, [:])
        #expect(verdict.refusal == nil && path == "/mesh" && host == "evil.example")
    }

    @Test func theServerAsAWholeIsAskedForOptionsOnly() {
        #expect(check(.OPTIONS, "*").0.refusal == nil)
        #expect(check(.POST, "*").0.refusal?.code == .invalidRequest)
        #expect(check(.CONNECT, "localhost:80").0.refusal?.code == .methodNotAllowed)
    }

    @Test func thereIsOneHostThatCanBeRead() {
        #expect(check(.GET, "/", [:]).0.refusal?.code == .invalidRequest)
        #expect(check(.GET, "/", http10: true, [:]).0.refusal == nil)
        #expect(check(.GET, "/", ["Host": "localhost", "host": "localhost"]).0.refusal?.code == .invalidRequest)
        for host in ["[localhost]evil.example", "localhost:80@evil.example", "localhost/", "local host", "localhost:x", "a,b:1:2"] {
            #expect(check(.GET, "/", ["Host": host]).0.refusal?.code == .invalidRequest, "\(host)")
        }
    }

    @Test func expectationsThatNoOneKnowsFail() {
        #expect(check(.POST, "/", ["Host": "localhost", "Expect": "100-Continue"]).0.expectsContinue)
        #expect(!check(.POST, "/").0.expectsContinue)
        #expect(check(.POST, "/", ["Host": "localhost", "Expect": "200-ok"]).0.refusal?.code == .expectationFailed)
        #expect(check(.POST, "/", ["Host": "localhost", "Expect": "100-continue, x"]).0.refusal?.code == .expectationFailed)
        let old = check(.POST, "/", http10: true, ["Host": "localhost", "Expect": "x"]).0
        #expect(old.refusal == nil && !old.expectsContinue)
    }

    @Test func aBodyThatIsDeclaredTooLongIsRefusedBeforeItComes() {
        for (length, isRefused) in [("1000", false), ("1001", true), ("100000000000", true), ("99999999999999999999999", true)] {
            let refusal = check(.POST, "/", ["Host": "localhost", "Content-Length": length]).0.refusal
            #expect(refusal?.code == (isRefused ? .tooLarge : nil))
        }
        let framed = check(.POST, "/", http10: true, ["Host": "localhost", "Transfer-Encoding": "chunked"]).0
        #expect(framed.refusal?.code == .invalidRequest)
    }

    @Test(arguments: [
        ("gzip, chunked", APIError.Code.unsupported), ("deflate, chunked", .unsupported), ("x,\tchunked", .unsupported), (", chunked", .unsupported),
        ("identity", .invalidRequest), ("chunked, chunked", .invalidRequest), ("chunked, gzip", .invalidRequest), ("\"chunked\"", .invalidRequest),
        ("", .invalidRequest),
    ]) func otherCodingsThanChunkedAreRefused(coding: String, code: APIError.Code) {
        #expect(check(.POST, "/", ["Host": "localhost", "Transfer-Encoding": coding]).0.refusal?.code == code)
        #expect(check(.POST, "/", ["Host": "localhost", "Transfer-Encoding": "Chunked \t"]).0.refusal == nil)
    }

    @Test func whiteSpaceBehindAValueIsNoPartOfIt() {
        let (verdict, _, host) = check(.POST, "/", ["Host": "localhost \t", "Content-Length": "57 ", "Connection": "close "])
        #expect(verdict.refusal == nil && host == "localhost")
        #expect(check(.POST, "/", ["Host": "local host "]).0.refusal?.code == .invalidRequest)
    }

    @Test(arguments: [
        ("upgrade", "h2c", true), ("keep-alive, Upgrade", "websocket", true), ("Upgrade, HTTP2-Settings", "h2c", true),
        ("keep-alive", "h2c", false), ("upgrades", "h2c", false), ("upgrade", nil, false),
    ]) func anUpgradeIsOfferedByBothHeaders(connection: String, upgrade: String?, isOffer: Bool) {
        var headers: HTTPHeaders = ["Host": "localhost", "Connection": connection]
        if let upgrade { headers.add(name: "Upgrade", value: upgrade) }
        #expect(check(.GET, "/", headers).0.offersUpgrade == isOffer)
    }
}

@Suite struct AuthorityTests {
    @Test(arguments: [
        ("localhost", "localhost", nil), ("LocalHost:80", "localhost", 80), ("localhost:", "localhost", nil), ("[::1]:8080", "::1", 8080),
        ("[FE80::1]", "fe80::1", nil), ("gpu_1.lan:65535", "gpu_1.lan", 65535), ("127.0.0.1", "127.0.0.1", nil),
    ] as [(String, String, UInt16?)]) func isAHostAndPerhapsAPort(text: String, host: String, port: UInt16?) {
        let authority = Authority(text)
        #expect(authority?.host == host && authority?.port == port)
    }

    @Test(arguments: [
        "", ":80", "[]", "[::1", "::1", "[::1]x", "[localhost]evil.example", "[::1]:x", "user@localhost", "localhost:80@evil.example", "localhost:+80",
        "localhost:65536", "localhost:80:80", "local host", "localhost/", "localhost?", "lo\u{0}", "ü.example", "a\\b",
    ]) func isNothingElse(text: String) {
        #expect(Authority(text) == nil)
    }

    @Test func loopbackIsMeantToTheLetter() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.255.1.2", "[::1]"] { #expect(Authority(host)?.isLoopback == true) }
        for host in ["127.0.0.+1", "127.0.0.1e0", "127.1", "127.0.0.256", "127.0.0.0001", "0x7f.0.0.1", "localhost.", "[::ffff:127.0.0.1]"] {
            #expect(Authority(host)?.isLoopback != true, "\(host)")
        }
    }
}
