import HectorHandshake
import Testing

@Suite struct HandshakeLineTests {
    @Test(arguments: [
        ("1|1|unix|/tmp/plugin123|grpc|", HandshakeLine.Address.unix(path: "/tmp/plugin123")),
        ("1|1|unix|/tmp/plugin123|grpc", .unix(path: "/tmp/plugin123")),
        ("  1|1|tcp|127.0.0.1:10000|grpc|short \r\n", .tcp(host: "127.0.0.1", port: 10000)),
        ("1|1|tcp|[::1]:65535|grpc||true", .tcp(host: "::1", port: 65535)),
        ("1|1|tcp|localhost:1|grpc||true|more", .tcp(host: "localhost", port: 1)),
    ])
    func reads(_ text: String, _ address: HandshakeLine.Address) throws {
        let line = try HandshakeLine(parsing: text)
        #expect(line == HandshakeLine(appVersion: 1, address: address))
    }

    @Test(arguments: [0, 1, 2].map { 60 + $0 })
    func certificateTravelsUnpadded(_ count: Int) throws {
        let line = HandshakeLine(
            appVersion: 1, address: .unix(path: "/tmp/s"), certificateDER: (0..<count).map { UInt8($0 * 7 % 256) })
        #expect(!line.text.contains("="))
        #expect(try HandshakeLine(parsing: line.text) == line)
    }

    @Test func writesWhatGoReads() {
        #expect(HandshakeLine(appVersion: 1, address: .unix(path: "/tmp/p")).text == "1|1|unix|/tmp/p|grpc|")
        #expect(HandshakeLine(appVersion: 1, address: .tcp(host: "::1", port: 9)).text == "1|1|tcp|[::1]:9|grpc|")
    }

    @Test func certificateOf50CharactersIsNone() throws {
        let address = "1|1|unix|/tmp/p|grpc|"
        #expect(try HandshakeLine(parsing: address + String(repeating: "A", count: 50)).certificateDER == nil)
        #expect(try HandshakeLine(parsing: address + String(repeating: "A", count: 52)).certificateDER?.count == 39)
    }

    @Test(arguments: [
        ("", HandshakeError.Code.notAHandshake),
        ("Hello, world", .notAHandshake),
        ("\u{1B}[31m|||", .notAHandshake),
        ("1|1|unix", .notAHandshake),
        ("2|1|unix|/tmp/p|grpc|", .coreVersion),
        ("1|7|unix|/tmp/p|grpc|", .appVersion),
        ("1|x|unix|/tmp/p|grpc|", .appVersion),
        ("1|1|unix|/tmp/p", .notGRPC),
        ("1|1|tcp|127.0.0.1:1234|netrpc|", .notGRPC),
        ("1|1|udp|127.0.0.1:1234|grpc|", .address),
        ("1|1|tcp|127.0.0.1|grpc|", .address),
        ("1|1|tcp|127.0.0.1:0|grpc|", .address),
        ("1|1|tcp|:70|grpc|", .address),
        ("1|1|tcp|::1:70|grpc|", .address),
        ("1|1|tcp|127.0.0.1:+70|grpc|", .address),
        ("1|1|unix|plugin.sock|grpc|", .address),
        ("1|1|unix|/" + String(repeating: "x", count: 107) + "|grpc|", .address),
        ("1|1|unix|/tmp/p|grpc|" + String(repeating: "!", count: 60), .certificate),
    ])
    func refuses(_ text: String, _ code: HandshakeError.Code) {
        let error = #expect(throws: HandshakeError.self) { try HandshakeLine(parsing: text) }
        #expect(error?.code == code)
        #expect(error?.message.unicodeScalars.contains { $0.value < 0x20 } == false)
        #expect((error?.message.count ?? 0) < 500)
    }

    @Test func refusesAnEndlessLine() {
        let error = #expect(throws: HandshakeError.self) { try HandshakeLine(parsing: String(repeating: "1|", count: 16 * 1024)) }
        #expect(error?.code == .lineTooLong)
    }
}
