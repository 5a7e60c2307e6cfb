import Glibc
import HectorRPC

/// Where a server listens: `tls:PORT` or `unix:PATH`.
struct Address {
    enum Side: String { case client, server }

    var endpoint: Endpoint

    init(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        switch (parts.first, parts.count) {
        case ("tls", 2): endpoint = .tcp(host: "127.0.0.1", port: try require(UInt16(parts[1]), "\(parts[1]) is no port"))
        case ("unix", 2): endpoint = .unix(path: parts[1])
        default: throw Failure("\(text) is no address: tls:PORT or unix:PATH")
        }
    }

    /// Removes the socket that an earlier server left.
    func unlink() {
        if case .unix(let path) = endpoint { Glibc.unlink(path) }
    }

    func security(_ side: Side) throws -> ConnectionSecurity {
        guard case .tcp = endpoint else { return .plaintext }
        return .mutualTLS(
            TLSConfiguration(
                identity: TLSIdentity(
                    certificatePEM: try Self.certificate("\(side).pem"), privateKeyPEM: try Self.certificate("\(side).key")),
                trust: .authorities(pem: try Self.certificate("ca.pem")),
                serverName: variable("SERVER_NAME"), verifiesServerName: side == .client))
    }

    private static func certificate(_ name: String) throws -> String {
        let path = "\(try require(variable("CERTIFICATES"), "CERTIFICATES is not set"))/\(name)"
        let stream = try require(fopen(path, "r"), "\(path) cannot be read")
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        while case let byte = getc(stream), byte != EOF { bytes.append(UInt8(byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

struct Failure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

func require<Value>(_ value: Value?, _ otherwise: String) throws -> Value {
    guard let value else { throw Failure(otherwise) }
    return value
}

func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

func say(_ line: String) {
    print(line)
    fflush(nil)
}

/// Nanoseconds of CLOCK_MONOTONIC, which all processes of the machine share.
func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
