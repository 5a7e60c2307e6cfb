import HectorCore
import HectorProto
import HectorProviders
import NIOCore
import ScriptedProviders
import Testing

@testable import HectorAPI

/// What is large, and what comes slowly.
extension FrontTests {
    /// What an answer is made of counts beside its JSON.
    @Test func anAnswerCountsBeforeItIsWrittenAsJSON() async throws {
        var fixture = APIFixture(llm: ScriptedLLM { request, onChunk in
            let size = Int(request.messages.last?.content ?? "") ?? 0
            try await onChunk(.text(String(repeating: "a", count: size)))
            return 1
        })
        fixture.limits.answerMemory = 10_000_000
        @Sendable func ask(_ size: Int) -> ByteBuffer {
            sockets.post("/v1/chat/completions", #"{"model":"m","messages":[{"role":"user","content":"\#(size)"}]}"#)
        }
        try await sockets.serving(fixture) { port in
            try await sockets.connect(port).executeThenClose { inbound, outbound in
                try await outbound.write(ask(4_000_000))
                var unread = inbound.makeAsyncIterator()
                _ = try await unread.next()
                let refused = try await sockets.answer(port, ask(4_000_000))
                #expect(refused.hasPrefix("HTTP/1.1 503"))
                let small = try await sockets.answer(port, ask(1_000_000))
                #expect(small.hasPrefix("HTTP/1.1 200"))
            }
        }
    }

    @Test func longParametersAreReadOffThePool() async throws {
        try await sockets.serving(APIFixture()) { port in
            let many = "{" + (0..<40_000).map { "\"k\($0)\":1" }.joined(separator: ",") + "}"
            for method in ["GetTask", "ListTasks", "CancelTask"] {
                let before = LongWork.shared.begun
                _ = try await sockets.answer(port, rpc(method, many))
                // The request itself, and its parameters.
                #expect(LongWork.shared.begun >= before + 2)
            }
        }
    }
}
