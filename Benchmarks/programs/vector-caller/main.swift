// Calls a vector database as the host calls it: typed messages over Hector's own client. Benchmarks/vectors/vectors.py says what is called.
//
//   vector-caller SOCKET
//
// On standard input, for each measurement: a line `METHOD COUNT`, then COUNT requests, each with its length (four bytes, lowest first) and its
// bytes as protobuf. It writes `READY`, waits for a line, makes the calls one after the other, and writes a line with the nanoseconds of each,
// and one with the ids in the last answer.
import Glibc
import HectorProto
import HectorRPC
import NIOPosix
import SwiftProtobuf

struct Failure: Error {
    let words: String

    init(_ words: String) { self.words = words }
}

func say(_ text: String) {
    print(text)
    fflush(nil)
}

/// Lines and bytes of standard input.
struct Input {
    private var bytes: [UInt8] = []
    private var used = 0

    private mutating func fill() -> Bool {
        if used > 0 {
            bytes.removeFirst(used)
            used = 0
        }
        let more = [UInt8](unsafeUninitializedCapacity: 1 << 20) { $1 = max(0, read(0, $0.baseAddress, $0.count)) }
        bytes += more
        return !more.isEmpty
    }

    /// Nil at the end.
    mutating func line() -> String? {
        while true {
            if let end = bytes[used...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { used = end + 1 }
                return String(decoding: bytes[used..<end], as: UTF8.self)
            }
            guard fill() else { return nil }
        }
    }

    mutating func next(_ count: Int) throws -> [UInt8] {
        while bytes.count - used < count { guard fill() else { throw Failure("the input ends in the middle of a request") } }
        defer { used += count }
        return Array(bytes[used..<used + count])
    }

    mutating func requests<Q: SwiftProtobuf.Message>(_ count: Int) throws -> [Q] {
        try (0..<count).map { _ in
            let length = try next(4).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
            return try Q(serializedBytes: try next(length))
        }
    }
}

func nanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

func measure<Q: SwiftProtobuf.Message, R: SwiftProtobuf.Message>(
    _ method: Method<Q, R>, _ count: Int, _ input: inout Input, over connection: ClientConnection, error: @escaping @Sendable (R) -> String,
    ids: @escaping @Sendable (R) -> [String] = { _ in [] }
) async throws {
    let asked: [Q] = try input.requests(count)
    say("READY")
    _ = input.line()
    // On the connection's event loop, as the host's calls run.
    let (times, last) = try await withTaskExecutorPreference(connection.executor) {
        var (times, last): ([Int64], [String]) = ([], [])
        times.reserveCapacity(count)
        for request in asked {
            let began = nanoseconds()
            let response = try await connection.unary(method, request)
            times.append(nanoseconds() - began)
            guard error(response).isEmpty else { throw Failure(error(response)) }
            last = ids(response)
        }
        return (times, last)
    }
    say(times.map(String.init).joined(separator: " "))
    say(last.joined(separator: " "))
}

func call(_ socket: String) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let connection = try await ClientConnection.connect(to: .unix(path: socket), security: .plaintext, on: group)
    typealias Methods = DatabaseProviderMethods
    var input = Input()
    while let line = input.line() {
        let words = line.split(separator: " ")
        guard words.count == 2, let count = Int(words[1]) else { throw Failure("\(line) is no METHOD COUNT") }
        switch words[0] {
        case "Search": try await measure(Methods.search, count, &input, over: connection, error: \.error) { $0.results.map(\.id) }
        case "SearchFiltered": try await measure(Methods.searchFiltered, count, &input, over: connection, error: \.error) { $0.results.map(\.id) }
        case "Upsert": try await measure(Methods.upsert, count, &input, over: connection, error: \.error)
        case "UpsertBatch": try await measure(Methods.upsertBatch, count, &input, over: connection, error: { _ in "" })
        default: throw Failure("\(words[0]) is no method of a vector database that is measured")
        }
    }
    await connection.close()
}

guard CommandLine.arguments.count == 2 else {
    say("usage: vector-caller SOCKET")
    exit(2)
}
try await call(CommandLine.arguments[1])
