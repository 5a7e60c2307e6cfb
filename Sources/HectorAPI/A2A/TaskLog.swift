import HectorAgents
import Synchronization

/// What a task has said so far. Any number of readers follow it, each from where it is, also when the client that began the task has
/// gone; none of them slows it down.
final class TaskLog: Sendable {
    /// How far a reader has read.
    struct Position: Sendable, Equatable {
        /// Bytes of text.
        var text = 0
        var events = 0
    }

    enum Piece: Sendable, Equatable {
        case text(String)
        case event(RunEvent)
    }

    /// What a reader has not seen yet.
    struct News: Sendable {
        /// In the order in which it came.
        var pieces: [Piece]
        /// Where the next news begins.
        var position: Position
        /// Nothing further comes.
        var isEnd: Bool
        /// A person is asked: nothing further comes before an answer.
        var isPaused: Bool
    }

    private struct State {
        var text = ""
        /// Each with the bytes of text before it.
        var events: [(after: Int, event: RunEvent)] = []
        var hasEnded = false
        var isPaused = false
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0

        func news(after position: Position) -> News? {
            let end = Position(text: text.utf8.count, events: events.count)
            guard end.text > position.text || end.events > position.events || hasEnded || isPaused else { return nil }
            var pieces: [Piece] = []
            var start = min(position.text, end.text)
            func addText(upTo end: Int) {
                guard end > start else { return }
                let from = text.utf8.index(text.startIndex, offsetBy: start)
                pieces.append(.text(String(text[from..<text.utf8.index(from, offsetBy: end - start)])))
                start = end
            }
            for (after, event) in events.dropFirst(position.events) {
                addText(upTo: after)
                pieces.append(.event(event))
            }
            addText(upTo: end.text)
            return News(pieces: pieces, position: end, isEnd: hasEnded, isPaused: isPaused)
        }

        mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
            defer { waiting = [:] }
            return Array(waiting.values)
        }
    }

    private let state = Mutex(State())

    var text: String { state.withLock { $0.text } }

    var events: [RunEvent] { state.withLock { $0.events.map(\.event) } }

    func append(_ text: String) {
        guard !text.isEmpty else { return }
        wake { $0.text += text }
    }

    /// Events beyond `A2ALimits.events` are left out.
    func append(_ event: RunEvent) {
        wake { if $0.events.count < A2ALimits.events { $0.events.append(($0.text.utf8.count, event.shortened(to: A2ALimits.eventText))) } }
    }

    /// A person is asked, or has answered.
    func pause(_ isPaused: Bool) { wake { $0.isPaused = isPaused } }

    /// Where the next news begins.
    var position: Position { state.withLock { Position(text: $0.text.utf8.count, events: $0.events.count) } }

    func end() {
        wake {
            $0.hasEnded = true
            $0.isPaused = false
        }
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
    /// - Throws: `CancellationError` when the task is cancelled.
    func news(after position: Position) async throws -> News {
        while true {
            let news = state.withLock { $0.news(after: position) }
            if let news { return news }
            try await change(after: position)
        }
    }

    /// Returns when it has ended, or a person is asked.
    func waitForEnd() async throws {
        var position = Position()
        while true {
            let news = try await news(after: position)
            if news.isEnd || news.isPaused { return }
            position = news.position
        }
    }

    private func change(after position: Position) async throws {
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
