internal import Glibc
internal import UnixSignals

/// Runs the whole work of a program. SIGINT, SIGTERM and SIGHUP cancel it, so that it can clean up; a signal that the program
/// was started to ignore, for example by `nohup`, does nothing.
///
/// - Throws: `ProgramRun.Interrupted` once the body has returned after a signal; otherwise what the body threw.
package func untilSignal(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let wanted = [UnixSignal.sigint, .sigterm, .sighup].filter { !isIgnored($0.rawValue) }
    let signals = await UnixSignalsSequence(trapping: wanted)
    let interruption = try await withThrowingTaskGroup(of: UnixSignal?.self) { tasks in
        tasks.addTask {
            try await body()
            return nil
        }
        tasks.addTask { await signals.first { _ in true } }
        defer { tasks.cancelAll() }
        guard let signal = try await tasks.next() ?? nil else { return UnixSignal?.none }
        tasks.cancelAll()
        // What is cancelled may end with any error.
        while let ended = await tasks.nextResult() { _ = ended }
        return signal
    }
    if let interruption { throw ProgramRun.Interrupted(signal: interruption.rawValue) }
}

private func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0, let handler = action.__sigaction_handler.sa_handler else { return false }
    return unsafeBitCast(handler, to: UInt.self) == unsafeBitCast(SIG_IGN, to: UInt.self)
}
