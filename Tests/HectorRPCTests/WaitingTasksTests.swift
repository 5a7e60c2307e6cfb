import HectorProto
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorRPC

/// Tasks that wait for room or for a message: any number may write, and each may be cancelled.
@Suite(.timeLimit(.minutes(1)))
struct WaitingTasksTests {
    @Test func writersThatWaitGoOnTogether() async throws {
        let outbound = OutboundMessages(highWaterMark: 10)
        _ = try outbound.append(Array(repeating: 0, count: 30))
        let woken = Mutex(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<5 {
                group.addTask { @Sendable in
                    try await outbound.waitForRoom()
                    woken.withLock { $0 += 1 }
                }
            }
            try await Task.sleep(for: .milliseconds(50))
            outbound.sent(10)
            try await Task.sleep(for: .milliseconds(20))
            #expect(woken.withLock { $0 } == 0)
            outbound.sent(15)
            try await group.waitForAll()
        }
        #expect(woken.withLock { $0 } == 5)
    }

    @Test func aCancelledWriterWakesAndTheOthersWaitOn() async throws {
        let outbound = OutboundMessages(highWaterMark: 10)
        _ = try outbound.append(Array(repeating: 0, count: 30))
        try await withThrowingTaskGroup(of: Void.self) { others in
            others.addTask { try await outbound.waitForRoom() }
            await withTaskGroup(of: Void.self) { group in
                for isLate in [false, true] {
                    group.addTask {
                        if isLate { try? await Task.sleep(for: .seconds(50)) }
                        let error = await #expect(throws: RPCError.self) { try await outbound.waitForRoom() }
                        #expect(error?.code == .cancelled)
                    }
                }
                try? await Task.sleep(for: .milliseconds(50))
                group.cancelAll()
            }
            outbound.sent(30)
            try await others.waitForAll()
        }
        outbound.fail(RPCError(.aborted, ""))
        await #expect(throws: RPCError.self) { try await outbound.waitForRoom() }
    }

    @Test func aCancelledReaderWakesAndTheNextOneReads() async throws {
        let inbound = InboundMessages()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                let error = await #expect(throws: RPCError.self) { try await inbound.next() }
                #expect(error?.code == .cancelled)
            }
            try? await Task.sleep(for: .milliseconds(50))
            group.cancelAll()
        }
        var deframer = MessageDeframer(maximumLength: 100)
        Raw.message("later").withUnsafeBytes { deframer.append($0) }
        inbound.append(try #require(try deframer.next()))
        #expect(try await inbound.next()?.count == 1)
        inbound.finish(nil)
        #expect(try await inbound.next() == nil)
    }

    /// Four tasks of one handler, far ahead of a reader who takes his time.
    @Test(arguments: [false, true]) func aHandlerMayWriteFromSeveralTasks(tls: Bool) async throws {
        let many = Method<Text, Text>("echo.Echo", "Many", .idempotent)
        let adding: (inout RPCServices) -> Void = { services in
            services.serverStreaming(many) { _, writer, _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<4 {
                        group.addTask {
                            for index in 0..<40 {
                                try await writer.write(Text("\(task) \(index) " + String(repeating: "x", count: 64 << 10)))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
        try await withEcho(tls: tls, services: adding) { client, _ in
            let received = try await client.serverStreaming(many, Text("")) { responses in
                // By now all four wait.
                try await Task.sleep(for: .milliseconds(300))
                var received = [0, 0, 0, 0]
                for try await response in responses {
                    let words = response.value.split(separator: " ").compactMap { Int($0) }
                    #expect(received[words[0]] == words[1], "each task's messages come in its order")
                    received[words[0]] += 1
                }
                return received
            }
            #expect(received == [40, 40, 40, 40])
        }
    }

    /// As an author's own time limit around a write does.
    @Test func aHandlerWhoseWriteIsCancelledGoesOn() async throws {
        let limited = Method<Text, Text>("echo.Echo", "Limited", .idempotent)
        let adding: (inout RPCServices) -> Void = { services in
            services.serverStreaming(limited) { _, writer, _ in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { while (try? await writer.write(Text(String(repeating: "x", count: 256 << 10)))) != nil {} }
                    try? await Task.sleep(for: .milliseconds(100))
                    group.cancelAll()
                }
                throw RPCError(.aborted, "went on")
            }
        }
        try await withEcho(tls: false, services: adding) { client, _ in
            let error = await #expect(throws: RPCError.self) {
                try await client.serverStreaming(limited, Text("")) { responses in
                    try await Task.sleep(for: .milliseconds(500))
                    for try await _ in responses {}
                }
            }
            #expect(error?.message == "went on")
        }
    }
}
