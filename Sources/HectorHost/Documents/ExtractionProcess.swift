internal import HectorCore
internal import HectorDocuments
internal import HectorPlugins
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Has the text of a document taken out by `hector-plugins extract`, a process for each, which confines itself and is killed when its time is over.
struct ExtractionProcess: Sendable {
    /// The program's path.
    let program: String
    /// The store's folder.
    let root: String
    let timing: Timing
    let limits: DocumentLimits
    /// Documents are read one after the other, whatever store they are of: each may take the memory that one may have.
    let turnstile: Turnstile

    /// - Throws: `DocumentError`, or `CancellationError`.
    func text(of path: String) async throws -> DocumentText {
        try await turnstile.pass { try await extract(path) }
    }

    private func extract(_ path: String) async throws -> DocumentText {
        let request = ProcessRequest(path: program, arguments: ["extract", root, path], environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"])
        let child: ChildProcess
        do {
            child = try await ProcessThread.shared.spawn(request)
        } catch {
            throw DocumentError(.unavailable, "\(quoted(program)) cannot be started: \(error)")
        }
        // What it says of itself is of no use to anybody, but must not hold it up.
        let output = Collected(limit: limits.textBytes + Self.headBytes)
        let errors = Collected(limit: Self.headBytes)
        let isDone = try? await timing.limit(limits.extractionTime) {
            await withTaskGroup { group in
                group.addTask { await output.read(child.standardOutput, overflow: { child.signal(9) }) }
                group.addTask { await errors.read(child.standardError, overflow: {}) }
            }
            return true
        }
        child.signal(9)
        let status = try await child.exit()
        try Task.checkCancellation()
        guard isDone == true else { throw DocumentError(.exhausted, "reading it took longer than \(limits.extractionTime.inSeconds)") }
        guard !output.isOver else { throw DocumentError(.tooLarge, "its text has more than \(limits.textBytes >> 20) MiB: split it") }
        return try Self.document(output.bytes, status)
    }

    /// Bytes of the line before the text, at most.
    private static let headBytes = 4_096

    private static func document(_ bytes: [UInt8], _ status: ExitStatus) throws(DocumentError) -> DocumentText {
        guard let end = bytes.prefix(headBytes).firstIndex(of: 0x0A), let head = try? JSONText(Array(bytes[..<end])) else {
            throw DocumentError(.exhausted, "reading it needed more memory or time than a document may, and was stopped (\(status))")
        }
        if let code = head["error"]?.string {
            throw DocumentError(DocumentError.Code(rawValue: code) ?? .malformed, singleLine(head["message"]?.string ?? code, limit: 300))
        }
        guard status == .code(0) || status == .signal(9), let format = head["format"]?.string.flatMap(DocumentFormat.init(rawValue:)), let digest = head["digest"]?.string,
            let text = String(validating: bytes[(end + 1)...], as: UTF8.self)
        else { throw DocumentError(.exhausted, "reading it was stopped (\(status))") }
        return DocumentText(format: format, digest: digest, text: text)
    }
}

/// What comes from a pipe, up to a limit.
private final class Collected: Sendable {
    private let state = Mutex<(bytes: [UInt8], isOver: Bool)>(([], false))
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var bytes: [UInt8] { state.withLock { $0.bytes } }
    var isOver: Bool { state.withLock { $0.isOver } }

    /// Until its end, or until the task is cancelled; takes the descriptor.
    func read(_ descriptor: CInt, overflow: () -> Void) async {
        do {
            let channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton).takingOwnershipOfDescriptor(input: descriptor) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel<ByteBuffer, Never>(wrappingChannelSynchronously: channel) }
            }
            try await channel.executeThenClose { inbound in
                for try await buffer in inbound {
                    let isOver = state.withLock { state in
                        if state.bytes.count + buffer.readableBytes > limit { state.isOver = true } else { state.bytes += buffer.readableBytesView }
                        return state.isOver
                    }
                    if isOver { overflow() }
                }
            }
        } catch {
            // A pipe has no errors that matter beside its end; cancellation ends here too.
        }
    }
}

/// Lets one after the other through.
final class Turnstile: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        var next = 0
    }

    private let state = Mutex(State())

    /// - Throws: What the body throws, or `CancellationError` where the task is cancelled while it waits.
    func pass<Value>(_ body: () async throws -> Value) async throws -> Value {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let enters: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if !state.isTaken {
                        state.isTaken = true
                        return true
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let enters { if enters { continuation.resume() } else { continuation.resume(throwing: CancellationError()) } }
            }
        } onCancel: {
            let waiter = state.withLock { state in state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) } }
            waiter?.continuation.resume(throwing: CancellationError())
        }
        defer { leave() }
        return try await body()
    }

    private func leave() {
        let next = state.withLock { state in
            if state.waiting.isEmpty {
                state.isTaken = false
                return nil as CheckedContinuation<Void, any Error>?
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
