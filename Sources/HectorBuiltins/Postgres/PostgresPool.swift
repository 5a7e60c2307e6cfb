internal import Glibc
internal import HectorCore
internal import HectorProviders
internal import Synchronization

/// A bounded number of connections, each with a thread of its own while it works. What fails with its connection is repeated on a new one,
/// for as long as a server may take to start again.
final class PostgresPool: Sendable {
    /// How long a call waits for a server that is away, in milliseconds, one pause after the other: a restart takes seconds.
    private static let pauses = [50, 100, 200, 400, 800, 1_600, 3_200]

    private struct State {
        var idle: [PostgresConnection] = []
        /// Why there is no connection; nil while there is one.
        var trouble: PostgresError?
        var isClosed = false
    }

    private let address: PostgresAddress
    private let statementTimeout: Int
    private let threads: LongWork
    private let limits: VectorLimits
    private let state = Mutex(State())
    /// Sets up what a connection needs before its first statement.
    private let greet: @Sendable (PostgresConnection) throws -> Void

    init(
        _ address: PostgresAddress, size: Int, statementTimeout: Int, limits: VectorLimits, greet: @escaping @Sendable (PostgresConnection) throws -> Void
    ) {
        self.address = address
        self.statementTimeout = statementTimeout
        self.limits = limits
        self.greet = greet
        threads = LongWork(threads: size, waitingBytes: limits.waitingBytes)
    }

    /// - Parameters:
    ///   - repeats: Whether to wait for a server that is away.
    ///   - work: Told whether an attempt before may have been carried out.
    /// - Throws: `ProviderError`; `CancellationError` as soon as the task is cancelled.
    func run<Value: Sendable>(
        bytes: Int, repeats: Bool = true, _ work: @escaping @Sendable (PostgresConnection, Flag, _ isRepeated: Bool) throws -> Value
    ) async throws -> Value {
        let cancelled = Flag()
        do {
            return try await withTaskCancellationHandler {
                try await threads.run(bytes: bytes) { [self] in try attempts(cancelled, repeats, work) }
            } onCancel: {
                cancelled.raise()
            }
        } catch let error as PostgresError {
            throw providerError(error)
        } catch is LongWork.Overload {
            throw ProviderError(.exhausted, "too many calls are waiting for \(address.name): try again in a moment")
        }
    }

    private func attempts<Value>(_ cancelled: Flag, _ repeats: Bool, _ work: (PostgresConnection, Flag, Bool) throws -> Value) throws -> Value {
        var pauses = repeats ? Self.pauses[...] : []
        var isRepeated = false
        while true {
            do {
                return try once(cancelled, isRepeated, work)
            } catch let error as PostgresError where error.endsConnection || error.isConflict || error.state == "53300" {
                if error.endsConnection { state.withLock { $0.trouble = error } }
                guard let pause = pauses.popFirst(), !cancelled.isRaised else { throw cancelled.isRaised ? CancellationError() : error }
                isRepeated = true
                var left = Int32(pause)
                while left > 0, !cancelled.isRaised {
                    poll(nil, 0, min(left, 50))
                    left -= 50
                }
            }
        }
    }

    private func once<Value>(_ cancelled: Flag, _ isRepeated: Bool, _ work: (PostgresConnection, Flag, Bool) throws -> Value) throws -> Value {
        let connection = try state.withLock { $0.idle.popLast() } ?? connect()
        do {
            let value = try work(connection, cancelled, isRepeated)
            giveBack(connection)
            return value
        } catch let error as PostgresError where error.endsConnection {
            // The others of before the restart are of no more use either.
            state.withLock { $0.idle = [] }
            throw error
        } catch let error as CancellationError {
            // What asked the server to stop may reach it late, and would stop the next statement of this connection.
            throw error
        } catch {
            giveBack(connection)
            throw error
        }
    }

    private func giveBack(_ connection: PostgresConnection) {
        state.withLock { state in
            if !state.isClosed { state.idle.append(connection) }
        }
    }

    private func connect() throws -> PostgresConnection {
        let connection = try PostgresConnection(address, statementTimeout: statementTimeout)
        try greet(connection)
        state.withLock { $0.trouble = nil }
        return connection
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.idle = []
        }
    }

    func providerError(_ error: PostgresError) -> ProviderError {
        let place = address.name
        return switch error.state {
        case "28P01": ProviderError(.unauthenticated, "\(place) does not accept the user or the password of 'url': \(error.message)", cause: error)
        case "28000": ProviderError(.unauthenticated, "\(place) does not let this user in: \(error.message)", cause: error)
        case "3D000": ProviderError(.failedPrecondition, "the database of 'url' does not exist on \(place): make it with CREATE DATABASE", cause: error)
        case "42501": ProviderError(.permissionDenied, "\(place): the user of 'url' may not do this: \(error.message)", cause: error)
        case "53100": ProviderError(.exhausted, "the disk of \(place) is full: make room; nothing of this call was kept", cause: error)
        case "53200", "53400": ProviderError(.exhausted, "\(place) is out of resources: \(error.message)", cause: error)
        case "53300": ProviderError(.unavailable, "\(place) has no connection left: raise its max_connections, or lower 'pool'", cause: error)
        case "57014": ProviderError(.deadlineExceeded, "\(place) needed longer than 'statement_timeout' allows", cause: error)
        case "25006": ProviderError(.unavailable, "\(place) is read-only, as a standby is: name the primary in 'url'", cause: error)
        case "XX001", "XX002": ProviderError(.failed, "\(place) reports damaged data: \(error.message)", cause: error)
        case _ where error.endsConnection: ProviderError(.unavailable, "\(place) cannot be reached: \(error.message)", cause: error)
        case _ where error.isConflict: ProviderError(.unavailable, "\(place): other writers were always first: try again", cause: error)
        default: ProviderError(.failed, "\(place): \(error.message) (\(error.state))", cause: error)
        }
    }
}
