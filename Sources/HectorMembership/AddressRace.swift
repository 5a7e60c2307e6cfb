internal import HectorCore
internal import HectorRPC

/// Connects to one of several addresses of one peer without waiting for those that do not answer: Happy Eyeballs
/// (RFC 8305). An attempt begins when the one before has failed, or has had `delay` to succeed. The first
/// connection wins; the other attempts are cancelled.
struct AddressRace: Sendable {
    /// The Connection Attempt Delay of RFC 8305 §5.
    var delay = Duration.milliseconds(250)
    let sleep: @Sendable (Duration) async throws -> Void

    private enum Event<Connection: Sendable>: Sendable {
        case connected(Connection)
        case failed(Endpoint, any Error)
        /// The attempt of that number has had its time.
        case waited(attempt: Int)
    }

    /// - Parameters:
    ///   - connect: Makes one attempt; ends soon when cancelled.
    ///   - discard: Closes a connection that came too late.
    /// - Throws: `AddressRaceError` when no attempt succeeded, `CancellationError`.
    func run<Connection: Sendable>(
        _ endpoints: [Endpoint], connect: @escaping @Sendable (Endpoint) async throws -> Connection,
        discard: @escaping @Sendable (Connection) async -> Void
    ) async throws -> Connection {
        let order = Self.order(endpoints)
        return try await withThrowingTaskGroup(of: Event<Connection>.self) { group in
            var attempts = 0
            func begin() {
                guard attempts < order.count else { return }
                let endpoint = order[attempts]
                attempts += 1
                group.addTask {
                    do { return .connected(try await connect(endpoint)) } catch { return .failed(endpoint, error) }
                }
                guard attempts < order.count else { return }
                group.addTask { [attempts] in
                    // Throws when the race is over.
                    try? await sleep(delay)
                    return .waited(attempt: attempts)
                }
            }
            begin()
            var winner: Connection?
            var failures: [(Endpoint, any Error)] = []
            while let event = try await group.next() {
                switch event {
                case .connected(let connection) where winner == nil:
                    winner = connection
                    group.cancelAll()
                case .connected(let connection): await discard(connection)
                case .failed(let endpoint, let error):
                    failures.append((endpoint, error))
                    if winner == nil, !Task.isCancelled { begin() }
                    // Nothing is left to wait for.
                    if failures.count == order.count { group.cancelAll() }
                // An attempt that failed was followed at once.
                case .waited(attempt: attempts) where winner == nil && !Task.isCancelled: begin()
                case .waited: break
                }
            }
            if let winner { return winner }
            try Task.checkCancellation()
            throw AddressRaceError(failures: failures)
        }
    }

    /// The given order, the likeliest address first, but with IPv6 and IPv4 in turns (RFC 8305 §4): a network that
    /// carries only one of the two costs one attempt.
    static func order(_ endpoints: [Endpoint]) -> [Endpoint] {
        guard let first = endpoints.first else { return [] }
        var same = endpoints.filter { $0.isIPv6 == first.isIPv6 }[...]
        var other = endpoints.filter { $0.isIPv6 != first.isIPv6 }[...]
        var order: [Endpoint] = []
        while !(same.isEmpty && other.isEmpty) {
            if let next = same.popFirst() { order.append(next) }
            if let next = other.popFirst() { order.append(next) }
        }
        return order
    }
}

/// No address could be connected to.
struct AddressRaceError: Error {
    /// In the order in which they failed; empty when there was no address.
    let failures: [(endpoint: Endpoint, error: any Error)]
}

extension Endpoint {
    fileprivate var isIPv6: Bool {
        if case .tcp(let address) = self { address.isIPv6 } else { false }
    }
}
