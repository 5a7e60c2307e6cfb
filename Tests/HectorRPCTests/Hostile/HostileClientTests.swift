import HectorRPC
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

/// Clients that break the rules, or keep them and mean harm: each loses its own connection or call, and nobody else notices.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct HostileClientTests {
    /// A bound on memory that no attack may pass, for all of the process, attacker included.
    private static let memory = 96 << 20

    private func attack(
        limits: RPCLimits = RPCLimits(), services: (inout RPCServices) -> Void = { _ in }, _ name: String, _ outcome: String,
        test: String = #function, memory: Int = Self.memory,
        _ body: @escaping @Sendable (_ path: String, any EventLoopGroup) async throws -> Void
    ) async throws {
        let all: (inout RPCServices) -> Void = {
            $0.unary(Echo.hang) { request, _ in
                try await Task.sleep(for: .seconds(100))
                return request
            }
            services(&$0)
        }
        try await withEcho(tls: false, limits: limits, services: all) { client, _ in
            guard case .unix(let path) = client.endpoint else { return }
            let group = MultiThreadedEventLoopGroup.singleton
            let (_, figures) = try await Figures.of(client) { try await body(path, group) }
            #expect(figures.residentGrowth < memory * Figures.patience)
            // However busy the machine: no caller waits for an attack to end.
            #expect(figures.p99 < .seconds(2) * Figures.patience)
            try figures.record(name, outcome, test: test)
            try await #expect(client.unary(Echo.onLoop, Text("after")).value == "after")
        }
    }

    private struct Flood {
        var name: String
        var frames: [UInt8]
        /// What GOAWAY says; nil where nghttp2 may close without one.
        var code: UInt32? = 0xB

        init(_ name: String, _ frame: [UInt8]) {
            self.name = name
            frames = Raw.many(500, frame)
        }

        init(afterOpenHeaders name: String, _ frame: [UInt8]) {
            self.init(name, frame)
            frames = Raw.frame(.headers, stream: 3, Raw.requestFields()) + frames
            code = nil
        }
    }

    private static let floods = [
        Flood("SETTINGS flood", Raw.settings),
        Flood("PING flood", Raw.ping),
        Flood("PRIORITY flood", Raw.frame(.priority, stream: 1, [0, 0, 0, 0, 1])),
        Flood("WINDOW_UPDATE flood", Raw.windowUpdate(1, 1)),
        Flood("empty DATA flood", Raw.frame(.data, stream: 1)),
        Flood("padding-only DATA flood", Raw.frame(.data, flags: 8, stream: 1, [3, 0, 0, 0])),
        Flood(afterOpenHeaders: "CONTINUATION flood", Raw.frame(.continuation, stream: 3, Raw.field("a", "b"))),
        Flood(afterOpenHeaders: "empty CONTINUATION flood", Raw.frame(.continuation, stream: 3)),
    ]

    @Test(arguments: 0..<8) func floods(index: Int) async throws {
        let flood = Self.floods[index]
        try await attack(flood.name, flood.code == nil ? "connection closed" : "GOAWAY ENHANCE_YOUR_CALM", test: "floods()") { path, group in
            let peer = try await RawPeer.connect(to: path, on: group)
            await peer.send(Raw.greeting + Raw.head(1, "/echo.Echo/Hang"))
            _ = await peer.has { !$0.frames.isEmpty }
            let sent = await peer.flood(flood.frames)
            #expect(await peer.isClosed(), "\(flood.name): \(sent) bytes sent")
            if let code = flood.code, let told = peer.goAwayCode() { #expect(told == code, "\(flood.name)") }
        }
    }

    /// CVE-2023-44487: requests that are reset as they are sent.
    @Test func rapidReset() async throws {
        try await attack("rapid reset", "GOAWAY, connection closed") { path, group in
            let peer = try await RawPeer.connect(to: path, on: group)
            await peer.send(Raw.greeting)
            for batch in 0..<1000 where peer.channel.isActive {
                var frames: [UInt8] = []
                for index in 0..<100 {
                    let stream = UInt32(batch * 200 + index * 2 + 1)
                    frames += Raw.request(stream)
                    frames += Raw.reset(stream)
                }
                await peer.send(frames)
            }
            #expect(await peer.isClosed())
        }
    }

    /// Requests that were opened while there was room, and end when the handlers of others, reset, still run.
    @Test func handlersBehindResets() async throws {
        var limits = RPCLimits()
        limits.maximumConcurrentStreams = 10
        let running = Mutex(0)
        let end = AsyncStream.makeStream(of: Void.self)
        let deaf: (inout RPCServices) -> Void = { services in
            services.unary(Echo.unary) { request, _ in
                running.withLock { $0 += 1 }
                // Deaf to cancellation.
                await Task { for await _ in end.stream {} }.value
                running.withLock { $0 -= 1 }
                return request
            }
        }
        try await attack(limits: limits, services: deaf, "requests opened before others are reset", "RST_STREAM REFUSED_STREAM past the bound") { path, group in
            let peer = try await RawPeer.connect(to: path, on: group)
            let (first, second) = ((0..<9).map { UInt32($0 * 2 + 1) }, (9..<19).map { UInt32($0 * 2 + 1) })
            await peer.send(Raw.greeting + first.flatMap { Raw.request($0, "/echo.Echo/Unary") })
            #expect(await peer.has { _ in running.withLock { $0 } == 9 })
            await peer.send(first.flatMap { Raw.reset($0) } + second.flatMap { Raw.head($0, "/echo.Echo/Unary") })
            await peer.send(second.flatMap { Raw.frame(.data, flags: Raw.endStream, stream: $0, Raw.message("")) })
            #expect(await peer.has { peer in second.count { peer.resets(of: $0) == [7] } == 9 })
            #expect(await peer.has { _ in running.withLock { $0 } == 10 })
            end.continuation.finish()
            await peer.close()
        }
    }

    /// CVE-2025-8671: the server is made to reset the streams itself.
    @Test func resetsThatTheServerIsMadeToSend() async throws {
        try await attack("resets provoked (MadeYouReset)", "GOAWAY ENHANCE_YOUR_CALM") { path, group in
            let peer = try await RawPeer.connect(to: path, on: group)
            await peer.send(Raw.greeting)
            for batch in 0..<1000 where peer.channel.isActive {
                var frames: [UInt8] = []
                for index in 0..<100 {
                    let stream = UInt32(batch * 200 + index * 2 + 1)
                    frames += Raw.head(stream)
                    frames += Raw.windowUpdate(stream, 0)
                }
                await peer.send(frames)
            }
            #expect(await peer.isClosed())
        }
    }

    /// One field in the dynamic table, named thousands of times: 16 KiB on the wire, 64 MiB spelt out.
    @Test func headerBomb() async throws {
        try await attack("HPACK bomb", "the connection ends or the call gets RESOURCE_EXHAUSTED") { path, group in
            for flags in [Raw.endHeaders, Raw.endHeaders | Raw.endStream] {
                let peer = try await RawPeer.connect(to: path, on: group)
                // Literal with incremental indexing (RFC 7541 §6.2.1), then index 62 again and again.
                var bomb = Raw.requestFields()
                bomb += [0x40, 1, UInt8(ascii: "a"), 127, 0x81, 0x1E]
                bomb += Array(repeating: UInt8(ascii: "b"), count: 127 + 1 + 30 * 128)
                bomb += Array(repeating: 0xBE, count: 12_000)
                await peer.send(Raw.greeting + Raw.frame(.headers, flags: flags, stream: 1, bomb))
                let refused = await peer.has { peer in
                    !peer.channel.isActive || peer.frames.contains { $0.stream == 1 || $0.kind == Raw.Kind.goAway.rawValue }
                }
                #expect(refused)
                await peer.close()
            }
        }
    }

    /// Streams without end for a reader that grants no window, on as many streams as there may be.
    @Test func zeroWindowStall() async throws {
        let ended = Mutex(0)
        let endless: (inout RPCServices) -> Void = { services in
            services.serverStreaming(Echo.hang, .onLoop) { request, writer, _ in
                defer { ended.withLock { $0 += 1 } }
                let token = Text(String(repeating: "t", count: 1000))
                while true { try await writer.write(token) }
            }
        }
        try await attack(services: endless, "zero window, 1,000 endless streams", "writers wait; freed with the connection", memory: 160 << 20) { path, group in
            let peer = try await RawPeer.connect(to: path, on: group)
            await peer.send(Raw.preface + Raw.frame(.settings, stream: 0, Raw.setting(4, 0)))
            for index in 0..<1000 { await peer.send(Raw.request(UInt32(index * 2 + 1), "/echo.Echo/Hang")) }
            _ = await peer.has { $0.frames.count { $0.kind == Raw.Kind.headers.rawValue } >= 1000 }
            try await Task.sleep(for: .milliseconds(300))
            #expect(peer.frames.allSatisfy { $0.kind != Raw.Kind.data.rawValue })
            await peer.close()
            for _ in 0..<1000 where ended.withLock({ $0 }) < 1000 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(ended.withLock { $0 } == 1000)
        }
    }

    /// The window is there, and the socket is never read.
    @Test func slowReader() async throws {
        try await attack("slow reader: 500 streams, socket never read", "writers wait; freed with the connection") { path, group in
            let peer = try await RawPeer.connect(to: path, on: group, reads: false)
            let window = Raw.frame(.settings, stream: 0, Raw.setting(4, 0x7FFF_FFFF))
            await peer.send(Raw.preface + window + Raw.windowUpdate(0, 0x7FFF_0000))
            for index in 0..<500 { await peer.send(Raw.request(UInt32(index * 2 + 1), "/echo.Echo/Stream", "1000000")) }
            try await Task.sleep(for: .milliseconds(500))
            await peer.close()
        }
    }

    /// A request of one byte a frame is a slow one, and no more.
    @Test func slowWriter() async throws {
        try await attack("slow writer: one byte a frame", "served") { path, group in
            let peer = try await RawPeer.connect(to: path, on: group)
            await peer.send(Raw.greeting + Raw.head(1))
            for byte in Raw.message("slowly") { await peer.send(Raw.frame(.data, stream: 1, [byte])) }
            await peer.send(Raw.frame(.data, flags: Raw.endStream, stream: 1))
            #expect(await peer.has { $0.frames.contains { $0.stream == 1 && $0.kind == Raw.Kind.data.rawValue } })
            await peer.close()
        }
    }

    /// Connections that say nothing, or half of a greeting, are closed when the time for it is over.
    @Test func slowGreeting() async throws {
        var limits = RPCLimits()
        limits.handshakeTimeout = .milliseconds(500)
        try await attack(limits: limits, "slow-loris: 200 connections without a greeting", "closed after the handshake timeout") { path, group in
            var peers: [RawPeer] = []
            for index in 0..<200 {
                let peer = try await RawPeer.connect(to: path, on: group)
                await peer.send(Array(Raw.greeting.prefix(index % Raw.greeting.count)))
                peers.append(peer)
            }
            for peer in peers { #expect(await peer.isClosed()) }
        }
    }

    /// Messages that are never finished on many streams are bounded together.
    @Test func unfinishedRequests() async throws {
        var limits = RPCLimits()
        limits.maximumRequestBytes = 8 << 20
        try await attack(limits: limits, "40 requests of 1 MiB, none finished", "RESOURCE_EXHAUSTED past 8 MiB") { path, group in
            let peer = try await RawPeer.connect(to: path, on: group)
            await peer.send(Raw.greeting)
            // Only with the acknowledgement of the server's SETTINGS do its larger windows count.
            _ = await peer.has { !$0.frames.isEmpty }
            await peer.send(Raw.settingsAck)
            let piece = Array(repeating: UInt8(7), count: 16_384)
            for index in 0..<40 {
                let stream = UInt32(index * 2 + 1)
                var frames = Raw.head(stream) + Raw.frame(.data, stream: stream, [0] + Raw.number(4 << 20))
                for _ in 0..<60 { frames += Raw.frame(.data, stream: stream, piece) }
                await peer.send(frames)
            }
            // RST_STREAM NO_ERROR follows an answer that comes before the request's end (RFC 9113 §8.1).
            #expect(await peer.has { $0.frames.count { $0.kind == Raw.Kind.reset.rawValue && $0.code == 0 } >= 30 })
            let refused = Set(peer.frames.filter { $0.kind == Raw.Kind.reset.rawValue }.map(\.stream))
            // Counted is what is occupied: room is made ahead of what comes.
            #expect((30...39).contains(refused.count))
            // What was given up makes room again.
            for index in 0..<8 { await peer.send(Raw.reset(UInt32(index * 2 + 1))) }
            await peer.send(Raw.request(201))
            #expect(await peer.has { $0.frames.contains { $0.stream == 201 && $0.kind == Raw.Kind.data.rawValue } })
            await peer.close()
        }
    }

    /// Whole messages that handlers do not read are bounded together as well; the connection goes on when they are read, or
    /// when their calls are given up.
    @Test(arguments: [true, false]) func unreadRequests(areReadInTheEnd: Bool) async throws {
        var limits = RPCLimits()
        limits.maximumUnreadBytes = 2 << 20
        limits.connectionWindow = 1 << 20
        let gate = Gate()
        let reluctant: (inout RPCServices) -> Void = { services in
            services.clientStreaming(Echo.hang) { requests, _ in
                while !gate.isOpen { try await Task.sleep(for: .milliseconds(5)) }
                return Text("\(try await requests.reduce(0) { count, _ in count + 1 })")
            }
        }
        let outcome = "the connection waits at 3 MiB; freed when they are \(areReadInTheEnd ? "read" : "given up")"
        try await attack(limits: limits, services: reluctant, "15 requests of 500 kB, none read", outcome, test: "unreadRequests()", memory: 64 << 20) { path, group in
            let peer = try await ClientConnection.connect(to: .unix(path: path), security: .plaintext, on: group)
            let piece = Text(String(repeating: "p", count: 50_000))
            try await withThrowingTaskGroup(of: Void.self) { calls in
                for _ in 0..<15 {
                    calls.addTask {
                        let answer = try await peer.clientStreaming(Echo.hang) { requests in
                            for _ in 0..<10 { try await requests.write(piece) }
                        }
                        #expect(answer.value == "10")
                    }
                }
                var (sent, unchanged) = (-1, 0)
                while unchanged < 20 {
                    let now = await peer.counters()?.bytesSent ?? 0
                    unchanged = now == sent ? unchanged + 1 : 0
                    sent = now
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(sent > 2 << 20)
                // The window, and what of messages has come in part.
                #expect(sent < 4 << 20)
                // Its own calls wait.
                let large = Text(String(repeating: "x", count: 200_000))
                let error = await #expect(throws: RPCError.self) {
                    try await peer.unary(Echo.unary, large, options: CallOptions(timeout: .milliseconds(100)))
                }
                #expect(error?.code == .deadlineExceeded)
                if areReadInTheEnd { gate.open() } else { calls.cancelAll() }
                while let result = await calls.nextResult() { if areReadInTheEnd { try result.get() } }
                try await #expect(peer.unary(Echo.unary, large, options: CallOptions(timeout: .seconds(20))) == large)
            }
            await peer.close()
        }
    }

    /// Frames on streams that are half or wholly closed, or were never opened (RFC 9113 §5.1).
    private static let tricks: [String: [UInt8]] = [
        "DATA after the end": Raw.frame(.data, stream: 3, [1]),
        "HEADERS after the end": Raw.head(3),
        "RST_STREAM of a stream that is not": Raw.reset(99),
        "DATA on a stream that is not": Raw.frame(.data, stream: 99, [1]),
        "WINDOW_UPDATE on a stream that is not": Raw.windowUpdate(99, 1),
        "a stream with a lower number": Raw.head(1),
        "an even stream": Raw.head(4),
        "PUSH_PROMISE by a client": Raw.frame(.pushPromise, flags: 4, stream: 3, Raw.number(2)),
    ]

    @Test(arguments: tricks.keys.sorted()) func halfClosedTricks(name: String) async throws {
        let frames = try #require(Self.tricks[name])
        try await attack("half-closed: \(name)", "stream or connection error", test: "halfClosedTricks()") { path, group in
            let peer = try await RawPeer.connect(to: path, on: group)
            await peer.send(Raw.greeting)
            await peer.send(Raw.request(3, "/echo.Echo/Hang"))
            await peer.send(frames)
            // nghttp2 passes over a stream that was skipped; the connection goes on.
            let isIgnored = name == "a stream with a lower number"
            if isIgnored { await peer.send(Raw.ping) }
            let reacted = await peer.has { peer in
                if isIgnored { return peer.frames.contains { $0.kind == Raw.Kind.ping.rawValue && $0.flags == 1 } }
                return !peer.channel.isActive || peer.frames.contains { [Raw.Kind.goAway.rawValue, Raw.Kind.reset.rawValue].contains($0.kind) }
            }
            #expect(reacted)
            await peer.close()
        }
    }

    /// A good conversation that ends at every byte: nothing stays behind, and nobody notices.
    @Test func cutAtEveryByte() async throws {
        let running = Mutex(0)
        let counted: (inout RPCServices) -> Void = { services in
            services.unary(Echo.hang) { request, _ in
                running.withLock { $0 += 1 }
                defer { running.withLock { $0 -= 1 } }
                try await Task.sleep(for: .seconds(50))
                return request
            }
        }
        try await attack(services: counted, "a conversation cut at every byte", "connection closed, calls cancelled") { path, group in
            let whole = Raw.greeting + Raw.request(1, "/echo.Echo/Hang") + Raw.settingsAck + Raw.request(3)
            for length in 0...whole.count {
                let peer = try await RawPeer.connect(to: path, on: group)
                await peer.send(Array(whole.prefix(length)))
                await peer.close()
            }
            for _ in 0..<1000 where running.withLock({ $0 }) > 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(running.withLock { $0 } == 0)
        }
    }

    /// An error that comes before the request's end is followed by RST_STREAM NO_ERROR: the rest is not wanted (RFC 9113 §8.1).
    @Test func earlyAnswers() async throws {
        try await attack("a request that goes on after its error", "RST_STREAM NO_ERROR") { path, group in
            let peer = try await RawPeer.connect(to: path, on: group)
            await peer.send(Raw.greeting + Raw.head(1, "/echo.Echo/Unknown"))
            #expect(await peer.has { $0.resets(of: 1) == [0] })
            await peer.close()
        }
    }
}
