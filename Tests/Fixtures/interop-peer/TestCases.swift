import Foundation
import HectorRPC
import SwiftProtobuf

/// What a case found wrong.
struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// The cases of gRPC's interop tests, against the server at the other end of a connection.
struct TestCases: Sendable {
    let connection: ClientConnection

    private static let cases: [String: @Sendable (TestCases) async throws -> Void] = [
        "empty_unary": { try await $0.emptyUnary() },
        "large_unary": { try await $0.unary(large()) },
        "client_streaming": { try await $0.clientStreaming() },
        "server_streaming": { try await $0.serverStreaming() },
        "ping_pong": { try await $0.pingPong() },
        "empty_stream": { try await $0.emptyStream() },
        "cancel_after_begin": { try await $0.cancelAfterBegin() },
        "cancel_after_first_response": { try await $0.cancelAfterFirstResponse() },
        "timeout_on_sleeping_server": { try await $0.timeoutOnSleepingServer() },
        "custom_metadata": { try await $0.customMetadata() },
        "status_code_and_message": { try await $0.statusCodeAndMessage() },
        "special_status_message": { try await $0.specialStatusMessage() },
        "unimplemented_method": { cases in
            try await demand(.unimplemented) { try await cases.connection.unary(Methods.unimplementedMethod, Empty(), options: options) }
        },
        "unimplemented_service": { cases in
            try await demand(.unimplemented) { try await cases.connection.unary(Methods.unimplementedService, Empty(), options: options) }
        },
        "client_compressed_unary": { try await $0.clientCompressedUnary() },
        "server_compressed_unary": { try await $0.serverCompressedUnary() },
        "client_compressed_streaming": { try await $0.clientCompressedStreaming() },
        "server_compressed_streaming": { try await $0.serverCompressedStreaming() },
    ]

    /// Runs a case, and says how it went as README.md of the matrix has it.
    func result(of name: String) async -> String {
        guard let body = Self.cases[name] else { return "failed: no such case" }
        // A case may cancel its task: none other is to notice.
        return await withTaskGroup(of: String.self) { group in
            group.addTask {
                do {
                    try await body(self)
                    return "ok"
                } catch {
                    return "failed: \(error)"
                }
            }
            return await group.next() ?? "failed"
        }
    }

    // MARK: unary

    private func emptyUnary() async throws {
        let response = try await connection.unary(Methods.emptyCall, Empty(), options: Self.options)
        try Self.demand(response == Empty(), "the response is not empty")
    }

    private func unary(_ request: SimpleRequest, options: CallOptions = options) async throws {
        let response = try await connection.unary(Methods.unaryCall, request, options: options)
        try Self.demand(response.payload, zeros: Int(request.responseSize))
    }

    // MARK: streams

    private func clientStreaming() async throws {
        let response = try await connection.clientStreaming(Methods.streamingInputCall, options: Self.options) { requests in
            for size in [27182, 8, 1828, 45904] { try await requests.write(Self.input(size)) }
        }
        try Self.demand(response.aggregatedPayloadSize == 74922, "\(response.aggregatedPayloadSize) bytes instead of 74922")
    }

    private func serverStreaming() async throws {
        let sizes = [31415, 9, 2653, 58979]
        try await connection.serverStreaming(Methods.streamingOutputCall, Self.output(sizes), options: Self.options) { responses in
            try await Self.demand(responses, sizes)
        }
    }

    private func pingPong() async throws {
        try await connection.bidirectionalStreaming(Methods.fullDuplexCall, options: Self.options) { requests, responses in
            var iterator = responses.makeAsyncIterator()
            for (size, body) in [(31415, 27182), (9, 8), (2653, 1828), (58979, 45904)] {
                try await requests.write(Self.output([size], body: body))
                try await Self.demand(iterator.next(), zeros: size)
            }
            requests.finish()
            try await Self.demand(iterator.next() == nil, "a response too many")
        }
    }

    private func emptyStream() async throws {
        try await connection.bidirectionalStreaming(Methods.fullDuplexCall, options: Self.options) { requests, responses in
            requests.finish()
            try await Self.demand(responses, [])
        }
    }

