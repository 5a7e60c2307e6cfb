import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorRPC

/// What nobody reads is bounded for a whole connection, and holds up nobody until it is too much.
struct ConnectionCreditTests {
    @Test func bytesAreCreditedAsTheyArrive() {
        var credit = ConnectionCredit(limit: 100)
        #expect(credit.arrived(1000) == 1000)
        credit.held(100)
        #expect(credit.arrived(1000) == 1000)
        #expect(credit.released(100) == 0)
    }

    @Test func pastTheLimitTheyAreWithheldUntilSomeAreRead() {
        var credit = ConnectionCredit(limit: 100)
        credit.held(101)
        #expect(credit.arrived(30) == 0)
        #expect(credit.arrived(20) == 0)
        credit.held(30)
        #expect(credit.released(30) == 0)
        #expect(credit.withheld == 50)
        #expect(credit.released(1) == 50)
        #expect(credit.withheld == 0)
        #expect(credit.arrived(10) == 10)
    }

    @Test func aLimitOfNothingStillLetsReadersGoOn() {
        var credit = ConnectionCredit(limit: 0)
        #expect(credit.arrived(10) == 10)
        credit.held(10)
        #expect(credit.arrived(10) == 0)
        #expect(credit.released(10) == 10)
    }

    /// However it comes: all is credited in the end, and once only; nothing is withheld while readers have what they may.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func noByteIsLostOrCreditedTwice(seed: UInt64) {
        var generator = Numbers(state: seed)
        var credit = ConnectionCredit(limit: 1000)
        var (came, credited, unread) = (0, 0, 0)
        for _ in 0..<2000 {
            let count = Int.random(in: 1...400, using: &generator)
            if Bool.random(using: &generator) {
                came += count
                credited += credit.arrived(count)
                credit.held(count)
                unread += count
            } else {
                let count = min(count, unread)
                unread -= count
                credited += credit.released(count)
            }
            #expect(credit.unread == unread)
            #expect(came == credited + credit.withheld)
            if unread <= 1000 { #expect(credit.withheld == 0) }
        }
    }

    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }
}

/// What readers who do not read wait for.
final class Gate: Sendable {
    private let value = Atomic(false)
    var isOpen: Bool { value.load(ordering: .relaxed) }

    func open() { value.store(true, ordering: .relaxed) }
}

@Suite(.timeLimit(.minutes(1)))
struct UnreadBytesTests {
    private static let limits: RPCLimits = {
        var limits = RPCLimits()
        limits.maximumUnreadBytes = 2 << 20
        limits.connectionWindow = 1 << 20
        return limits
    }()

    /// Returns when the figure stands still.
    private func settled(_ figure: () async -> Int) async throws -> Int {
        var (last, unchanged) = (-1, 0)
        while unchanged < 20 {
            let now = await figure()
            unchanged = now == last ? unchanged + 1 : 0
            last = now
            try await Task.sleep(for: .milliseconds(20))
        }
        return last
    }

    /// Whole answers that are on their way are bounded for the connection; what has come to its caller is counted no more.
    @Test func wholeAnswers() async throws {
        var limits = RPCLimits()
        limits.maximumAnswerBytes = 100_000
        try await withEcho(tls: false, limits: limits, services: { services in
            services.unary(Echo.hang) { request, _ in Text(String(repeating: "t", count: Int(request.value) ?? 0)) }
        }) { client, _ in
            for _ in 0..<10 { try await #expect(client.unary(Echo.hang, Text("40000")).value.utf8.count == 40_000) }
            let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.hang, Text("200000")) }
            #expect(error?.isOverloadHere == true, "\(String(describing: error))")
            for _ in 0..<10 { try await #expect(client.unary(Echo.hang, Text("40000")).value.utf8.count == 40_000) }
        }
    }

    /// Responses that nobody reads, too, are bounded; and the connection goes on when they are read, or not wanted any more.
    @Test(arguments: [true, false]) func responses(areReadInTheEnd: Bool) async throws {
        let token = Text(String(repeating: "t", count: 50_000))
        try await withEcho(tls: false, limits: Self.limits, services: { services in
            services.serverStreaming(Echo.hang) { _, writer, _ in for _ in 0..<10 { try await writer.write(token) } }
        }) { client, _ in
            let gate = Gate()
            try await withThrowingTaskGroup(of: Int.self) { calls in
                for _ in 0..<12 {
                    calls.addTask {
                        try await client.serverStreaming(Echo.hang, Text("")) { responses in
                            while !gate.isOpen { try await Task.sleep(for: .milliseconds(5)) }
                            return areReadInTheEnd ? try await responses.reduce(0) { count, _ in count + 1 } : 0
                        }
                    }
                }
                let received = try await settled { await client.counters()?.bytesReceived ?? 0 }
                #expect(received > 2 << 20)
                #expect(received < 4 << 20)
                gate.open()
                for try await count in calls { #expect(count == (areReadInTheEnd ? 10 : 0)) }
            }
            try await #expect(client.unary(Echo.unary, Text("after"), options: CallOptions(timeout: .seconds(20))).value == "after")
        }
    }
}
