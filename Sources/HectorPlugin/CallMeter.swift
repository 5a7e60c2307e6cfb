internal import HectorCore
internal import HectorLoad
internal import HectorProto
internal import HectorProviders
internal import HectorRPC
internal import Synchronization

/// Measures a plugin by its calls, and says behind each response how busy it is.
final class CallMeter: Sendable {
    /// What the providers' calls go through.
    let gate = CallGate()
    private let meter = Mutex(LoadMeter())
    private let now: @Sendable () -> Instant
    private let told: @Sendable () -> ProviderLoad
    /// Whether calls say which of several names they mean.
    private let hasNames: Bool

    /// - Parameter provider: Whose load is told, and whose offers the calls may be for.
    init(_ provider: any Provider, now: @escaping @Sendable () -> Instant) {
        self.now = now
        told = { provider.load }
        hasNames = provider.offers != nil
    }

    /// Does the work of a call, unless the plugin stops.
    ///
    /// - Parameter measuresService: Whether its duration says how long the plugin works.
    func work<Result>(_ context: ServerContext, measuresService: Bool, _ body: () async throws -> Result) async throws -> Result {
        try await gate.pass { try await measured(context, measuresService: measuresService, body) }
    }

    private func measured<Result>(_ context: ServerContext, measuresService: Bool, _ body: () async throws -> Result) async throws -> Result {
        let mark = meter.withLock { $0.began(measuresService ? .unary : .other, now: now()) }
        do {
            let result = try await naming(context, body)
            ended(mark, measuresService ? .answered : .other, context)
            return result
        } catch {
            ended(mark, .other, context)
            throw error
        }
    }

    /// Answers a question, which is no work, unless the plugin stops.
    func question<Result>(_ context: ServerContext, _ body: () async throws -> Result) async throws -> Result {
        try await gate.pass { try await told(context, body) }
    }

    /// Answers what the plugin says of itself at any time.
    func told<Result>(_ context: ServerContext, _ body: () async throws -> Result) async throws -> Result {
        report(context)
        return try await naming(context, body)
    }

    private func naming<Result>(_ context: ServerContext, _ body: () async throws -> Result) async throws -> Result {
        guard hasNames, let name = context.metadata[MeshMetadata.plugin] else { return try await body() }
        return try await Offer.$called.withValue(name) { try await body() }
    }

    private func ended(_ mark: LoadMeter.Mark, _ ending: LoadMeter.Ending, _ context: ServerContext) {
        meter.withLock { $0.ended(mark, ending, now: now()) }
        report(context)
    }

    /// What is in flight is counted in the moment in which the response is sent: of two that end together, the one that arrives last must not
    /// tell of the other. The provider is asked now, and not on the event loop, since its code may take its time.
    private func report(_ context: ServerContext) {
        let told = told()
        context.addTrailers(atEnd: { [self] in $0.append(report(told).bytes, forBinary: MeshMetadata.load) })
    }

    private func report(_ told: ProviderLoad) -> LoadReport {
        let seen = meter.withLock { $0.report }
        // What waits in a queue of the provider's own is in flight here, too.
        return LoadReport(
            inFlight: seen.inFlight, queued: told.queued, slots: told.slots.map(Double.init), prefillRate: told.prefillTokensPerSecond,
            decodeRate: told.decodeTokensPerSecond
        ).completed(by: seen, inFlight: seen.inFlight)
    }
}