    // MARK: ends that come early

    private func cancelAfterBegin() async throws {
        try await Self.demand(.cancelled) {
            try await connection.clientStreaming(Methods.streamingInputCall, options: Self.options) { _ in
                // So that the call is on its way.
                try await Task.sleep(for: .milliseconds(20))
                Self.cancelThisTask()
            }
        }
    }

    private func cancelAfterFirstResponse() async throws {
        try await connection.bidirectionalStreaming(Methods.fullDuplexCall, options: Self.options) { requests, responses in
            var iterator = responses.makeAsyncIterator()
            try await requests.write(Self.output([31415], body: 27182))
            try await Self.demand(iterator.next(), zeros: 31415)
            Self.cancelThisTask()
            let error = await Self.failure { try await iterator.next() }
            try Self.demand(error, .cancelled)
        }
    }

    private func timeoutOnSleepingServer() async throws {
        try await Self.demand(.deadlineExceeded) {
            try await connection.bidirectionalStreaming(
                Methods.fullDuplexCall, options: CallOptions(timeout: .milliseconds(1))
            ) { requests, responses in
                try await requests.write(Self.output([], body: 27182))
                try await Self.demand(responses, [])
            }
        }
    }

    private static func cancelThisTask() {
        withUnsafeCurrentTask { $0?.cancel() }
    }

    // MARK: what travels beside the messages

    private func customMetadata() async throws {
        var options = Self.options
        options.metadata = [Echoed.initial: "test_initial_metadata_value"]
        options.metadata.append([0xAB, 0xAB, 0xAB], forBinary: Echoed.trailing)
        let response = try await connection.unaryResponse(Methods.unaryCall, Self.large(), options: options)
        try Self.demand(response.message.payload, zeros: 314159)
        try Self.demandEchoed(response.headers, response.trailers)
        try await connection.bidirectionalStreaming(Methods.fullDuplexCall, options: options) { requests, responses in
            try await requests.write(Self.output([314159], body: 271828))
            requests.finish()
            try await Self.demand(responses, [314159])
            try await Self.demandEchoed(responses.headers, responses.trailers)
        }
    }

    private func statusCodeAndMessage() async throws {
        let status = EchoStatus.with {
            $0.code = 2
            $0.message = "test status message"
        }
        try await Self.demand(.unknown, status.message) {
            try await connection.unary(Methods.unaryCall, .with { $0.responseStatus = status }, options: Self.options)
        }
        try await Self.demand(.unknown, status.message) {
            try await connection.bidirectionalStreaming(Methods.fullDuplexCall, options: Self.options) { requests, responses in
                try await requests.write(.with { $0.responseStatus = status })
                requests.finish()
                try await Self.demand(responses, [])
            }
        }
    }

    private func specialStatusMessage() async throws {
        let message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
        let request = SimpleRequest.with {
            $0.responseStatus.code = 2
            $0.responseStatus.message = message
        }
        try await Self.demand(.unknown, message) {
            try await connection.unary(Methods.unaryCall, request, options: Self.options)
        }
    }

    // MARK: compression

    private func clientCompressedUnary() async throws {
        var request = Self.large()
        request.expectCompressed.value = true
        try await Self.demand(.invalidArgument) { [request] in try await unary(request) }
        var options = Self.options
        options.compression = .gzip
        try await unary(request, options: options)
        request.expectCompressed.value = false
        try await unary(request)
    }

    private func serverCompressedUnary() async throws {
        for wanted in [true, false] {
            var request = Self.large()
            request.responseCompressed.value = wanted
            // Read as a stream of one response, since that shows how it was packed.
            try await connection.serverStreaming(Methods.unaryCall, request, options: Self.accepting) { responses in
                var iterator = responses.makeAsyncIterator()
                try Self.demand(try await iterator.next()?.payload ?? Payload(), zeros: 314159)
                try Self.demand(iterator.messageWasCompressed == wanted, "compressed is \(!wanted) instead of \(wanted)")
                try await Self.demand(iterator.next() == nil, "a response too many")
            }
        }
    }

