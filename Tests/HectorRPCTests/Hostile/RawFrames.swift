/// HTTP/2 frames as bytes, right or wrong (RFC 9113 §4.1), with headers spelt out (RFC 7541 §6.2.3).
enum Raw {
    enum Kind: UInt8 {
        case data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    static let endStream: UInt8 = 1
    static let endHeaders: UInt8 = 4
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static let settings = frame(.settings, stream: 0)
    static let settingsAck = frame(.settings, flags: 1, stream: 0)
    static let greeting = preface + settings

    static func frame(_ kind: Kind, flags: UInt8 = 0, stream: UInt32, _ payload: [UInt8] = []) -> [UInt8] {
        Array(number(UInt32(payload.count)).dropFirst()) + [kind.rawValue, flags] + number(stream) + payload
    }

    static func many(_ count: Int, _ frame: [UInt8]) -> [UInt8] { Array(repeatElement(frame, count: count).joined()) }

    static func number(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }

    static func setting(_ id: UInt16, _ value: UInt32) -> [UInt8] { [UInt8(id >> 8), UInt8(id & 255)] + number(value) }

    static func field(_ name: String, _ value: String) -> [UInt8] {
        [0x10] + integer(name.utf8.count) + name.utf8 + integer(value.utf8.count) + value.utf8
    }

    /// With seven bits of room in the first byte.
    private static func integer(_ value: Int) -> [UInt8] {
        guard value >= 127 else { return [UInt8(value)] }
        var (bytes, rest): ([UInt8], Int) = ([127], value - 127)
        while rest >= 128 {
            bytes.append(UInt8(rest % 128 + 128))
            rest /= 128
        }
        return bytes + [UInt8(rest)]
    }

    static func requestFields(_ path: String = "/echo.Echo/OnLoop") -> [UInt8] {
        [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"), ("te", "trailers"),
            ("content-type", "application/grpc"),
        ].flatMap { field($0, $1) }
    }

    static func head(_ stream: UInt32, _ path: String = "/echo.Echo/OnLoop", flags: UInt8 = endHeaders) -> [UInt8] {
        frame(.headers, flags: flags, stream: stream, requestFields(path))
    }

    /// A `Text` with its gRPC prefix.
    static func message(_ text: String) -> [UInt8] {
        let body = [0x0A, UInt8(text.utf8.count)] + text.utf8
        return [0] + number(UInt32(body.count)) + body
    }

    static func request(_ stream: UInt32, _ path: String = "/echo.Echo/OnLoop", _ text: String = "hello") -> [UInt8] {
        head(stream, path) + frame(.data, flags: endStream, stream: stream, message(text))
    }

    static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> [UInt8] { frame(.reset, stream: stream, number(code)) }
    static func windowUpdate(_ stream: UInt32, _ count: UInt32) -> [UInt8] { frame(.windowUpdate, stream: stream, number(count)) }
    static let ping = frame(.ping, stream: 0, [1, 2, 3, 4, 5, 6, 7, 8])
}
