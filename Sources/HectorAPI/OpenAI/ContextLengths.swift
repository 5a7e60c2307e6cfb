import HectorAgents
import HectorCore
import Synchronization

/// The sizes of models' contexts, asked for once and remembered for a while: lists of models are asked for often.
final class ContextLengths: Sendable {
    private struct Known {
        /// Nil where the plugin does not say, or did not answer in time.
        let length: Int?
        let until: Instant
    }

    private let known = Mutex<[String: Known]>([:])
    private let timing: Timing
    private let limits: APILimits

    init(timing: Timing, limits: APILimits) {
        self.timing = timing
        self.limits = limits
    }

    /// The sizes for those of the plugins that say it, in tokens. What is not remembered is asked for, all within one short time.
    ///
    /// - Parameter recipients: By the mesh name of the plugin that serves them.
    func lengths(of recipients: [String: Recipient], _ backend: ChatBackend) async -> [String: Int] {
        let missing = known.withLock { known in
            let now = timing.now()
            known = known.filter { $0.value.until > now }
            return recipients.filter { known[$0.key] == nil }
        }
        if !missing.isEmpty {
            _ = try? await timing.limit(limits.contextLengthTime) { await self.ask(missing, backend) }
            // The rest is not asked again at once.
            known.withLock { known in
                let until = timing.now().advanced(by: limits.contextLengthAge)
                for plugin in missing.keys where known[plugin] == nil { known[plugin] = Known(length: nil, until: until) }
            }
        }
        return known.withLock { known in recipients.keys.reduce(into: [:]) { $0[$1] = known[$1]?.length } }
    }

    private func ask(_ recipients: [String: Recipient], _ backend: ChatBackend) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, (plugin, recipient)) in recipients.enumerated() {
                if index >= limits.contextLengthCalls { await group.next() }
                group.addTask { [self] in
                    let length = await backend.contextLength(of: recipient)
                    // Cut off, it has said nothing.
                    guard !Task.isCancelled else { return }
                    let until = timing.now().advanced(by: limits.contextLengthAge)
                    known.withLock { $0[plugin] = Known(length: length, until: until) }
                }
            }
        }
    }
}
