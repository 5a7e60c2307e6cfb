import DequeModule
import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization

/// What a client sends on one connection, part by part, between the event loop and the one task that answers.
final class Inbox: Sendable {
    private typealias Reader = UnsafeContinuation<HTTPRequestPart?, any Error>

    private struct State {
        var parts = Deque<HTTPRequestPart>()
        /// What comes behind `parts`; nil: it is not known yet.
        var end: Result<Void, any Error>?
        /// The task waits for a part.
        var reader: Reader?
        /// A head was taken, and the end of its request was not.
        var isInBody = false
        /// The event loop reads nothing until there is room.
        var isHeld = false

        mutating func take() -> HTTPRequestPart? {
            guard let part = parts.popFirst() else { return nil }
            switch part {
            case .head: isInBody = true
            case .body: break
            case .end: isInBody = false
            }
            return part
        }

        /// - Returns: Whether the event loop must be told that there is room again.
        mutating func hasRoomAgain() -> Bool {
            guard isHeld, parts.count <= fewParts else { return false }
            isHeld = false
            return true
        }
    }

    /// With the greater number nothing more is read, until there is but the lesser one.
    private static let (mostParts, fewParts) = (10, 2)

    private let state = Mutex(State())
    private let resume: @Sendable () -> Void

    /// - Parameter resume: Reads again, as there is room.
    init(resume: @escaping @Sendable () -> Void) { self.resume = resume }

    // MARK: For the event loop

    func append(_ parts: [HTTPRequestPart]) {
        let (reader, part) = state.withLock { state -> (Reader?, HTTPRequestPart?) in
            guard state.end == nil else { return (nil, nil) }
            state.parts.append(contentsOf: parts)
            guard let reader = state.reader.take() else { return (nil, nil) }
            return (reader, state.take())
        }
        reader?.resume(returning: part)
    }

    /// Nothing comes any more. Calls after the first have no effect.
    /// - Parameter error: What is wrong, told once, behind all parts.
    func finish(_ error: (any Error)? = nil) {
        let reader = state.withLock { state -> Reader? in
            guard state.end == nil else { return nil }
            let reader = state.reader.take()
            state.end = if reader == nil, let error { .failure(error) } else { .success(()) }
            return reader
        }
        if let error { reader?.resume(throwing: error) } else { reader?.resume(returning: nil) }
    }

    /// Whether there is room for more. If not, `resume` is called when there is.
    func hasRoom() -> Bool {
        state.withLock { state in
            state.isHeld = state.parts.count >= Self.mostParts
            return !state.isHeld
        }
    }

    // MARK: For the task that answers

    /// The head of the next request; nil when the client sends no further one. Unread parts of the previous request are dropped.
    func nextHead() async throws -> HTTPRequest? {
        while let part = try await next() {
            if case .head(let head) = part { return head }
        }
        return nil
    }

    /// More of the body of the request whose head was taken; nil: that was all.
    func nextOfBody() async throws -> ByteBuffer? {
        guard state.withLock(\.isInBody), case .body(let bytes) = try await next() else { return nil }
        return bytes
    }

    /// The body of the request whose head was taken, where it has come already, in one piece.
    func wholeBody() -> ByteBuffer? {
        let (body, hasRoomAgain) = state.withLock { state -> (ByteBuffer?, Bool) in
            let body: ByteBuffer
            switch state.parts.first {
            case .end: body = ByteBuffer()
            case .body(let bytes):
                guard state.parts.count > 1, case .end = state.parts[1] else { return (nil, false) }
                body = bytes
                _ = state.take()
            case .head, nil: return (nil, false)
            }
            _ = state.take()
            return (body, state.hasRoomAgain())
        }
        if hasRoomAgain { resume() }
        return body
    }

    private enum Taken {
        case part(HTTPRequestPart, hasRoomAgain: Bool)
        case end(Result<Void, any Error>)
        case nothing
    }

    private func next() async throws -> HTTPRequestPart? {
        switch state.withLock({ Self.take(&$0) }) {
        case .part(let part, let hasRoomAgain):
            if hasRoomAgain { resume() }
            return part
        case .end(let end):
            try end.get()
            return nil
        case .nothing: return try await arrival()
        }
    }

    private func arrival() async throws -> HTTPRequestPart? {
        try await withUnsafeThrowingContinuation { continuation in
            let taken = state.withLock { state in
                let taken = Self.take(&state)
                if case .nothing = taken { state.reader = continuation }
                return taken
            }
            switch taken {
            case .part(let part, let hasRoomAgain):
                if hasRoomAgain { resume() }
                continuation.resume(returning: part)
            case .end(let end): continuation.resume(with: end.map { nil })
            case .nothing: break
            }
        }
    }

    private static func take(_ state: inout State) -> Taken {
        if let part = state.take() { return .part(part, hasRoomAgain: state.hasRoomAgain()) }
        guard let end = state.end else { return .nothing }
        state.end = .success(())
        return .end(end)
    }
}
