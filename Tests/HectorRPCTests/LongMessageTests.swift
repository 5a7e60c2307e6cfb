import Dispatch
import HectorProto
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorCore
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
        #expect(MessageCoding.isLong(message, as: GenerateResponse.self))
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

    @Test func `What waits to be decoded is bounded, and a caller who is cancelled waits no longer`() async throws {
        let threads = LongWork(threads: 1, waitingBytes: 3 << 20)
        let busy = DispatchSemaphore(value: 0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await threads.run(bytes: 0) { () -> Void in _ = busy.wait(timeout: .now() + 10) } }
            while !threads.isBusy { await Task.yield() }
            group.addTask { try await threads.run(bytes: 2 << 20) { () -> Void in } }
            while threads.waitingBytes == 0 { await Task.yield() }
            let decode = { @Sendable () async throws -> Void in
                _ = try await MessageCoding.decodeElsewhere(Self.manyParts, as: GenerateResponse.self, limit: 4 << 20, on: threads)
            }
            let (refused, cancelled) = await withTaskGroup(of: RPCError?.self) { group in
                // There is room for one of them.
                for _ in 1...2 {
                    group.addTask {
                        do { try await decode() } catch { return error as? RPCError }
                        return nil
                    }
                }
                let refused = await group.next()
                group.cancelAll()
                return (refused, await group.next())
            }
            #expect(refused??.isOverloadHere == true)
            #expect(cancelled??.code == .cancelled)
            #expect(threads.waitingBytes == 2 << 20)
            busy.signal()
            try await group.waitForAll()
        }
    }

    @Test func `Short messages are decoded where they are`() throws {
        let bytes = try GenerateResponse.with { $0.text = "hello" }.serializedBytes() as [UInt8]
        #expect(!MessageCoding.isLong(ReceivedMessage(bytes: bytes, range: 0..<bytes.count, isCompressed: false), as: GenerateResponse.self))
    }

    private static func isLong<M: SwiftProtobuf.Message>(_ message: M) throws -> Bool {
        let bytes = try message.serializedBytes() as [UInt8]
        return isLong(bytes, as: M.self)
    }

    private static func isLong<M: SwiftProtobuf.Message>(_ bytes: [UInt8], as: M.Type) -> Bool {
        MessageCoding.isLong(ReceivedMessage(bytes: bytes, range: 0..<bytes.count, isCompressed: false), as: M.self)
    }

    /// Whether a message of fields that each hold one byte over and over is long.
    private static func isLong<M: SwiftProtobuf.Message>(
        _ type: M.Type, field number: UInt8, of byte: UInt8, length: Int, times: Int = 1
    ) -> Bool {
        var key = [number << 3 | 2]
        var rest = length
        while rest >= 0x80 {
            key.append(UInt8(rest & 0x7F | 0x80))
            rest >>= 7
        }
        key.append(UInt8(rest))
        let field = key + [UInt8](repeating: byte, count: length)
        return isLong(Array(repeatElement(field, count: times).joined()), as: type)
    }

    @Test func `Parts that look like a text are parts, and a text that looks like parts is none`() {
        // Inside a message, 0x61 is the key of field 12, whose value are the next eight bytes.
        #expect(Self.isLong(GenerateResponse.self, field: 2, of: 0x61, length: 900_000))
        #expect(!Self.isLong(GenerateResponse.self, field: 1, of: 0x61, length: 900_000))
        #expect(!Self.isLong(GenerateResponse.self, field: 1, of: 0x0A, length: 900_000))
        // In pieces, none of which is long.
        #expect(Self.isLong(GenerateResponse.self, field: 2, of: 0x61, length: 60_000, times: 15))
        #expect(Self.isLong(UpsertRequest.self, field: 2, of: 0x61, length: 1, times: 300_000))
        // Numbers, and the entries of a map.
        #expect(Self.isLong(UpsertRequest.self, field: 3, of: 0x61, length: 900_000))
        #expect(Self.isLong(UpsertRequest.self, field: 4, of: 0x61, length: 900_000))
        #expect(!Self.isLong(UpsertRequest.self, field: 1, of: 0x61, length: 900_000))
        // A later version's field is kept as it came.
        #expect(!Self.isLong(UpsertRequest.self, field: 15, of: 0x61, length: 900_000))
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
            #expect(MessageCoding.isLong(ReceivedMessage(bytes: bytes, range: 0..<bytes.count, isCompressed: false), as: GenerateResponse.self))
        }
    }
}
