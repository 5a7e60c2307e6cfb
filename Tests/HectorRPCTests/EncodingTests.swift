import NIOCore
import Testing

@testable import HectorRPC

/// What is written into header fields, and read from them.
struct EncodingTests {
    private static func bytes<R>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        Array(text.utf8).withUnsafeBufferPointer(body)
    }

    // MARK: base64

    /// RFC 4648 §10.
    @Test(arguments: [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy")])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded.utf8) == Array(plain.utf8))
        let padded = encoded + String(repeating: "=", count: (4 - encoded.count % 4) % 4)
        #expect(Base64.decode(padded.utf8) == Array(plain.utf8))
    }

    @Test func base64OfEveryByte() {
        let all = (0...255).map { UInt8($0) }
        for count in 0...all.count { #expect(Base64.decode(Base64.encode(all[..<count]).utf8) == Array(all[..<count])) }
    }

    @Test(arguments: ["A", "AAAAA", "A===", "Zg=", "Zg===", "=", "Zm9v=", "Zg==Zg==", "Zm 9", "Zm-_", "Zmü"])
    func base64ThatIsNone(text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }

    // MARK: percent encoding

    @Test(arguments: [("", ""), ("plain text", "plain text"), ("100 %", "100%20%25"), (" a b", "%20a%20b"), ("a ", "a%20"), ("ü\n", "%C3%BC%0A"), ("👋", "%F0%9F%91%8B"), ("~\u{7F}", "~%7F")])
    func percentEncoding(plain: String, encoded: String) {
        #expect(PercentEncoding.encode(plain) == encoded)
        #expect(Self.bytes(encoded, PercentEncoding.decode) == plain)
    }

    /// What is not an escape stands for itself.
    @Test(arguments: [("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%41", "A"), ("%4a%4A", "JJ"), ("50%25%", "50%%"), ("%C3", "\u{FFFD}")])
    func percentDecodingNeverFails(encoded: String, plain: String) {
        #expect(Self.bytes(encoded, PercentEncoding.decode) == plain)
    }

    @Test func percentEncodingIsCutBetweenCharacters() {
        #expect(PercentEncoding.encode("abc", atMost: 2) == "ab")
        #expect(PercentEncoding.encode("aüb", atMost: 7) == "a%C3%BC")
        #expect(PercentEncoding.encode("aüb", atMost: 6) == "a")
        #expect(PercentEncoding.encode("aüb", atMost: 8) == "a%C3%BCb")
        #expect(PercentEncoding.encode("ü", atMost: 0) == "")
        func cut(_ text: String, _ limit: Int) -> String { Self.bytes(text) { PercentEncoding.decode($0, atMost: limit) } }
        #expect(cut("abcd", 4) == "abcd")
        #expect(cut("abcde", 4) == "abcd…")
        for limit in 7..<13 { #expect(cut("a%C3%BC%E2%82%ACb", limit) == "aü…", "\(limit)") }
        #expect(cut("aü€b", 4) == "aü…")
    }

    // MARK: timeouts

    private static let second: Int64 = 1_000_000_000
    /// In nanoseconds. Rounded up: a server must not give up before the caller does.
    private static let encoded: [(Int64, String)] = [
        (1, "1n"), (99_999_999, "99999999n"), (100_000_000, "100000u"), (100_000_001, "100001u"), (30 * second, "30000000u"),
        (100 * second, "100000m"), (99_999 * second, "99999000m"), (100_000 * second, "100000S"),
        (100_000_000 * second, "1666667M"), (0, "1n"), (-5 * second, "1n"), (.max, "2562048H"),
    ]

    @Test(arguments: encoded)
    func timeoutEncoding(nanoseconds: Int64, text: String) {
        #expect(GRPCTimeout.encode(.nanoseconds(nanoseconds)) == text)
    }

    private static let century = TimeAmount.hours(24 * 366 * 100)
    private static let decoded: [(String, TimeAmount)] = [
        ("1n", .nanoseconds(1)), ("2u", .microseconds(2)), ("3m", .milliseconds(3)), ("4S", .seconds(4)),
        ("5M", .minutes(5)), ("6H", .hours(6)), ("00000001S", .seconds(1)), ("0n", .zero), ("99999999n", .nanoseconds(99_999_999)),
        // Longer than our clock can say.
        ("99999999H", century), ("99999999M", century),
    ]

    @Test(arguments: decoded)
    func timeoutDecoding(text: String, amount: TimeAmount) {
        #expect(Self.bytes(text, GRPCTimeout.decode) == amount)
        // It can be added to now.
        #expect(NIODeadline.now() + amount > NIODeadline.now() - .seconds(1))
    }

    @Test(arguments: ["", "n", "1", "1x", "-1n", "+1n", "1.5S", "123456789n", " 1n", "1n ", "soon", "١n"])
    func timeoutThatIsNone(text: String) {
        #expect(Self.bytes(text, GRPCTimeout.decode) == nil)
    }

    @Test func durations() {
        #expect(TimeAmount(clamping: .milliseconds(1500)) == .milliseconds(1500))
        #expect(TimeAmount(clamping: .nanoseconds(-7)) == .nanoseconds(-7))
        #expect(TimeAmount(clamping: .seconds(Int64.max)) == Self.century)
        #expect(TimeAmount(clamping: .seconds(9_223_372_036) + .nanoseconds(999_999_999)) == Self.century)
        #expect(TimeAmount(clamping: .seconds(Int64.min)) < .zero)
        #expect(NIODeadline.now() + TimeAmount(clamping: .seconds(Int64.max)) > .now())
    }

    @Test func timeoutsSurviveTheWay() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            let amount = TimeAmount.nanoseconds(.random(in: 1...(3_000_000_000_000_000), using: &generator))
            let back = try #require(Self.bytes(GRPCTimeout.encode(amount), GRPCTimeout.decode))
            // Never shorter, and longer by less than what eight digits cannot say.
            #expect(back >= amount && back.nanoseconds - amount.nanoseconds <= amount.nanoseconds / 1_000 + 1, "\(amount) became \(back)")
        }
    }

    // MARK: metadata

    @Test func metadata() {
        var metadata: Metadata = ["X-Name": "one", "x-name": "two"]
        metadata.append([0, 255], forBinary: "X-Data")
        metadata.append([1], forBinary: "y-bin")
        #expect(metadata["x-name"] == "one")
        #expect(metadata.entries.map(\.name) == ["x-name", "x-name", "x-data-bin", "y-bin"])
        #expect(metadata.bytes("x-data-bin") == [0, 255])
        #expect(metadata.bytes("y-bin") == [1])
        #expect(metadata.bytes("absent-bin") == nil)
        #expect(metadata.entries.allSatisfy { Metadata.problem($0) == nil })
    }

    @Test(arguments: [("", ""), (" ", ""), ("   a b  ", "a b"), ("a", "a")])
    func metadataWithoutSpacesAtItsEnds(value: String, sent: String) {
        var metadata = Metadata()
        metadata.append(value, for: "name")
        #expect(metadata["name"] == sent)
    }

    @Test(arguments: [
        ("", "v"), ("a b", "v"), ("ü", "v"), ("grpc-status", "0"), ("content-type", "x"), ("te", "x"), ("connection", "x"),
        ("name", "line\nbreak"), ("name", "ü"), ("name", "\u{7F}"), (":path", "/"),
    ])
    func metadataThatMayNotBeSent(name: String, value: String) throws {
        var metadata = Metadata()
        metadata.append(value, for: name)
        #expect(try Metadata.problem(#require(metadata.entries.first)) != nil)
    }

    @Test func headerFields() {
        var fields = HeaderFields()
        fields.append(":path" as StaticString, "/a" as StaticString)
        fields.append("x", "")
        fields.append(["y": "value"] as Metadata)
        #expect(fields.count == 3)
        #expect(fields[":path"] == "/a")
        #expect(fields["x"] == "")
        #expect(fields["y"] == "value")
        #expect(fields["z"] == nil)
        #expect(fields.listSize == 5 + 2 + 1 + 0 + 1 + 5 + 3 * 32)
    }

    @Test func statusCodes() {
        #expect(Set(StatusCode.allCases.map(\.name)).count == 17)
        #expect(StatusCode(http2Error: .refusedStream) == .unavailable)
        #expect(StatusCode(http2Error: .cancel) == .cancelled)
        #expect(StatusCode(http2Error: .flowControlError) == .internalError)
        #expect(StatusCode(httpStatus: 404) == .unimplemented)
        #expect(StatusCode(httpStatus: 503) == .unavailable)
        #expect(StatusCode(httpStatus: 418) == .unknown)
    }
}
