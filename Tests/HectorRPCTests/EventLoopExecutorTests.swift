import NIOCore
import NIOPosix
import Testing

@testable import HectorRPC

@Suite(.timeLimit(.minutes(1)))
struct EventLoopExecutorTests {
    @Test func oneForEachLoop() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let loops = [group.next(), group.next()]
        let executors = try await [0, 0, 1].asyncMap { index in
            try await loops[index].submit { EventLoopExecutor.of(loops[index]) }.get()
        }
        #expect(executors[0] === executors[1])
        #expect(executors[0] !== executors[2])
        #expect(executors[2].eventLoop === loops[1])
        try await group.shutdownGracefully()
    }

    /// Tasks run on the loop, wherever they were started and whatever they wait for.
    @Test func tasksRunOnTheLoop() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let executor = try await loop.submit { EventLoopExecutor.of(loop) }.get()
        await withTaskGroup(of: Int.self) { tasks in
            for index in 0..<2000 {
                tasks.addTask(executorPreference: executor) {
                    #expect(loop.inEventLoop)
                    await Task.yield()
                    #expect(loop.inEventLoop)
                    if index % 100 == 0 { try? await Task.sleep(for: .milliseconds(1)) }
                    #expect(loop.inEventLoop)
                    return index
                }
            }
            var sum = 0
            for await index in tasks { sum += index }
            #expect(sum == 1999 * 2000 / 2)
        }
        try await group.shutdownGracefully()
    }

    /// Tasks that never rest must not keep the loop from its sockets and timers.
    @Test func busyTasksLeaveRoomForTheLoop() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let executor = try await loop.submit { EventLoopExecutor.of(loop) }.get()
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask(executorPreference: executor) {
                while !Task.isCancelled { await Task.yield() }
            }
            try? await loop.scheduleTask(in: .milliseconds(10)) {}.futureResult.get()
            tasks.cancelAll()
        }
        try await group.shutdownGracefully()
    }
}

extension Sequence where Element: Sendable {
    fileprivate func asyncMap<T: Sendable>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
        var result: [T] = []
        for element in self { result.append(try await transform(element)) }
        return result
    }
}
