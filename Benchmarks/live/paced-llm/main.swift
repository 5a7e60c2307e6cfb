// A language model that takes time and no processor: it sleeps for each token, and so is a machine of any speed.
// Benchmarks/live/README.md says what for.
import HectorPlugin
import Synchronization

/// The last user message is the number of tokens wanted; of a call with one answer it may have decimals.
///
/// Configuration:
///
///     token_ms    milliseconds for each token (10)
///     first_ms    milliseconds before the first one, as for reading the prompt (0)
///     slots       calls that it works on at once; the others wait in the order of their arrival (1)
///     tells       whether it tells hosts its slots, how many calls wait for one, and its tokens a second (false)
struct PacedModel: LLMProvider {
    let about = PluginDescription(
        name: "paced", version: "0.1.0", author: "The Hector authors", summary: "Takes its time",
        capabilities: ["streaming": "true"])

    private struct Times {
        var token = Duration.milliseconds(10)
        var first = Duration.zero
        /// What it tells of its load; the calls that wait are counted each time.
        var told: ProviderLoad?
    }

    private final class Pace: Sendable {
        let times = Mutex(Times())
    }

    private let slots = Slots()
    private let pace = Pace()

    func initialize(config: [String: String]) async throws {
        let token = try Self.number("token_ms", in: config, 0...60_000) ?? 10
        let first = try Self.number("first_ms", in: config, 0...60_000) ?? 0
        let slots = Int(try Self.number("slots", in: config, 1...1_000_000) ?? 1)
        var told: ProviderLoad?
        switch config["tells"] ?? "false" {
        case "true": told = ProviderLoad(slots: slots, decodeTokensPerSecond: token > 0 ? Double(slots) * 1_000 / token : nil)
        case "false": break
        case let text: throw ProviderError(.invalidRequest, "tells: \(text) is neither true nor false")
        }
        pace.times.withLock { [told] in $0 = Times(token: .milliseconds(1) * token, first: .milliseconds(1) * first, told: told) }
        self.slots.set(slots)
    }

    var load: ProviderLoad {
        guard var told = pace.times.withLock({ $0.told }) else { return ProviderLoad() }
        told.queued = slots.waiting
        return told
    }

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        let tokens = try Self.tokens(request)
        let times = pace.times.withLock { $0 }
        try await slots.use {
            try await Self.sleep(until: .now + times.first + times.token * tokens)
        }
        var response = GenerateResponse()
        response.text = "done"
        response.tokensUsed = Int32(clamping: Int(tokens))
        return response
    }

    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        let tokens = max(1, Int(try Self.tokens(request)))
        let times = pace.times.withLock { $0 }
        try await slots.use {
            let start = ContinuousClock.now
            for token in 1...tokens {
                try await Self.sleep(until: start + times.first + times.token * token)
                try await onChunk(.text("t "))
            }
        }
        return GenerationEnd(tokensUsed: tokens)
    }

    private static func sleep(until moment: ContinuousClock.Instant) async throws {
        try await Task.sleep(until: moment, tolerance: .zero, clock: .continuous)
    }

    private static func tokens(_ request: GenerateRequest) throws -> Double {
        let text = request.messages.last { $0.role == "user" }?.content ?? ""
        guard let tokens = Double(text), (0...1_000_000).contains(tokens) else {
            throw ProviderError(.invalidRequest, "the message must be the number of tokens")
        }
        return tokens
    }

    private static func number(_ key: String, in config: [String: String], _ range: ClosedRange<Double>) throws -> Double? {
        guard let text = config[key] else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw ProviderError(.invalidRequest, "\(key): \(text) is no number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}

try await serve(PacedModel())
