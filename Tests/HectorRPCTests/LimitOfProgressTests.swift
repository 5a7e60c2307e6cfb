import HectorProto
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorRPC

/// How long a stream may take: as long as it delivers.
@Suite(.timeLimit(.minutes(1)))
struct LimitOfProgressTests {
    private static let two = CallOptions.Progress(first: .seconds(2), next: .seconds(2))

    /// `drip N PAUSE`: N messages with pauses of milliseconds, `hang N`: N messages and then nothing.
    private static func scripted(_ services: inout RPCServices) {
        services.serverStreaming(Echo.hang) { request, writer, context in
            let words = request.value.split(separator: " ")
            let count = Int(words[1]) ?? 0
            for _ in 0..<count {
                try await writer.write(Text(context.timeLeft == nil ? "no deadline" : "a deadline"))
                if words[0] == "drip" { try await Task.sleep(for: .milliseconds(Int(words[2]) ?? 0)) }
            }
            if words[0] == "hang" { try await Task.sleep(for: .seconds(50)) }
        }
    }

    private func run(
        _ script: String, _ options: CallOptions, pause: Duration = .zero
    ) async throws -> (texts: [String], error: RPCError?) {
        try await withEcho(tls: false, services: Self.scripted) { client, _ in
            let texts = Mutex<[String]>([])
            do {
                try await client.serverStreaming(Echo.hang, Text(script), options: options) { responses in
                    for try await response in responses {
                        texts.withLock { $0.append(response.value) }
                        try await Task.sleep(for: pause)
                    }
                }
                return (texts.withLock { $0 }, nil)
            } catch let error as RPCError {
                return (texts.withLock { $0 }, error)
            }
        }
    }

    @Test func aStreamThatDeliversIsNotCut() async throws {
        let (texts, error) = try await run("drip 30 100", CallOptions(progress: .init(first: .seconds(2), next: .seconds(2))))
        #expect(error == nil)
        #expect(texts.count == 30)
        #expect(Set(texts) == ["no deadline"], "the peer is told only a limit of the whole call")
    }

    @Test func aStreamThatStopsIsCut() async throws {
        let start = ContinuousClock.now
        let (texts, error) = try await run("hang 3", CallOptions(progress: Self.two))
        #expect(texts.count == 3)
        #expect(error?.code == .deadlineExceeded && error?.origin == .local)
        #expect(error?.cause as? RPCError.PassedLimit == .nextMessage)
        #expect(.now - start >= .seconds(2))
    }

    @Test func theFirstMessageHasItsOwn() async throws {
        let (texts, error) = try await run("hang 0", CallOptions(progress: .init(first: .milliseconds(100), next: .seconds(40))))
        #expect(texts.isEmpty)
        #expect(error?.cause as? RPCError.PassedLimit == .firstMessage)
    }

    @Test func theReadersOwnTimeDoesNotCount() async throws {
        let (texts, error) = try await run(
            "drip 3 100", CallOptions(progress: .init(first: .seconds(1), next: .seconds(1))), pause: .milliseconds(1_500))
        #expect(error == nil)
        #expect(texts.count == 3)
        // But what it waits for after that does.
        let (_, late) = try await run("hang 2", CallOptions(progress: Self.two), pause: .milliseconds(100))
        #expect(late?.cause as? RPCError.PassedLimit == .nextMessage)
    }

    @Test func theWholeCallHasOneWhereItIsAskedFor() async throws {
        let (texts, error) = try await run("drip 40 40", CallOptions(timeout: .milliseconds(400), progress: Self.two))
        #expect(error?.cause as? RPCError.PassedLimit == .total)
        #expect(texts.count < 40)
        #expect(Set(texts).isSubset(of: ["a deadline"]))
    }
}

/// Who made a status is a part of the error.
@Suite(.timeLimit(.minutes(1)))
struct OriginTests {
    private func error(_ code: StatusCode, after: Duration = .zero, timeout: Duration? = nil) async throws -> RPCError? {
        let failing: (inout RPCServices) -> Void = { services in
            services.unary(Echo.hang) { _, _ in
                // The caller's own time limit must not end it first.
                try? await Task.sleep(for: after)
                throw RPCError(code, "so it is")
            }
        }
        return try await withEcho(tls: false, services: failing) { client, _ in
            await #expect(throws: RPCError.self) {
                try await client.unary(Echo.hang, Text(""), options: CallOptions(timeout: timeout))
            }
        }
    }

    @Test(arguments: [StatusCode.cancelled, .deadlineExceeded, .unknown, .unimplemented])
    func whatThePeerSends(code: StatusCode) async throws {
        let error = try await error(code, timeout: .seconds(50))
        #expect(error?.code == code && error?.origin == .peer && error?.message == "so it is")
    }

    @Test func aMethodThatIsNotThere() async throws {
        try await withEcho(tls: false) { client, _ in
            let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.unknown, Text("")) }
            #expect(error?.code == .unimplemented && error?.origin == .peer)
        }
    }

    @Test func ourOwnDeadline() async throws {
        let error = try await error(.unknown, after: .seconds(2), timeout: .milliseconds(100))
        #expect(error?.code == .deadlineExceeded && error?.origin == .local)
        #expect(error?.cause as? RPCError.PassedLimit == .total)
    }

    @Test func ourOwnCancellation() async throws {
        try await withEcho(tls: false, services: { services in
            services.unary(Echo.hang) { request, _ in
                try await Task.sleep(for: .seconds(50))
                return request
            }
        }) { client, _ in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.hang, Text("")) }
                    #expect(error?.code == .cancelled && error?.origin == .local)
                }
                try? await Task.sleep(for: .milliseconds(50))
                group.cancelAll()
            }
        }
    }
}