    private func clientCompressedStreaming() async throws {
        try await Self.demand(.invalidArgument) {
            try await connection.clientStreaming(Methods.streamingInputCall, options: Self.options) { requests in
                try await requests.write(Self.input(27182, isCompressed: true))
            }
        }
        var options = Self.options
        options.compression = .gzip
        let response = try await connection.clientStreaming(Methods.streamingInputCall, options: options) { requests in
            try await requests.write(Self.input(27182, isCompressed: true))
            try await requests.write(Self.input(45904, isCompressed: false), compressed: false)
        }
        try Self.demand(response.aggregatedPayloadSize == 73086, "\(response.aggregatedPayloadSize) bytes instead of 73086")
    }

    private func serverCompressedStreaming() async throws {
        var request = Self.output([31415, 92653])
        request.responseParameters[0].compressed.value = true
        request.responseParameters[1].compressed.value = false
        try await connection.serverStreaming(Methods.streamingOutputCall, request, options: Self.accepting) { responses in
            var iterator = responses.makeAsyncIterator()
            try await Self.demand(iterator.next(), zeros: 31415)
            try Self.demand(iterator.messageWasCompressed, "the first response is not compressed")
            try await Self.demand(iterator.next(), zeros: 92653)
            try Self.demand(!iterator.messageWasCompressed, "the second response is compressed")
            try await Self.demand(iterator.next() == nil, "a response too many")
        }
    }

    // MARK: requests

    private static let options = CallOptions(timeout: .seconds(10))
    private static let accepting = CallOptions(timeout: .seconds(10), acceptsCompression: true)

    private static func large() -> SimpleRequest {
        .with {
            $0.responseSize = 314159
            $0.payload = Payload(zeros: 271828)
        }
    }

    private static func input(_ size: Int, isCompressed: Bool? = nil) -> StreamingInputCallRequest {
        .with {
            $0.payload = Payload(zeros: size)
            if let isCompressed { $0.expectCompressed.value = isCompressed }
        }
    }

    private static func output(_ sizes: [Int], body: Int = 0) -> StreamingOutputCallRequest {
        .with {
            $0.responseParameters = sizes.map { size in .with { $0.size = Int32(size) } }
            $0.payload = Payload(zeros: body)
        }
    }

    // MARK: demands

    private static func demand(_ condition: Bool, _ what: String) throws {
        if !condition { throw Failure(what) }
    }

    private static func demand(_ payload: Payload, zeros: Int) throws {
        try demand(payload == Payload(zeros: zeros), "\(payload.body.count) bytes instead of \(zeros) zeros")
    }

    private static func demand(_ response: StreamingOutputCallResponse?, zeros: Int) throws {
        guard let response else { throw Failure("the stream ended early") }
        try demand(response.payload, zeros: zeros)
    }

    private static func demand(_ responses: MessageStream<StreamingOutputCallResponse>, _ sizes: [Int]) async throws {
        var got: [Int] = []
        for try await response in responses { got.append(response.payload.body.count) }
        try demand(got == sizes, "responses of \(got) bytes instead of \(sizes)")
    }

    private static func demandEchoed(_ headers: Metadata, _ trailers: Metadata) throws {
        try demand(headers[Echoed.initial] == "test_initial_metadata_value", "headers are \(headers)")
        try demand(trailers.bytes(Echoed.trailing) == [0xAB, 0xAB, 0xAB], "trailers are \(trailers)")
    }

    /// Demands that a call fails like this.
    private static func demand<T>(_ code: StatusCode, _ message: String? = nil, _ call: () async throws -> T) async throws {
        try demand(await failure(call), code, message)
    }

    private static func demand(_ error: (any Error)?, _ code: StatusCode, _ message: String? = nil) throws {
        let isWanted = if let error = error as? RPCError { error.code == code && (message ?? error.message) == error.message } else { false }
        try demand(isWanted, "\(error.map { "\($0)" } ?? "OK") instead of \(code.name)")
    }

    private static func failure<T>(_ call: () async throws -> T) async -> (any Error)? {
        do {
            _ = try await call()
            return nil
        } catch {
            return error
        }
    }
}
