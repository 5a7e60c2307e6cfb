import HectorProto
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorRPC

/// The call types with many messages from the client, and compression.
@Suite(.timeLimit(.minutes(1)))
struct StreamingCallTests {
    private enum Sum {
        static let all = Method<Text, Text>("sum.Sum", "All", .notIdempotent)
        static let firstTwo = Method<Text, Text>("sum.Sum", "FirstTwo", .notIdempotent)
        static let refuse = Method<Text, Text>("sum.Sum", "Refuse", .notIdempotent)
        static let running = Method<Text, Text>("sum.Sum", "Running", .notIdempotent)
        static let idle = Method<Text, Text>("sum.Sum", "Idle", .notIdempotent)
        static let inline = Method<Text, Text>("sum.Sum", "Inline", .idempotent)
        static let packed = Method<Text, Text>("sum.Sum", "Packed", .idempotent)
        static let packedStream = Method<Text, Text>("sum.Sum", "PackedStream", .idempotent)
    }

    private static func register(_ services: inout RPCServices) {
        services.clientStreaming(Sum.all) { requests, _ in
            var sum = 0
            for try await request in requests { sum += Int(request.value) ?? 0 }
            return Text("\(sum)")
        }
        services.clientStreaming(Sum.firstTwo, .onLoop) { requests, _ in
            var requests = requests.makeAsyncIterator()
            let first = try await requests.next()?.value ?? ""
            let second = try await requests.next()?.value ?? ""
            return Text(first + second)
        }
        services.clientStreaming(Sum.refuse) { _, _ in throw RPCError(.permissionDenied, "not you") }
        services.bidirectionalStreaming(Sum.running, .onLoop) { requests, responses, _ in
            var sum = 0
            for try await request in requests {
                guard let number = Int(request.value) else { throw RPCError(.invalidArgument, "'\(request.value)' is not a number") }
                sum += number
                try await responses.write(Text("\(sum)"))
            }
        }
        services.inlineUnary(Sum.inline) { request, context in
            guard request.value != "fail" else { throw RPCError(.aborted, "as asked", metadata: ["x-detail": "inline"]) }
            context.setTrailers(["x-trail": "t"])
            return request
        }
        services.unary(Sum.packed) { request, context in
            context.setCompression(.gzip)
            return Text("\(context.requestWasCompressed) " + request.value)
        }
        services.bidirectionalStreaming(Sum.packedStream) { requests, responses, context in
            context.setCompression(.gzip)
            var requests = requests.makeAsyncIterator()
            while let request = try await requests.next() {
                try await responses.write(Text("\(requests.messageWasCompressed) " + request.value), compressed: request.value != "plain")
            }
        }
    }

    @Test(arguments: [false, true])
    func clientStreaming(tls: Bool) async throws {
        try await withEcho(tls: tls, services: Self.register) { client, _ in
            for count in [0, 1, 20_000] {
                let sum = try await client.clientStreaming(Sum.all) { requests in
                    for number in 0..<count { try await requests.write(Text("\(number)")) }
                }
                #expect(sum.value == "\(count * (count - 1) / 2)")
            }
        }
    }

