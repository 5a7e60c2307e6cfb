import Synchronization

/// What a task has said so far. Any number of readers follow it, each from where it is, also when the client that began the task has
/// gone; none of them slows it down.
final class TaskLog: Sendable {
    /// What a reader has not seen yet.
    struct News: Sendable {
        var text: String
        /// Where the next news begins.
        var position: Int
        /// Nothing further comes.
        var isEnd: Bool
    }

    private struct State {
        var text = ""
        var hasEnded = false
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0

        func news(after position: Int) -> News? {
            let count = text.utf8.count
            guard count > position || hasEnded else { return nil }
            let start = text.utf8.index(text.startIndex, offsetBy: min(position, count))
            return News(text: String(text[start...]), position: count, isEnd: hasEnded)
        }

        mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
            defer { waiting = [:] }
            return Array(waiting.values)
        }
    }

    private let state = Mutex(State())

    var text: String { state.withLock { $0.text } }

    func append(_ text: String) {
        guard !text.isEmpty else { return }
        wake { $0.text += text }
    }

    func end() {
        wake { $0.hasEnded = true }
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            return state.takeWaiting()
        }
        for reader in waiting { reader.resume() }
    }

    /// What came behind that position; waits until something does.
    ///
    /// - Parameter position: In bytes of UTF-8, 0 for the beginning.
    /// - Throws: `CancellationError` when the task is cancelled.
    func news(after position: Int) async throws -> News {
        while true {
            let news = state.withLock { $0.news(after: position) }
            if let news { return news }
            try await change(after: position)
        }
    }

    /// Returns when it has ended.
    func waitForEnd() async throws {
        var position = 0
        while true {
            let news = try await news(after: position)
            if news.isEnd { return }
            position = news.position
        }
    }

    private func change(after position: Int) async throws {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // Cancellation before this line found nobody to wake.
                    if Task.isCancelled || state.news(after: position) != nil { return true }
                    state.waiting[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
        }
        try Task.checkCancellation()
    }
}
