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
}