    @Test func onTheConnectionsLoop() async throws {
        try await withEcho(tls: true, services: Self.register) { client, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask(executorPreference: client.executor) {
                        let sum = try await client.clientStreaming(Sum.all) { requests in
                            for number in 0..<5000 { try await requests.write(Text("\(number)")) }
                        }
                        #expect(sum.value == "12497500")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func pingPong() async throws {
        try await withEcho(tls: true, services: Self.register) { client, _ in
            try await client.bidirectionalStreaming(Sum.running) { requests, responses in
                var responses = responses.makeAsyncIterator()
                for number in 1...1000 {
                    try await requests.write(Text("\(number)"))
                    #expect(try await responses.next()?.value == "\(number * (number + 1) / 2)")
                }
                requests.finish()
                #expect(try await responses.next() == nil)
            }
        }
    }

    @Test func metadataOfAStream() async throws {
        try await withEcho(tls: false) { services in
            services.bidirectionalStreaming(Sum.idle) { requests, responses, context in
                context.setHeaders(["x-before": "b"])
                context.setTrailers(["x-after": "a"])
                for try await request in requests { try await responses.write(request) }
            }
        } _: { client, _ in
            try await client.bidirectionalStreaming(Sum.idle) { requests, responses in
                try await requests.write(Text("1"))
                var iterator = responses.makeAsyncIterator()
                #expect(try await iterator.next()?.value == "1")
                #expect(await responses.headers["x-before"] == "b")
                #expect(await responses.trailers.isEmpty)
                requests.finish()
                #expect(try await iterator.next() == nil)
                #expect(await responses.trailers["x-after"] == "a")
            }
        }
    }

    @Test func bothWaysAtOnce() async throws {
        try await withEcho(tls: false, services: Self.register) { client, _ in
            let count = 20_000
            try await client.bidirectionalStreaming(Sum.running) { requests, responses in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for _ in 0..<count { try await requests.write(Text("1")) }
                        requests.finish()
                    }
                    group.addTask {
                        var received = 0
                        for try await response in responses {
                            received += 1
                            #expect(response.value == "\(received)")
                        }
                        #expect(received == count)
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    private final class Written: Sendable {
        let count = Atomic(0)
    }

    /// A writer must not fill memory while nobody reads: neither here nor there.
    @Test func aSlowReaderStopsTheWriter() async throws {
        var limits = RPCLimits()
        limits.streamWindow = 65_536
        limits.writeHighWaterMark = 65_536
        let written = Written()
        let reading = AsyncStream.makeStream(of: Void.self)
        try await withEcho(tls: false, limits: limits) { services in
            services.clientStreaming(Sum.all) { requests, _ in
                for await _ in reading.stream { break }
                var count = 0
                for try await _ in requests { count += 1 }
                return Text("\(count)")
            }
        } _: { client, _ in
            let text = Text(String(repeating: "x", count: 1000))
            let result = try await client.clientStreaming(Sum.all) { requests in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for _ in 0..<1000 {
                            try await requests.write(text)
                            written.count.add(1, ordering: .relaxed)
                        }
                    }
                    // The writer comes to a stop: what both sides may hold is far less than what it has.
                    var last = -1
                    while written.count.load(ordering: .relaxed) != last {
                        last = written.count.load(ordering: .relaxed)
                        try await Task.sleep(for: .milliseconds(100))
                    }
                    #expect(last > 60 && last < 300)
                    reading.continuation.yield()
                    try await group.waitForAll()
                }
            }
            #expect(result.value == "1000")
        }
    }

    @Test func anAnswerBeforeTheEndOfTheRequests() async throws {
        try await withEcho(tls: true, services: Self.register) { client, _ in
            for _ in 0..<20 {
                let answer = try await client.clientStreaming(Sum.firstTwo) { requests in
                    // It ends because the server has.
                    while true { try await requests.write(Text("a")) }
                }
                #expect(answer.value == "aa")
            }
            try await #expect(client.unary(Echo.unary, Text("still here")).value == "still here")
        }
    }

    @Test func aRefusal() async throws {
        try await withEcho(tls: false, services: Self.register) { client, _ in
            let error = await #expect(throws: RPCError.self) {
                let _: Text = try await client.clientStreaming(Sum.refuse) { requests in
                    while true { try await requests.write(Text("a")) }
                }
            }
            #expect(error?.code == .permissionDenied)
            #expect(error?.message == "not you")
        }
    }

    @Test func aBodyThatThrowsCancelsTheCall() async throws {
        struct Enough: Error {}
        let (ended, end) = AsyncStream.makeStream(of: Bool.self)
        try await withEcho(tls: false) { services in
            services.bidirectionalStreaming(Sum.idle) { requests, responses, _ in
                try await responses.write(Text("here"))
                do {
                    for try await _ in requests {}
                    end.yield(false)
                } catch {
                    end.yield((error as? RPCError)?.code == .cancelled)
                    throw error
                }
            }
        } _: { client, _ in
            await #expect(throws: Enough.self) {
                try await client.bidirectionalStreaming(Sum.idle) { requests, responses in
                    for try await _ in responses { throw Enough() }
                }
            }
            for await wasCancelled in ended {
                #expect(wasCancelled)
                break
            }
        }
    }

    @Test func aDeadlineEndsBothSides() async throws {
        try await withEcho(tls: false, services: Self.register) { client, _ in
            let error = await #expect(throws: RPCError.self) {
                try await client.bidirectionalStreaming(Sum.running, options: CallOptions(timeout: .milliseconds(50))) { _, responses in
                    for try await _ in responses {}
                }
            }
            #expect(error?.code == .deadlineExceeded)
        }
    }

