import HectorCore
import HectorLoad
import HectorMesh
import HectorProto
import HectorProviders
import HectorRPC
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorHost

/// Calls of the host to replicas over sockets: how long they may take, whose fault a failure is, what is told and logged.
@Suite(.timeLimit(.minutes(1))) struct MeshCallerTests {
    private static let short = CallLimits(progress: .seconds(2))

    private static func request(_ text: String = "hi") -> GenerateRequest {
        .with { $0.messages = [.with { $0.role = "user"; $0.content = text }] }
    }

    private static func failure(_ body: () async throws -> some Sendable) async -> ProviderError? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? ProviderError
        }
    }

    // MARK: how long

    @Test func `A stream that delivers is not cut`() async throws {
        let texts = (0..<30).map { "\($0) " }
        let limits = CallLimits(progress: .seconds(2))
        try await ModelRig.run([.saying(texts, every: .milliseconds(100))], limits: limits) { rig in
            let count = Mutex(0)
            _ = try await rig.provider.generateStreaming(Self.request()) { _ in count.withLock { $0 += 1 } }
            #expect(count.withLock { $0 } == 30)
            #expect(rig.lines.warnings.isEmpty)
        }
    }

    @Test func `A stream that stops is cut, with the key that allows more`() async throws {
        try await ModelRig.run([.saying(["one "], thenHang: true)], limits: Self.short) { rig in
            let error = await Self.failure { try await rig.provider.generateStreaming(Self.request()) { _ in } }
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.message == "model: the answer stalled: nothing arrived for 2 s; raise mesh.call_timeout to allow more time")
            #expect(rig.replica(0).successRate == 0)
        }
    }

    @Test func `An answer that never begins is given up likewise`() async throws {
        let hanging = Model(
            generate: { _, _ in
                try await Task.sleep(for: .seconds(50))
                return GenerateResponse()
            },
            stream: { _, _, _ in try await Task.sleep(for: .seconds(50)) })
        try await ModelRig.run([hanging], limits: Self.short) { rig in
            let streamed = await Self.failure { try await rig.provider.generateStreaming(Self.request()) { _ in } }
            #expect(streamed?.message == "model: the answer did not begin within 2 s; raise mesh.call_timeout to allow more time")
            let whole = await Self.failure { try await rig.provider.generate(Self.request()) }
            #expect(whole?.message == "model: no answer within 2 s; raise mesh.call_timeout to allow more time")
        }
        for (progress, total, key) in [(0.5, 9.0, "mesh.call_timeout"), (9, 0.5, "mesh.call_total_timeout")] {
            let limits = CallLimits(progress: .seconds(progress), total: .seconds(total))
            try await ModelRig.run([hanging], limits: limits) { rig in
                let whole = await Self.failure { try await rig.provider.generate(Self.request()) }
                #expect(whole?.message == "model: no answer within 0.5 s; raise \(key) to allow more time")
            }
        }
    }

    @Test func `A slow reader is not the replica's delay`() async throws {
        try await ModelRig.run([.saying(["one ", "two ", "three "], every: .milliseconds(100))], limits: CallLimits(progress: .seconds(1))) { rig in
            _ = try await rig.provider.generateStreaming(Self.request()) { _ in try await Task.sleep(for: .milliseconds(1_500)) }
        }
    }

    @Test func `The whole call has a limit where one is set`() async throws {
        let limits = CallLimits(progress: .seconds(20), total: .milliseconds(500))
        try await ModelRig.run([.saying((0..<100).map { "\($0) " }, every: .milliseconds(30))], limits: limits) { rig in
            let error = await Self.failure { try await rig.provider.generateStreaming(Self.request()) { _ in } }
            #expect(error?.message == "model: the answer did not end within 0.5 s; raise mesh.call_total_timeout to allow more time")
        }
    }

    /// Many models begin with an empty piece.
    @Test func `A model that hangs after an empty piece is silent`() async throws {
        try await ModelRig.run([.saying(["one ", "two "]), .saying([""], thenHang: true)]) { rig in
            // What is usual must be known.
            for _ in 0..<20 where rig.replica(0).calls < 3 {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try? await rig.provider.generateStreaming(Self.request()) { _ in } }
                    try? await Task.sleep(for: .milliseconds(50))
                    group.cancelAll()
                }
            }
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { _ = try? await rig.provider.generateStreaming(Self.request()) { _ in } }
                }
                var isSilent = false
                for _ in 0..<200 where !isSilent {
                    try? await Task.sleep(for: .milliseconds(25))
                    isSilent = rig.replica(1).reason.hasPrefix("no response for")
                }
                #expect(isSilent, "\(rig.replica(1))")
                group.cancelAll()
            }
        }
    }

    // MARK: whose fault

    @Test(arguments: [
        StatusCode.unknown, .internalError, .dataLoss, .cancelled, .deadlineExceeded, .unimplemented, .permissionDenied,
        .unauthenticated, .failedPrecondition,
    ]) func `What one replica fails in, another one does`(code: StatusCode) async throws {
        try await ModelRig.run([.failing(code), Model()]) { rig in
            for _ in 0..<10 {
                #expect(try await rig.provider.generate(Self.request()).text == "fine")
                _ = try await rig.provider.generateStreaming(Self.request()) { _ in }
            }
            #expect(rig.replica(0).successRate ?? 0 == 0 && rig.replica(0).calls <= 3, "\(rig.replica(0))")
            #expect(rig.replica(1).state == .ready && rig.replica(1).successRate == 1)
        }
    }

    @Test func `So does one that never heard of the method, or reports a failure before anything else`() async throws {
        let reporting = Model(stream: { _, writer, _ in
            try await writer.write(.with { $0.type = .error; $0.error = "no idea" })
        })
        for first in [Model(isKnown: false), reporting] {
            try await ModelRig.run([first, Model()]) { rig in
                for _ in 0..<10 { _ = try await rig.provider.generateStreaming(Self.request()) { _ in } }
                #expect(rig.replica(0).successRate ?? 0 == 0 && rig.replica(0).calls <= 3, "\(rig.replica(0))")
            }
        }
    }

    @Test(arguments: [
        (StatusCode.unknown, ProviderError.Code.failed), (.cancelled, .failed), (.unimplemented, .unsupported),
        (.deadlineExceeded, .deadlineExceeded), (.permissionDenied, .permissionDenied), (.invalidArgument, .invalidRequest),
        (.outOfRange, .tooLarge), (.notFound, .notFound),
    ]) func `What all replicas say is what the client is told, and harms none of them`(code: StatusCode, told: ProviderError.Code) async throws {
        try await ModelRig.run([.failing(code, "because"), .failing(code, "because")]) { rig in
            for _ in 0..<10 {
                let error = await Self.failure { try await rig.provider.generate(Self.request()) }
                #expect(error?.code == told)
                #expect(error?.message.hasPrefix("model: \(code.name): because") == true)
            }
            #expect(rig.router.snapshot().replicas.allSatisfy { $0.state == .ready })
        }
    }

    @Test(arguments: [true, false]) func `A call that costs money is made once`(byConfiguration: Bool) async throws {
        let calls = Mutex(0)
        var model = Model(generate: { _, _ in
            calls.withLock { $0 += 1 }
            throw RPCError(.unknown, "")
        })
        model.metered = !byConfiguration
        try await ModelRig.run([model, model], metered: byConfiguration ? true : nil) { [model] rig in
            _ = model
            _ = await Self.failure { try await rig.provider.generate(Self.request()) }
            #expect(calls.withLock { $0 } == 1)
        }
    }

    // MARK: what is told

    @Test(arguments: [
        "SERVER: Received message larger than max (4254256 vs. 4194304)", "grpc: received message larger than max (5 vs. 4)",
        "gRPC message exceeds maximum size 4194304: 5000000", "a message of 5000000 bytes is longer than is accepted",
    ]) func `A request that is too large is no overload`(text: String) async throws {
        let calls = Mutex(0)
        let refusing = Model(generate: { _, _ in
            calls.withLock { $0 += 1 }
            throw RPCError(.resourceExhausted, text)
        })
        try await ModelRig.run([refusing, refusing]) { rig in
            let error = await Self.failure { try await rig.provider.generate(Self.request()) }
            #expect(error?.code == .tooLarge)
            #expect(calls.withLock { $0 } == 1, "it will not be accepted elsewhere")
            #expect(rig.router.snapshot().replicas.allSatisfy { $0.state == .ready })
        }
    }

    /// By a server of ours, whose limit is that of stock ones.
    @Test func `Whatever words are used for it`() async throws {
        try await ModelRig.run([Model()]) { rig in
            let error = await Self.failure {
                try await rig.provider.generate(Self.request(String(repeating: "x", count: 4_300_000)))
            }
            #expect(error?.code == .tooLarge)
            #expect(rig.replica(0).state == .ready)
        }
        try await ModelRig.run([.failing(.resourceExhausted, "quota")]) { rig in
            #expect(await Self.failure { try await rig.provider.generate(Self.request()) }?.code == .exhausted)
            #expect(rig.replica(0).successRate == 0, "overload counts")
        }
    }

    @Test func `A long text is cut, for people and logs`() async throws {
        try await ModelRig.run([.failing(.internalError, String(repeating: "x", count: 20_000))]) { rig in
            let error = await Self.failure { try await rig.provider.generate(Self.request()) }
            #expect(error?.code == .failed)
            #expect(error?.message.hasPrefix("model: INTERNAL: xxx") == true)
            #expect((error?.message.count ?? 0) < 1_100)
            #expect(rig.lines.warnings.allSatisfy { $0.count < 800 })
        }
    }

    // MARK: what is logged

    @Test func `A failed call is one line, which cannot be forged`() async throws {
        try await ModelRig.run([.failing(.unknown, "boom\n2026-01-01 critical forged \u{1B}[31m")]) { rig in
            await TraceContext.$current.withValue(TraceContext(traceParent: nil, requestID: "req-7")) {
                _ = await Self.failure { try await rig.provider.generate(Self.request()) }
                _ = await Self.failure { try await rig.provider.generateStreaming(Self.request()) { _ in } }
            }
            #expect(rig.lines.warnings.count == 2)
            let line = try #require(rig.lines.warnings.first)
            #expect(line.hasPrefix("warning a call failed code=UNKNOWN error=model: UNKNOWN: boom\\n2026"), "\(line)")
            for part in ["plugin=model (llm_provider)", "replica=model-1@here", "method=/hector.plugin.LLMProvider/Generate", "request_id=req-7"] {
                #expect(line.contains(part))
            }
            #expect(!line.contains("\n") && !line.contains("\u{1B}"))
        }
    }

    @Test func `Attempts that another replica made good are not logged`() async throws {
        try await ModelRig.run([.failing(.unknown), Model()]) { rig in
            for _ in 0..<10 { _ = try await rig.provider.generate(Self.request()) }
            #expect(rig.lines.warnings.isEmpty)
        }
    }

    @Test func `A call under which two replicas were lost is not begun on a third`() async throws {
        let calls = Mutex(0)
        let lost = RPCError(.unavailable, "the plugin disconnected", metadata: [MeshMetadata.lost: MeshMetadata.Lost.replica])
        let crashing = Model(
            generate: { _, _ in
                calls.withLock { $0 += 1 }
                throw lost
            },
            stream: { _, _, _ in
                calls.withLock { $0 += 1 }
                throw lost
            })
        for isStream in [false, true] {
            try await ModelRig.run([crashing, crashing, crashing]) { rig in
                calls.withLock { $0 = 0 }
                let error = await Self.failure {
                    if isStream {
                        _ = try await rig.provider.generateStreaming(Self.request()) { _ in }
                    } else {
                        _ = try await rig.provider.generate(Self.request())
                    }
                }
                #expect(error?.code == .failed && (error?.cause as? RouterError)?.code == .callLostReplicas)
                #expect(calls.withLock { $0 } == 2)
                #expect(rig.lines.warnings.count == 1 && rig.lines.warnings[0].contains("code=call_lost_replicas"), "\(rig.lines.warnings)")
            }
        }
    }

    @Test func `One plugin's failures are bounded, and counted`() async throws {
        try await ModelRig.run([.failing(.unknown)]) { rig in
            for _ in 0..<100 { _ = await Self.failure { try await rig.provider.generate(Self.request()) } }
            #expect((20...40).contains(rig.lines.warnings.count), "\(rig.lines.warnings.count)")
            try await Task.sleep(for: .milliseconds(1_200))
            _ = await Self.failure { try await rig.provider.generate(Self.request()) }
            #expect(rig.lines.warnings.last?.contains(" since the last such line") == true)
        }
    }

    @Test func `Who hangs up causes no warning`() async throws {
        try await ModelRig.run([.saying(["one "], thenHang: true)]) { rig in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await rig.provider.generateStreaming(Self.request()) { _ in } }
                try? await Task.sleep(for: .milliseconds(200))
                group.cancelAll()
            }
            struct Gone: Error {}
            await #expect(throws: Gone.self) { try await rig.provider.generateStreaming(Self.request()) { _ in throw Gone() } }
            #expect(rig.lines.warnings.isEmpty)
            #expect(rig.lines.all.count == 2, "they are there for who looks closely")
            #expect(rig.replica(0).successRate == nil)
        }
    }

    // MARK: load

    @Test(arguments: [false, true]) func `What a replica reports behind its answer reaches the router`(isStream: Bool) async throws {
        let report = LoadReport(inFlight: 5, queued: 1, slots: 4, prefillRate: 1_500, decodeRate: 48)
        let addReport: @Sendable (ServerContext) -> Void = { context in
            var trailers = Metadata()
            trailers.append(report.bytes, forBinary: "hector-load-bin")
            context.addTrailers(trailers)
        }
        let model = Model(
            generate: { _, context in
                addReport(context)
                return .with { $0.text = "fine" }
            },
            stream: { _, writer, context in
                addReport(context)
                try await writer.write(.with { $0.type = .text; $0.text = "fine" })
                try await writer.write(.with { $0.type = .done })
            })
        try await ModelRig.run([model]) { rig in
            #expect(rig.replica(0).load == nil && rig.replica(0).concurrency == nil && rig.replica(0).decodeRate == nil)
            if isStream {
                _ = try await rig.provider.generateStreaming(Self.request()) { _ in }
            } else {
                _ = try await rig.provider.generate(Self.request())
            }
            let replica = rig.replica(0)
            #expect(replica.load?.calls == 5 && replica.load?.queued == 1)
            #expect(replica.concurrency == 4 && replica.prefillRate == 1_500 && replica.decodeRate == 48)
            #expect(replica.share == 1)
        }
    }

    // MARK: methods

    @Test func `A call goes where its method is forwarded, and is refused where it is nowhere`() async throws {
        var old = Model.failing(.unimplemented)
        old.methods = ["Health", "Generate"]
        try await ModelRig.run([old, Model()]) { rig in
            for _ in 0..<10 { _ = try await rig.provider.generateStreaming(Self.request()) { _ in } }
            #expect(rig.replica(0).calls == 0 && rig.replica(1).calls == 10)
        }
        try await ModelRig.run([old]) { rig in
            let error = await Self.failure { try await rig.provider.generateStreaming(Self.request()) { _ in } }
            #expect(error?.code == .unsupported)
            #expect(error?.message == """
                model (llm_provider): none of 1 known replicas has the method GenerateStreaming; update the program that serves the \
                plugin (hector-plugin-agent or another server) on here
                """)
            #expect(rig.lines.warnings.count == 1 && rig.lines.warnings[0].contains("code=unimplemented"), "\(rig.lines.warnings)")
        }
    }
}
