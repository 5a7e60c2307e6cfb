// The plugin behind the fronts: a language model that echoes and computes nothing.
// Benchmarks/programs/README.md says what it is asked.
import Glibc
import HectorPlugin

struct EchoModel: LLMProvider {
    let about = PluginDescription(
        name: "front-echo", version: "0.1.0", author: "The Hector authors", summary: "Echo of the benchmarks",
        capabilities: ["streaming": "true"])

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        var response = GenerateResponse()
        response.text = Self.question(request)
        response.tokensUsed = 1
        return response
    }

    /// Asked for `COUNT` tokens, it sends them at once; for `COUNT@RATE`, that many a second, each with the time of its write.
    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        let parts = Self.question(request).split(separator: "@").compactMap { Double($0) }
        guard let count = parts.first.map({ Int($0) }) else { throw ProviderError(.invalidRequest, "the message is no number of tokens") }
        guard parts.count == 2, parts[1] > 0 else {
            for _ in 0..<count { try await onChunk(.text("token-0123456789ab")) }
            return GenerationEnd(tokensUsed: count)
        }
        let start = ContinuousClock.now
        for index in 0..<count {
            try await Task.sleep(until: start + .seconds(1) / parts[1] * Double(index), tolerance: .zero, clock: .continuous)
            try await onChunk(.text("\(Self.nanoseconds())"))
        }
        return GenerationEnd(tokensUsed: count)
    }

    private static func question(_ request: GenerateRequest) -> String {
        request.messages.last { $0.role == "user" }?.content ?? ""
    }

    /// Of CLOCK_MONOTONIC, which all processes of the machine share.
    private static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

try await serve(EchoModel())
