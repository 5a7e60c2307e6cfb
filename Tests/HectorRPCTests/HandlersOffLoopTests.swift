import Dispatch
import HectorCore
import HectorProto
import HectorRPC
import SwiftProtobuf
import Synchronization
import Testing

/// Handlers on the threads of Swift's global executor: they come and answer together, and none waits for another.
@Suite(.timeLimit(.minutes(2)))
struct HandlersOffLoopTests {
    /// Far more than any of these calls takes, and less than the suite may.
    private let soon = CallOptions(timeout: .seconds(20))

    /// Released by the test.
    private final class Gate: Sendable {
        private let opened = DispatchSemaphore(value: 0)
        let began = AsyncStream.makeStream(of: Void.self)

        /// Keeps the thread.
        func pass() {
            began.continuation.yield()
            opened.wait()
        }

        func open() { opened.signal() }
    }

    @Test(arguments: [false, true])
    func aHandlerThatBlocksItsThreadHoldsNobodyUp(tls: Bool) async throws {
        let gate = Gate()
        try await withEcho(tls: tls, services: { services in
            services.unary(Echo.hang) { request, _ in
                gate.pass()
                return request
            }
        }) { client, _ in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { _ = try await client.unary(Echo.hang, Text("")) }
                var began = gate.began.stream.makeAsyncIterator()
                await began.next()
                // If they waited for it, they would for ever.
                defer { gate.open() }
                for index in 0..<20 {
                    let response = try await client.unary(Echo.unary, Text("\(index)"), options: soon)
                    #expect(response.value == "\(index)")
                }
            }
        }
    }

    /// All of them come in one read and go to one thread, which the last one keeps.
    @Test func answersLeaveBeforeAHandlerThatBlocks() async throws {
        let gate = Gate()
        try await withEcho(tls: true, services: { services in
            services.unary(Echo.hang) { request, _ in
                gate.pass()
                return request
            }
        }) { client, _ in
            // Tasks are there that wait for calls.
            try await together(8, client) { try await client.unary(Echo.unary, Text("\($0)"), options: soon).value }
            // On the loop, so that one turn of it sends them all.
            try await withTaskExecutorPreference(client.executor) {
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    defer { gate.open() }
                    for index in 0..<7 {
                        tasks.addTask { _ = try await client.unary(Echo.unary, Text("\(index)"), options: soon) }
                    }
                    tasks.addTask { _ = try await client.unary(Echo.hang, Text("")) }
                    for _ in 0..<7 { try await tasks.next() }
                }
            }
        }
    }

    /// Tasks that wait within their handlers do not keep others from beginning.
    @Test func manyHandlersWaitForOneAnother() async throws {
        let count = 96
        let meeting = Meeting(count)
        try await withEcho(tls: true, services: { services in
            services.unary(Echo.hang) { request, _ in
                await meeting.arrive()
                return request
            }
        }) { client, _ in
            for _ in 0..<5 {
                try await together(count, client) { try await client.unary(Echo.hang, Text("\($0)"), options: soon).value }
                try await together(count, client) { try await client.unary(Echo.unary, Text("\($0)"), options: soon).value }
            }
        }
    }

    /// A task runs the handlers of many calls; nothing of one is left for the next.
    @Test func nothingOfACallIsLeftForTheNext() async throws {
        let began = AsyncStream.makeStream(of: Void.self)
        try await withEcho(tls: false, services: { services in
            services.unary(Echo.hang) { request, _ in
                began.continuation.yield()
                try await Task.sleep(for: .seconds(50))
                return request
            }
            services.unary(Echo.unknown) { _, _ in Text("\(Task.isCancelled) \(TraceContext.current?.requestID ?? "nil")") }
        }) { client, _ in
            let traced = CallOptions(timeout: .seconds(20), metadata: [TraceContext.requestIDName: "traced"])
            var iterator = began.stream.makeAsyncIterator()
            for _ in 0..<20 {
                await withTaskGroup(of: Void.self) { tasks in
                    tasks.addTask {
                        _ = await #expect(throws: RPCError.self) { try await client.unary(Echo.hang, Text("")) }
                    }
                    await iterator.next()
                    tasks.cancelAll()
                }
                let answer = try await client.unary(Echo.unknown, Text(""), options: traced).value
                #expect(answer == "false traced")
                for _ in 0..<3 {
                    let answer = try await client.unary(Echo.unknown, Text(""), options: soon).value
                    #expect(answer == "false nil")
                }
            }
        }
    }

    /// Cancelled at any moment of their way from thread to thread, calls end, and so do their handlers: else the server would not.
    @Test func callsAreCancelledOnTheirWay() async throws {
        let running = Mutex(0)
        try await withEcho(tls: true, services: { services in
            services.unary(Echo.hang) { request, _ in
                running.withLock { $0 += 1 }
                defer { running.withLock { $0 -= 1 } }
                if let index = Int(request.value), index % 2 == 0 { try await Task.sleep(for: .seconds(50)) }
                return request
            }
        }) { client, _ in
            for round in 0..<40 {
                await withTaskGroup(of: Void.self) { tasks in
                    for index in 0..<16 {
                        tasks.addTask { _ = try? await client.unary(Echo.hang, Text("\(index)"), options: soon) }
                    }
                    for _ in 0..<(round % 10) { await Task.yield() }
                    tasks.cancelAll()
                }
            }
            try await together(64, client) { try await client.unary(Echo.unary, Text("\($0)"), options: soon).value }
        }
        #expect(running.withLock { $0 } == 0)
    }

    /// The loop waits for callers that it let on together; those who go away, and who calls then, must not wait for each other.
    @Test func whoCallsNoMoreHoldsNobodyUp() async throws {
        try await withEcho(tls: true) { client, _ in
            for index in 0..<50 {
                try await together(16, client) { try await client.unary(Echo.onLoop, Text("\($0)"), options: soon).value }
                let answer = try await client.unary(Echo.unary, Text("\(index)"), options: soon).value
                #expect(answer == "\(index)")
            }
        }
    }

    /// Makes the calls at the same time.
    private func together(
        _ count: Int, _ client: ClientConnection, _ call: @escaping @Sendable (Int) async throws -> String
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for index in 0..<count {
                tasks.addTask {
                    let answer = try await call(index)
                    #expect(answer == "\(index)")
                }
            }
            try await tasks.waitForAll()
        }
    }
}

/// Lets all go on when the last one has come.
private actor Meeting {
    private let size: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ size: Int) { self.size = size }

    func arrive() async {
        await withCheckedContinuation { continuation in
            waiting.append(continuation)
            guard waiting.count == size else { return }
            for one in waiting { one.resume() }
            waiting = []
        }
    }
}
