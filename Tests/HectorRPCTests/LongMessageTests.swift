import HectorProto
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorRPC

struct LongMessageTests {
    /// A response of nothing but empty calls of tools: two bytes each.
    private static let manyParts: ReceivedMessage = {
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
            for index in stride(from: 0, to: 1 << 20, by: 2) { (buffer[index], buffer[index + 1]) = (0x12, 0) }
            count = 1 << 20
        }
        return ReceivedMessage(bytes: bytes, range: 0..<bytes.count, isCompressed: false)
    }()

    @Test func `A message of very many parts does not hold up the thread that waits for it`() async throws {
        let message = Self.manyParts
        #expect(MessageCoding.isLong(message))
        let clock = ContinuousClock()
        let inPlace = try clock.measure { _ = try MessageCoding.decode(message, as: GenerateResponse.self, limit: 4 << 20) }

        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.any()
        let longest = Mutex(Duration.zero)
        let last = Mutex(clock.now)
        let ticks = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(1)) { _ in
            let now = clock.now
            let gap = last.withLock { last in
                defer { last = now }
                return last.duration(to: now)
            }
            longest.withLock { $0 = max($0, gap) }
        }
        let executor = try await loop.submit { EventLoopExecutor.of(loop) }.get()
        let response = try await withTaskExecutorPreference(executor) {
            try await MessageCoding.decodeElsewhere(message, as: GenerateResponse.self, limit: 4 << 20)
        }
        ticks.cancel()
        #expect(response.toolCalls.count == 512 << 10)
        #expect(longest.withLock { $0 } < inPlace / 2, "of \(inPlace)")
        try await group.shutdownGracefully()
    }

    @Test func `Short messages are decoded where they are`() throws {
        let bytes = try GenerateResponse.with { $0.text = "hello" }.serializedBytes() as [UInt8]
        #expect(!MessageCoding.isLong(ReceivedMessage(bytes: bytes, range: 0..<bytes.count, isCompressed: false)))
    }

    private static func isLong(_ message: some SwiftProtobuf.Message) throws -> Bool {
        let bytes = try message.serializedBytes() as [UInt8]
        return MessageCoding.isLong(ReceivedMessage(bytes: bytes, range: 0..<bytes.count, isCompressed: false))
    }

    @Test func `What decides is the number of parts, not the length`() throws {
        let text = String(repeating: "Grüße, one line after the other.\n", count: 25_000)
        #expect(try !Self.isLong(GenerateResponse.with { $0.text = text }))
        var call = ToolCall()
        call.id = "1"
        #expect(try !Self.isLong(GenerateResponse.with { response in
            response.text = text
            response.toolCalls = Array(repeating: call, count: 1_000)
        }))
        #expect(try Self.isLong(GenerateResponse.with { $0.toolCalls = Array(repeating: call, count: 100_000) }))
        // The longest are not looked at.
        #expect(try Self.isLong(GenerateResponse.with { $0.text = text + text }))
        // Parts of a part: one result with very many entries.
        var result = SearchResult()
        for index in 0..<60_000 { result.metadata["\(index)"] = "" }
        #expect(try Self.isLong(SearchResponse.with { $0.results = [result] }))
        #expect(try Self.isLong(EmbedResponse.with { $0.vector = Array(repeating: 0.5, count: 100_000) }))
    }

    @Test func `What is no message is left to the decoder`() {
        for bytes in [[UInt8](repeating: 0xFF, count: 300 << 10), [UInt8](repeating: 0x0F, count: 300 << 10), [0x0A, 0xFF, 0xFF, 0xFF, 0x7F] + [UInt8](repeating: 0, count: 300 << 10)] {
            #expect(MessageCoding.isLong(ReceivedMessage(bytes: bytes, range: 0..<bytes.count, isCompressed: false)))
        }
    }
}
