import HectorCore
import HectorProto
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorRPC

/// What a connection must stand, beyond calls that go well.
@Suite(.timeLimit(.minutes(1)))
struct ConnectionTests {
    @Test func aCallFromACancelledTaskEnds() async throws {
        try await withEcho(tls: false) { client, _ in
            await withTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask {
                    let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.unary, Text("late")) }
                    #expect(error?.code == .cancelled)
                }
                group.addTask {
                    let error = await #expect(throws: RPCError.self) {
                        try await client.serverStreaming(Echo.stream, Text("3")) { for try await _ in $0 {} }
                    }
                    #expect(error?.code == .cancelled)
                }
            }
            try await #expect(client.unary(Echo.unary, Text("next")).value == "next")
        }
    }

    /// What was sent to readers who left must not count against those who stay.
    @Test func streamsLeftUnreadDoNotUseUpTheConnection() async throws {
        var limits = RPCLimits()
        limits.streamWindow = 65_535
        limits.connectionWindow = 200_000
        try await withEcho(tls: false, limits: limits) { client, _ in
            for _ in 0..<20 {
                try await client.serverStreaming(Echo.stream, Text("20000")) { responses in
                    for try await _ in responses { break }
                }
            }
            let large = Text(String(repeating: "x", count: 1_000_000))
            try await #expect(client.unary(Echo.unary, large, options: CallOptions(timeout: .seconds(10))) == large)
        }
    }

    /// Many responses that are each less than a stream's window, and together more than the connection's.
    @Test func halfReceivedMessagesDoNotBlockEachOther() async throws {
        var limits = RPCLimits()
        limits.streamWindow = 100_000
        limits.connectionWindow = 200_000
        try await withEcho(tls: false, limits: limits) { client, _ in
            let large = Text(String(repeating: "x", count: 90_000))
            try await withThrowingTaskGroup(of: Text.self) { group in
                for _ in 0..<32 { group.addTask { try await client.unary(Echo.unary, large, options: CallOptions(timeout: .seconds(20))) } }
                for try await answer in group { #expect(answer == large) }
            }
        }
    }

    @Test func aReaderThatSleepsDoesNotHoldUpOthers() async throws {
        var limits = RPCLimits()
        limits.streamWindow = 65_535
        limits.connectionWindow = 65_535
        try await withEcho(tls: false, limits: limits) { client, _ in
            try await client.serverStreaming(Echo.stream, Text("50000")) { responses in
                var iterator = responses.makeAsyncIterator()
                _ = try await iterator.next()
                let other = Text(String(repeating: "x", count: 100_000))
                try await #expect(client.unary(Echo.unary, other, options: CallOptions(timeout: .seconds(10))) == other)
            }
        }
    }

    @Test func closingDoesNotWaitForAnEarlierLongerGrace() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: Void.self)
        let hanging: (inout RPCServices) -> Void = { services in
            services.unary(Echo.hang) { request, _ in
                continuation.yield()
                try await Task.sleep(for: .seconds(50))
                return request
            }
        }
        try await withEcho(tls: true, services: hanging) { client, server in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.hang, Text("")) }
                    #expect(error?.code == .unavailable)
                }
                var iterator = events.makeAsyncIterator()
                await iterator.next()
                // The server says goodbye first: the client must still be able to leave at once.
                server.shutDown(grace: .seconds(40))
                while client.isReady { await Task.yield() }
                await client.close()
            }
        }
    }

    @Test func theServerCanCutAGraceShort() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: Void.self)
        let hanging: (inout RPCServices) -> Void = { services in
            services.unary(Echo.hang) { request, _ in
                continuation.yield()
                try await Task.sleep(for: .seconds(50))
                return request
            }
        }
        try await withEcho(tls: false, services: hanging) { client, server in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await client.unary(Echo.hang, Text("")) }
                var iterator = events.makeAsyncIterator()
                await iterator.next()
                server.shutDown(grace: .seconds(40))
                server.shutDown(grace: .zero)
                #expect(await client.waitUntilClosed() != nil)
            }
        }
    }

    /// A host name may have several addresses: that one of them does not answer is no failure.
    @Test func aNameWithSeveralAddresses() async throws {
        try await withEcho(tls: true) { client, _ in
            guard case .tcp(let address) = client.endpoint else { return }
            let group = MultiThreadedEventLoopGroup.singleton
            let identity = try TLSIdentity.selfSigned(now: 1_780_000_000)
            let security = ConnectionSecurity.mutualTLS(TLSConfiguration(identity: identity, trust: .exactly(der: try identity.leafDER())))
            // The certificate is a stranger's: what counts is that TLS was reached over whichever address answers.
            let error = await #expect(throws: ConnectionError.self) {
                try await ClientConnection.connect(to: .tcp(host: "localhost", port: address.port), security: security, on: group)
            }
            #expect(error?.code == .security, "\(String(describing: error))")
        }
    }

    @Test(arguments: ["message", "trailers", "headers"])
    func moreThanFitsIntoHeadersStillEndsTheCall(what: String) async throws {
        let verbose: (inout RPCServices) -> Void = { services in
            services.unary(Echo.hang) { request, context in
                var large = Metadata()
                large.append(String(repeating: "v", count: 100_000), for: "x-large")
                large.append("kept", for: "x-small")
                if what == "trailers" { context.setTrailers(large) }
                if what == "headers" { context.setHeaders(large) }
                // One character each, to a person: a letter with many marks.
                if what == "message" { throw RPCError(.aborted, String(repeating: "e" + String(repeating: "\u{301}", count: 100), count: 2000)) }
                return request
            }
        }
        try await withEcho(tls: false, services: verbose) { client, _ in
            let options = CallOptions(timeout: .seconds(10))
            if what == "message" {
                let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.hang, Text(""), options: options) }
                #expect(error?.code == .aborted)
                #expect(error?.message.unicodeScalars.starts(with: "e\u{301}".unicodeScalars) == true)
            } else {
                let response = try await client.unaryResponse(Echo.hang, Text("a"), options: options)
                #expect((what == "trailers" ? response.trailers : response.headers)["x-small"] == "kept")
            }
        }
    }

    @Test func requestMetadataThatIsTooLargeIsOurOwnFault() async throws {
        try await withEcho(tls: false) { client, _ in
            let options = CallOptions(metadata: ["x-large": String(repeating: "v", count: 100_000)])
            let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.unary, Text(""), options: options) }
            #expect(error?.code == .resourceExhausted)
            #expect(error?.progress == .notProcessed)
            try await #expect(client.unary(Echo.unary, Text("next")).value == "next")
        }
    }

    /// Calls that are reset free their stream at once; their handlers may take their time, but not without number.
    @Test func resetsDoNotPileUpHandlers() async throws {
        var limits = RPCLimits()
        limits.maximumConcurrentStreams = 10
        let most = Mutex((now: 0, most: 0))
        let deaf: (inout RPCServices) -> Void = { services in
            services.unary(Echo.hang) { request, _ in
                most.withLock {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                }
                let end = ContinuousClock.now + .milliseconds(300)
                // Deaf to cancellation.
                while ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(10)); await Task.yield() }
                most.withLock { $0.now -= 1 }
                return request
            }
        }
        try await withEcho(tls: false, limits: limits, services: deaf) { client, _ in
            for _ in 0..<10 {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<10 {
                        group.addTask { _ = try? await client.unary(Echo.hang, Text(""), options: CallOptions(timeout: .milliseconds(20))) }
                    }
                }
            }
            #expect(most.withLock { $0.most } > 1)
            while most.withLock({ $0.now }) > 0 { try await Task.sleep(for: .milliseconds(20)) }
            #expect(most.withLock { $0.most } <= 10)
            try await #expect(client.unary(Echo.unary, Text("next")).value == "next")
        }
    }

    /// What a handler does when it is cancelled runs on the connection's loop, in the midst of the call's end.
    @Test func aHandlerMayAddTrailersWhenItIsCancelled() async throws {
        let (cancelled, continuation) = AsyncStream.makeStream(of: Void.self)
        let tidy: (inout RPCServices) -> Void = { services in
            services.unary(Echo.hang) { request, context in
                try await withTaskCancellationHandler {
                    try await Task.sleep(for: .seconds(50))
                } onCancel: {
                    context.setHeaders(["x-state": "left"])
                    context.setTrailers(["x-state": "left"])
                    continuation.yield()
                }
                return request
            }
        }
        try await withEcho(tls: false, services: tidy) { client, _ in
            let error = await #expect(throws: RPCError.self) {
                try await client.unary(Echo.hang, Text(""), options: CallOptions(timeout: .milliseconds(30)))
            }
            #expect(error?.code == .deadlineExceeded)
            var iterator = cancelled.makeAsyncIterator()
            await iterator.next()
            try await #expect(client.unary(Echo.unary, Text("next")).value == "next")
        }
    }
}
