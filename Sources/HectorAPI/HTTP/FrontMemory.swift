import Synchronization

/// What the requests and answers of all clients occupy together, in bytes. It is counted before it is built, so that the
/// bounds hold however many clients there are.
final class FrontMemory: Sendable {
    enum Purpose: Sendable {
        /// Bodies, and what is read from them.
        case request
        /// Answers that are not written yet.
        case answer
    }

    private struct Pool: Sendable {
        let limit: Int
        var used = 0

        /// A request that is alone is never refused: what one may need has a bound of its own.
        ///
        /// - Parameter own: What the request has already.
        mutating func take(_ bytes: Int, beside own: Int) -> Bool {
            guard used == own || used + bytes <= limit else { return false }
            used += bytes
            return true
        }
    }

    private let requests: Mutex<Pool>
    private let answers: Mutex<Pool>

    init(requestBytes: Int, answerBytes: Int) {
        requests = Mutex(Pool(limit: requestBytes))
        answers = Mutex(Pool(limit: answerBytes))
    }

    /// Bytes in use.
    func used(for purpose: Purpose) -> Int {
        pool(purpose) { $0.used }
    }

    private func pool<Result>(_ purpose: Purpose, _ body: (inout sending Pool) -> sending Result) -> sending Result {
        switch purpose {
        case .request: requests.withLock(body)
        case .answer: answers.withLock(body)
        }
    }

    /// What one request holds. All of it is given back when the last reference to the share goes.
    final class Share: Sendable {
        private let front: FrontMemory
        private let held = Mutex((request: 0, answer: 0))
        private let hasWhole = Atomic(false)

        init(of front: FrontMemory) {
            self.front = front
        }

        deinit {
            let held = held.withLock { $0 }
            front.pool(.request) { $0.used -= held.request }
            front.pool(.answer) { $0.used -= held.answer }
        }

        /// - Throws: `APIError`, `overloaded`, where the front holds as much as it may.
        func take(_ bytes: Int, for purpose: Purpose) throws(APIError) {
            let own = held.withLock { purpose == .request ? $0.request : $0.answer }
            guard front.pool(purpose, { $0.take(bytes, beside: own) }) else {
                throw APIError(.overloaded, "Requests and answers in progress use all the memory that is set aside for them; try again in a moment.")
            }
            hold(bytes, purpose)
        }

        /// Takes the memory of a whole answer, once.
        ///
        /// - Returns: Whether it was taken now.
        func takeWhole(_ bytes: Int) throws(APIError) -> Bool {
            guard !hasWhole.load(ordering: .relaxed) else { return false }
            try take(bytes, for: .answer)
            hasWhole.store(true, ordering: .relaxed)
            return true
        }

        func giveBack(_ bytes: Int, for purpose: Purpose) {
            hold(-bytes, purpose)
            front.pool(purpose) { $0.used -= bytes }
        }

        private func hold(_ bytes: Int, _ purpose: Purpose) {
            held.withLock {
                switch purpose {
                case .request: $0.request += bytes
                case .answer: $0.answer += bytes
                }
            }
        }
    }
}
