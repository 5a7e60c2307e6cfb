internal import HectorCore
internal import HectorProviders
internal import HectorSQLite
internal import Synchronization

/// Connections that read, each with a thread at a time: searches do not wait for the writer, nor it for them.
final class SQLiteReaders: Sendable {
    /// A connection with its prepared statements.
    final class Reader: @unchecked Sendable {  // one piece of work has it at a time
        let connection: SQLiteConnection
        var statements = StatementCache()

        init(_ connection: SQLiteConnection) { self.connection = connection }
    }

    private let file: StoreFile
    private let threads: LongWork
    private let idle = Mutex<[Reader]>([])

    init(_ file: StoreFile, threads: Int, limits: VectorLimits) {
        self.file = file
        self.threads = LongWork(threads: threads, waitingBytes: limits.waitingBytes)
    }

    /// Whether nobody searches.
    var isIdle: Bool { threads.isIdle }

    /// - Throws: `ProviderError`; `CancellationError` as soon as the task is cancelled.
    func run<Value: Sendable>(bytes: Int, _ work: @escaping @Sendable (Reader, Flag) throws -> Value) async throws -> Value {
        let cancelled = Flag()
        do {
            return try await withTaskCancellationHandler {
                try await threads.run(bytes: bytes) { [self] in
                    let reader = try idle.withLock({ $0.popLast() }) ?? Reader(file.reader())
                    defer { idle.withLock { $0.append(reader) } }
                    return try work(reader, cancelled)
                }
            } onCancel: {
                cancelled.raise()
            }
        } catch let error as SQLiteError {
            throw file.providerError(error)
        } catch is LongWork.Overload {
            throw ProviderError(.exhausted, "too many searches are waiting: try again in a moment")
        }
    }

    func close() { idle.withLock { $0.removeAll() } }
}