    @Test func aHandlersErrorAmongResponses() async throws {
        try await withEcho(tls: false, services: Self.register) { client, _ in
            let error = await #expect(throws: RPCError.self) {
                try await client.bidirectionalStreaming(Sum.running) { requests, responses in
                    try await requests.write(Text("1"))
                    try await requests.write(Text("x"))
                    var received = 0
                    do {
                        for try await _ in responses { received += 1 }
                    } catch {
                        #expect(received == 1)
                        throw error
                    }
                }
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test(arguments: [false, true])
    func inline(tls: Bool) async throws {
        try await withEcho(tls: tls, services: Self.register) { client, _ in
            let response = try await client.unaryResponse(Sum.inline, Text("now"))
            #expect(response.message.value == "now")
            #expect(response.trailers["x-trail"] == "t")
            let error = await #expect(throws: RPCError.self) { try await client.unary(Sum.inline, Text("fail")) }
            #expect(error?.code == .aborted)
            #expect(error?.metadata["x-detail"] == "inline")
        }
    }

    // MARK: compression

    @Test func compressedBothWays() async throws {
        try await withEcho(tls: false, services: Self.register) { client, _ in
            let text = String(repeating: "the same again, ", count: 10_000)
            let both = CallOptions(compression: .gzip, acceptsCompression: true)
            try await #expect(client.unary(Sum.packed, Text(text), options: both).value == "true " + text)
            let response = try await client.unaryResponse(Sum.packed, Text(text), options: both)
            #expect(response.headers["grpc-encoding"] == nil)
            // Who does not accept it gets plain messages.
            try await #expect(client.unary(Sum.packed, Text(text)).value == "false " + text)
        }
    }

    @Test func messageByMessage() async throws {
        try await withEcho(tls: false, services: Self.register) { client, _ in
            let both = CallOptions(compression: .gzip, acceptsCompression: true)
            try await client.bidirectionalStreaming(Sum.packedStream, options: both) { requests, responses in
                var responses = responses.makeAsyncIterator()
                for (text, compressed) in [("one", true), ("plain", false), ("two", false), ("plain", true)] {
                    try await requests.write(Text(text), compressed: compressed)
                    #expect(try await responses.next()?.value == "\(compressed) " + text)
                    #expect(responses.messageWasCompressed == (text != "plain"))
                }
                requests.finish()
                #expect(try await responses.next() == nil)
            }
        }
    }

    /// Less than the limit on the wire, more than it once unpacked.
    @Test func aBombIsRefusedOnBothSides() async throws {
        var limits = RPCLimits()
        limits.maximumMessageLength = 100_000
        try await withEcho(tls: false, limits: limits, services: Self.register) { client, _ in
            let bomb = Text(String(repeating: "x", count: 200_000))
            let refusedThere = await #expect(throws: RPCError.self) {
                try await client.unary(Sum.packed, bomb, options: CallOptions(compression: .gzip))
            }
            #expect(refusedThere?.code == .resourceExhausted)
            let refusedHere = await #expect(throws: RPCError.self) {
                try await client.unary(
                    Sum.packed, Text(String(repeating: "x", count: 50_000)),
                    options: CallOptions(maximumMessageLength: 10_000, acceptsCompression: true))
            }
            #expect(refusedHere?.code == .resourceExhausted)
            try await #expect(client.unary(Echo.unary, Text("still here")).value == "still here")
        }
    }
}
